use crate::live::component::ComponentId;
use crate::live::rendered::Template;

/// Whose statics the client holds, so that other components refer to them instead of bringing their own (6.3).
#[derive(Debug, Default)]
pub(super) struct SharedStatics(Vec<Written>);

/// A component whose root was sent with its statics.
#[derive(Debug)]
struct Written {
    template: &'static Template,
    id: ComponentId,
    /// The render in whose diff it was.
    render: u64,
}

impl SharedStatics {
    /// What stands for the statics of `template` at the root of the component `id`: the id of one that has them, positive
    /// if it is in the same diff and negative if the client holds it from before. None if this is the first to have them.
    pub(super) fn refer(
        &mut self,
        template: &'static Template,
        id: ComponentId,
        render: u64,
    ) -> Option<Reference> {
        self.forget(id);
        let known = self.0.iter().find(|known| known.template.is(template));
        let reference = known.map(|known| Reference {
            id: known.id,
            held: known.render < render,
        });
        if reference.is_none() {
            self.0.push(Written {
                template,
                id,
                render,
            });
        }
        reference
    }

    /// The client is about to drop this component, or is sent another root for it.
    pub(super) fn forget(&mut self, id: ComponentId) {
        self.0.retain(|known| known.id != id);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The component whose statics another one takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reference {
    id: ComponentId,
    held: bool,
}

impl Reference {
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        if self.held {
            out.push(b'-');
        }
        out.extend_from_slice(itoa::Buffer::new().format(self.id.get()).as_bytes());
    }
}
