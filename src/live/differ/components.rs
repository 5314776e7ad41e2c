use std::any::TypeId;
use std::collections::{HashMap, VecDeque};
use std::fmt;

use super::sent::SentNode;
use crate::live::component::{AnyComponent, COMPONENTS_MAX, ComponentId, LiveComponent};
use crate::live::rendered::{RenderError, Sink};

/// The components of a view, and what the client holds of them.
#[derive(Debug, Default)]
pub(crate) struct Components {
    mounted: HashMap<ComponentId, Mounted, foldhash::fast::RandomState>,
    ids: HashMap<Identity, ComponentId, foldhash::fast::RandomState>,
    /// Placed and not yet written, in the order of the page.
    pending: VecDeque<ComponentId>,
    /// The component being written.
    current: Option<ComponentId>,
    /// The last id given away; ids begin at 1 and never come back.
    last: u64,
    /// Counts renders, to notice a component that is placed twice.
    render: u64,
}

type Identity = (TypeId, String);

struct Mounted {
    /// Away while it is written.
    component: Option<Box<dyn AnyComponent>>,
    identity: Identity,
    sent: Option<SentNode>,
    /// The client is about to remove it.
    doomed: bool,
    placed_in: u64,
}

impl fmt::Debug for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mounted")
            .field("identity", &self.identity)
            .field("doomed", &self.doomed)
            .finish_non_exhaustive()
    }
}

impl Components {
    /// Mounts or updates the component that stands in a place of the page.
    pub(crate) fn place<C: LiveComponent>(
        &mut self,
        id: String,
        props: C::Props,
    ) -> Result<ComponentId, RenderError> {
        let identity = (TypeId::of::<C>(), id);
        let id = match self.ids.get(&identity) {
            Some(&id) => {
                self.update::<C>(id, props)?;
                id
            }
            None => self.mount::<C>(identity, props)?,
        };
        self.pending.push_back(id);
        Ok(id)
    }

    fn update<C: LiveComponent>(
        &mut self,
        id: ComponentId,
        props: C::Props,
    ) -> Result<(), RenderError> {
        let mounted = self
            .mounted
            .get_mut(&id)
            .expect("an identity has its component");
        if mounted.placed_in == self.render {
            return Err(RenderError::SameComponentTwice);
        }
        mounted.placed_in = self.render;
        if std::mem::take(&mut mounted.doomed) {
            // The client may have dropped parts of it already.
            mounted.sent = None;
        }
        if let Some(component) = mounted.get_mut::<C>() {
            component.update(props);
        }
        Ok(())
    }

    fn mount<C: LiveComponent>(
        &mut self,
        identity: Identity,
        props: C::Props,
    ) -> Result<ComponentId, RenderError> {
        if self.mounted.len() == COMPONENTS_MAX {
            return Err(RenderError::TooManyComponents);
        }
        self.last += 1;
        let id = ComponentId(self.last);
        let component: Box<dyn AnyComponent> = Box::new(C::mount(props));
        self.ids.insert(identity.clone(), id);
        let placed_in = self.render;
        self.mounted.insert(
            id,
            Mounted {
                component: Some(component),
                identity,
                sent: None,
                doomed: false,
                placed_in,
            },
        );
        Ok(id)
    }

    /// The component being written.
    pub(crate) fn current(&self) -> Option<ComponentId> {
        self.current
    }

    /// Begins a render of the view, or of one component.
    pub(super) fn begin(&mut self, only: Option<ComponentId>) {
        self.render += 1;
        self.pending.clear();
        self.pending
            .extend(only.filter(|id| self.mounted.contains_key(id)));
    }

    /// The component with this id, if it has this type.
    pub(super) fn get_mut<C: LiveComponent>(&mut self, id: ComponentId) -> Option<&mut C> {
        self.mounted.get_mut(&id)?.get_mut()
    }

    /// The component with this type and developer's id.
    pub(super) fn find<C: LiveComponent>(&self, id: &str) -> Option<ComponentId> {
        self.ids.get(&(TypeId::of::<C>(), id.to_owned())).copied()
    }

    /// Notes that the client is about to remove these.
    pub(super) fn doom(&mut self, ids: &[ComponentId]) {
        for id in ids {
            if let Some(mounted) = self.mounted.get_mut(id) {
                mounted.doomed = true;
            }
        }
    }

    /// Drops those of the components that were not shown again meanwhile.
    pub(super) fn delete(&mut self, ids: &[ComponentId]) -> Vec<ComponentId> {
        let doomed = |id: &&ComponentId| self.mounted.get(id).is_some_and(|mounted| mounted.doomed);
        let deleted: Vec<ComponentId> = ids.iter().filter(doomed).copied().collect();
        for id in &deleted {
            if let Some(mounted) = self.mounted.remove(id) {
                self.ids.remove(&mounted.identity);
            }
        }
        deleted
    }

    /// Drops all components: the client does the same when it gets another root.
    pub(crate) fn delete_all(&mut self) {
        self.mounted.clear();
        self.ids.clear();
        self.pending.clear();
    }

    /// Sends every component whole when it is next shown.
    pub(super) fn forget_sent(&mut self) {
        for mounted in self.mounted.values_mut() {
            mounted.sent = None;
        }
    }
}

impl Mounted {
    fn get_mut<C: LiveComponent>(&mut self) -> Option<&mut C> {
        self.component.as_mut()?.as_any().downcast_mut()
    }
}

/// Writes the member `c`: the components placed in this render, and those placed in them.
pub(super) fn write(sink: &mut Sink) {
    if sink.view.components.pending.is_empty() {
        return;
    }
    let checkpoint = sink.len();
    sink.write_name("\"c\":{");
    let members = sink.len();
    while let Some(id) = sink.view.components.pending.pop_front() {
        write_one(sink, id, members);
    }
    if sink.len() == members {
        sink.truncate(checkpoint);
    } else {
        sink.write_end();
    }
}

fn write_one(sink: &mut Sink, id: ComponentId, members: usize) {
    let components = &mut sink.view.components;
    let Some(mounted) = components.mounted.get_mut(&id) else {
        return;
    };
    let (Some(component), sent) = (mounted.component.take(), mounted.sent.take()) else {
        return;
    };
    components.current = Some(id);
    let sent = sink.component_root(id.0, members, sent, |dynamic| {
        component.render_as(id, dynamic);
    });
    let components = &mut sink.view.components;
    components.current = None;
    if let Some(mounted) = components.mounted.get_mut(&id) {
        (mounted.component, mounted.sent) = (Some(component), sent);
    }
}
