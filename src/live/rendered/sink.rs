mod dynamic;
mod tree;

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::RandomState;

pub use dynamic::Dynamic;
use dynamic::Place;

use super::{RenderError, TEMPLATE_DEPTH_MAX, Template};
use crate::live::AnySocket;
use crate::live::component::Own;
use crate::live::differ::components::Components;
use crate::live::differ::sent::{Sent, SentNode};
use crate::live::differ::shared::Reference;
use crate::live::nested::Gap;

/// Where a template writes itself: a page, or a diff against what the client holds.
///
/// In a diff every value is first written to the buffer and then compared by hash with what was sent in its place; when
/// it is the same, the buffer is cut back to where it was. Nested templates and rows do the same, so what is left at the
/// end are the changes.
#[derive(Debug)]
pub struct Sink {
    pub(super) out: Vec<u8>,
    pub(super) mode: Mode,
    pub(super) frame: Frame,
    depth: usize,
    /// Values of form controls are written even when the client holds them already.
    resend_form_values: bool,
    pub(super) statics: Statics,
    /// What outlives the diff.
    pub(in crate::live) view: Held,
    error: Option<RenderError>,
}

/// What a view keeps between diffs, beside what its client holds of the tree.
#[derive(Debug, Default)]
pub(crate) struct Held {
    hasher: RandomState,
    /// The number of the view's next stream.
    pub(in crate::live) next_stream: u32,
    pub(crate) components: Components,
    /// For the callbacks of components that are mounted and updated in a render; made when one needs it.
    pub(in crate::live) socket: Option<Box<AnySocket>>,
    /// Where views are missing in a page, in the order of their places.
    pub(in crate::live) gaps: Vec<Gap>,
}

impl Held {
    pub(in crate::live) fn socket(&mut self) -> &mut AnySocket {
        self.socket
            .get_or_insert_with(|| Box::new(AnySocket::detached()))
    }

    /// Runs a callback of a component, which has these things for itself.
    pub(in crate::live) fn within<T>(
        &mut self,
        own: &mut Own,
        callback: impl FnOnce(&mut AnySocket) -> T,
    ) -> T {
        let socket = self.socket();
        socket.enter_component(own);
        let result = callback(socket);
        socket.leave_component(own);
        result
    }

    /// Drops all components: the client does the same when it gets another root.
    pub(super) fn delete_components(&mut self) {
        self.components.delete_all();
        if let Some(socket) = &mut self.socket {
            socket.end_tasks_of(|_| true);
        }
    }
}

/// How the statics of a template are sent.
#[derive(Debug)]
pub(super) enum Statics {
    /// As a position in this list, which is the member `p` of the whole view, or of a comprehension in a component.
    Shared(Vec<&'static Template>),
    /// As an array: directly inside a component.
    Written,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Html,
    Diff,
}

/// The template being written.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) template: &'static Template,
    /// What the client holds for the template's dynamics, from `base` on.
    pub(super) sent: Vec<Sent>,
    pub(super) base: usize,
    /// Where the members of the JSON object begin in the buffer.
    pub(super) members: usize,
}

impl Frame {
    pub(super) fn new(template: &'static Template, sent: Vec<Sent>, members: usize) -> Self {
        Self {
            template,
            sent,
            base: 0,
            members,
        }
    }
}

static NO_TEMPLATE: Template = Template::new(&[""], "[\"\"]", false);
/// Stands for a root that is not a template: one dynamic with nothing around it.
static ROOT: Template = Template::new(&["", ""], "[\"\",\"\"]", false);

impl Sink {
    pub(crate) fn html(out: Vec<u8>, view: Held) -> Self {
        Self::new(out, Mode::Html, view, false)
    }

    pub(crate) fn diff(out: Vec<u8>, view: Held, resend_form_values: bool) -> Self {
        Self::new(out, Mode::Diff, view, resend_form_values)
    }

    fn new(out: Vec<u8>, mode: Mode, view: Held, resend_form_values: bool) -> Self {
        let frame = Frame::new(&NO_TEMPLATE, Vec::new(), out.len());
        let statics = Statics::Shared(Vec::new());
        Self {
            out,
            mode,
            frame,
            depth: 0,
            resend_form_values,
            statics,
            view,
            error: None,
        }
    }

    /// The place of the template's dynamic number `index`. A template takes its places in order, each once.
    #[doc(hidden)]
    #[inline]
    pub fn dynamic(&mut self, index: u32) -> Dynamic<'_> {
        Dynamic {
            sink: self,
            place: Place::At(index),
            form_value: false,
        }
    }

    pub(crate) fn root<'s>(&'s mut self, sent: &'s mut Option<Box<SentNode>>) -> Dynamic<'s> {
        Dynamic {
            sink: self,
            place: Place::Root(sent),
            form_value: false,
        }
    }

    /// Ends the tree of the view: writes the statics it shares and its components.
    pub(crate) fn end_view(&mut self) {
        if let Statics::Shared(shared) = std::mem::replace(&mut self.statics, Statics::Written) {
            self.write_shared(&shared);
        }
        let components = self.view.components.take_written();
        if !components.is_empty() {
            self.write_name("\"c\":{");
            self.out.extend_from_slice(&components);
            self.out.push(b'}');
        }
    }

    /// Gives back the buffer and what the view keeps.
    pub(crate) fn finish(self) -> (Vec<u8>, Held, Result<(), RenderError>) {
        (self.out, self.view, self.error.map_or(Ok(()), Err))
    }

    pub(in crate::live) fn give_up(&mut self, error: RenderError) {
        self.error.get_or_insert(error);
    }

    /// Writes the member `p`, if any statics are shared.
    pub(super) fn write_shared(&mut self, shared: &[&'static Template]) {
        if shared.is_empty() {
            return;
        }
        self.write_name("\"p\":{");
        let members = self.out.len();
        for (index, template) in shared.iter().enumerate() {
            self.write_key(index, members);
            self.out.extend_from_slice(template.json.as_bytes());
        }
        self.out.push(b'}');
    }

    /// Writes the statics that a comprehension in a component shares.
    pub(super) fn write_statics_of_rows(&mut self, shared: &Statics) {
        if let Statics::Shared(shared) = shared {
            self.write_shared(shared);
        }
    }

    /// Writes `"index":` as the next member of the object whose members begin at `members`.
    pub(super) fn write_key(&mut self, index: usize, members: usize) {
        self.out.extend_from_slice(if self.out.len() > members {
            b",\""
        } else {
            b"\""
        });
        self.write_number(index);
        self.out.extend_from_slice(b"\":");
    }

    /// Writes `"kc":count` as the last of the rows that begin at `members`.
    pub(super) fn write_count(&mut self, members: usize, count: usize) {
        let name: &[u8] = if self.out.len() > members {
            b",\"kc\":"
        } else {
            b"\"kc\":"
        };
        self.out.extend_from_slice(name);
        self.write_number(count);
    }

    fn write_name(&mut self, name: &str) {
        if self.out.len() > self.frame.members {
            self.out.push(b',');
        }
        self.out.extend_from_slice(name.as_bytes());
    }

    pub(super) fn write_number(&mut self, number: usize) {
        self.out
            .extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    /// Writes the member `s` of a template the client does not hold in this place.
    pub(super) fn write_statics(&mut self, template: &'static Template) {
        self.write_name("\"s\":");
        let Statics::Shared(shared) = &mut self.statics else {
            self.out.extend_from_slice(template.json.as_bytes());
            return;
        };
        let known = shared.iter().position(|shared| shared.is(template));
        let index = known.unwrap_or(shared.len());
        if known.is_none() {
            shared.push(template);
        }
        self.write_number(index);
    }

    /// Writes the member `s` of a component that takes the statics of another one.
    pub(super) fn write_reference(&mut self, reference: Reference) {
        self.write_name("\"s\":");
        reference.write(&mut self.out);
    }

    pub(super) fn write_static(&mut self, index: usize) {
        self.out
            .extend_from_slice(self.frame.template.statics[index].as_bytes());
    }

    pub(super) fn hash(&self, value: &(impl Hash + ?Sized)) -> u64 {
        self.view.hasher.hash_one(value)
    }

    fn hash_from(&self, start: usize) -> u64 {
        let mut hasher = self.view.hasher.build_hasher();
        hasher.write(&self.out[start..]);
        hasher.finish()
    }

    pub(super) fn sent(&mut self, index: u32) -> &mut Sent {
        &mut self.frame.sent[self.frame.base + index as usize]
    }

    /// Counts one template deeper; past the limit the render is given up.
    pub(super) fn descend(&mut self) -> bool {
        if self.depth == TEMPLATE_DEPTH_MAX {
            self.give_up(RenderError::TooDeep);
            return false;
        }
        self.depth += 1;
        true
    }

    pub(super) fn ascend(&mut self, parent: Frame) -> Frame {
        self.depth -= 1;
        std::mem::replace(&mut self.frame, parent)
    }
}
