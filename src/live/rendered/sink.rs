use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::RandomState;

use super::{RenderError, Rows, TEMPLATE_DEPTH_MAX, Template, TextWriter};
use crate::live::attributes::AttributeValue;
use crate::live::component::ComponentId;
use crate::live::differ::components::{self, Components};
use crate::live::differ::sent::{Sent, SentNode, SentRows};
use crate::live::stream::Changes;

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
    pub(crate) fn html(out: Vec<u8>) -> Self {
        Self::new(out, Mode::Html, Held::default(), false)
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

    pub(crate) fn root<'s>(&'s mut self, sent: &'s mut Option<SentNode>) -> Dynamic<'s> {
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

/// The place of one dynamic in the template being rendered; a value takes it by writing into it.
#[derive(Debug)]
#[must_use = "every dynamic of a template must be written"]
pub struct Dynamic<'s> {
    sink: &'s mut Sink,
    place: Place<'s>,
    form_value: bool,
}

#[derive(Debug)]
enum Place<'s> {
    Root(&'s mut Option<SentNode>),
    At(u32),
}

impl<'s> Dynamic<'s> {
    /// Marks the value of a form control, which is sent again whenever the client asks the server about the form.
    #[doc(hidden)]
    pub fn form_value(self) -> Self {
        Self {
            form_value: true,
            ..self
        }
    }

    /// Writes nothing.
    pub fn empty(self) {
        self.text(|_| ());
    }

    /// Writes one text.
    pub fn text(self, write: impl FnOnce(&mut TextWriter<'_>)) {
        let Place::At(index) = self.place else {
            return self.node(&ROOT, |sink| sink.dynamic(0).text(write));
        };
        let sink = self.sink;
        match sink.mode {
            Mode::Html => {
                write(&mut TextWriter::html(&mut sink.out));
                sink.write_static(index as usize + 1);
            }
            Mode::Diff => {
                let checkpoint = sink.begin_text(index);
                write(&mut TextWriter::json(&mut sink.out));
                sink.end_text(index, checkpoint, self.form_value);
            }
        }
    }

    /// Writes one whole attribute with a space before it, or nothing.
    #[doc(hidden)]
    pub fn attribute(self, name: &'static str, value: &(impl AttributeValue + ?Sized)) {
        self.text(|out| value.write_attribute(name, out));
    }

    /// Writes a nested template: `body` writes its dynamics, in order.
    #[doc(hidden)]
    pub fn node(self, template: &'static Template, body: impl FnOnce(&mut Sink)) {
        let sink = self.sink;
        if !sink.descend() {
            return;
        }
        match (sink.mode, self.place) {
            (Mode::Html, place) => {
                let parent = sink.begin_html(template);
                body(sink);
                sink.end_html(parent, &place);
            }
            (Mode::Diff, Place::At(index)) => {
                let open = sink.begin_node(index, template);
                body(sink);
                sink.end_node(index, open);
            }
            (Mode::Diff, Place::Root(sent)) => {
                let open = sink.begin_root(template, sent.take());
                body(sink);
                *sent = Some(sink.end_root(open));
            }
        }
    }

    /// Writes the rows of a comprehension: `body` writes each of them.
    #[doc(hidden)]
    pub fn rows(self, template: &'static Template, body: impl FnOnce(&mut Rows<'_>)) {
        let Place::At(index) = self.place else {
            return self.node(&ROOT, |sink| sink.dynamic(0).rows(template, body));
        };
        if let Some(mut rows) = Rows::begin(self.sink, index, template) {
            body(&mut rows);
            rows.end();
        }
    }

    /// Writes the rows of a stream.
    pub(in crate::live) fn stream_rows(
        self,
        template: &'static Template,
        changes: Changes,
        body: impl FnOnce(&mut Rows<'_>),
    ) {
        let Place::At(index) = self.place else {
            return self.node(&ROOT, |sink| {
                sink.dynamic(0).stream_rows(template, changes, body);
            });
        };
        if let Some(mut rows) = Rows::begin_stream(self.sink, index, template, changes) {
            body(&mut rows);
            rows.end();
        }
    }

    /// Whether a diff is written, and not a page.
    pub(in crate::live) fn is_diff(&self) -> bool {
        self.sink.mode == Mode::Diff
    }

    /// The name of a stream the client does not know yet.
    pub(in crate::live) fn name_stream(&mut self) -> String {
        let view = &mut self.sink.view;
        let number = view.next_stream;
        view.next_stream += 1;
        match view.components.current() {
            Some(component) => format!("{component}-{number}"),
            None => number.to_string(),
        }
    }

    /// Writes the id of a component. Its content is rendered at once, but stands behind the view's.
    ///
    /// The client looks for changes only in elements into which something was merged. So the id is sent again when the
    /// component has changed, and every node around it is one into which something was merged.
    pub(in crate::live) fn component(self, id: ComponentId) {
        let Place::At(index) = self.place else {
            return self.node(&ROOT, |sink| sink.dynamic(0).component(id));
        };
        let sink = self.sink;
        let changed = components::render(sink, id);
        let checkpoint = sink.out.len();
        sink.write_key(index as usize, sink.frame.members);
        sink.out
            .extend_from_slice(itoa::Buffer::new().format(id.get()).as_bytes());
        match sink.sent(index) {
            Sent::Component(held) if *held == id && !changed => sink.out.truncate(checkpoint),
            sent => *sent = Sent::Component(id),
        }
    }

    /// The components of the view, to which the place belongs.
    pub(in crate::live) fn components(&mut self) -> &mut Components {
        &mut self.sink.view.components
    }

    pub(in crate::live) fn give_up(self, error: RenderError) {
        self.sink.give_up(error);
    }
}

/// Where a value began: its key, and the value itself.
#[derive(Debug, Clone, Copy)]
struct Checkpoint {
    key: usize,
    value: usize,
}

/// A nested template that is being written.
#[derive(Debug)]
struct OpenNode {
    parent: Frame,
    /// The node to put back, and whether the client already holds its statics.
    node: Box<SentNode>,
    fresh: bool,
    checkpoint: usize,
}

impl Sink {
    fn begin_text(&mut self, index: u32) -> Checkpoint {
        let key = self.out.len();
        self.write_key(index as usize, self.frame.members);
        let value = self.out.len();
        self.out.push(b'"');
        Checkpoint { key, value }
    }

    fn end_text(&mut self, index: u32, checkpoint: Checkpoint, form_value: bool) {
        self.out.push(b'"');
        let hash = self.hash_from(checkpoint.value);
        let resend = form_value && self.resend_form_values;
        let sent = self.sent(index);
        match sent {
            Sent::Text(held) if *held == hash && !resend => self.out.truncate(checkpoint.key),
            _ => *sent = Sent::Text(hash),
        }
    }

    fn begin_html(&mut self, template: &'static Template) -> Frame {
        let frame = Frame::new(template, Vec::new(), 0);
        let parent = std::mem::replace(&mut self.frame, frame);
        self.write_static(0);
        parent
    }

    fn end_html(&mut self, parent: Frame, place: &Place<'_>) {
        self.ascend(parent);
        if let Place::At(index) = place {
            self.write_static(*index as usize + 1);
        }
    }

    fn begin_root(&mut self, template: &'static Template, held: Option<SentNode>) -> OpenNode {
        let members = self.frame.members;
        let components = &mut self.view.components;
        if components.current().is_none()
            && held
                .as_ref()
                .is_some_and(|held| !held.template.is(template))
        {
            components.delete_all();
        }
        let held = held.map_or(Sent::Nothing, |node| Sent::Node(Box::new(node)));
        self.open(template, held, members, members)
    }

    /// Writes the members of a component's tree into a buffer of its own, and says what the client holds of it then.
    pub(in crate::live) fn component_root(
        &mut self,
        mut held: Option<SentNode>,
        render: impl FnOnce(Dynamic<'_>),
    ) -> (Vec<u8>, Option<SentNode>) {
        let known = held.as_ref().map(|held| held.template);
        let out = std::mem::take(&mut self.out);
        let frame = std::mem::replace(&mut self.frame, Frame::new(&NO_TEMPLATE, Vec::new(), 0));
        let statics = std::mem::replace(&mut self.statics, Statics::Written);
        render(self.root(&mut held));
        if let Some(root) = held.as_ref().map(|held| held.template) {
            self.write_root_flag(root, known);
        }
        (self.frame, self.statics) = (frame, statics);
        (std::mem::replace(&mut self.out, out), held)
    }

    /// A component must be one element, and says so when its statics are sent.
    fn write_root_flag(&mut self, root: &Template, known: Option<&Template>) {
        if !root.root {
            self.give_up(RenderError::NotOneElement);
        }
        if !known.is_some_and(|known| known.is(root)) {
            self.out.extend_from_slice(b",\"r\":1");
        }
    }

    fn end_root(&mut self, open: OpenNode) -> SentNode {
        let OpenNode {
            parent,
            mut node,
            fresh,
            ..
        } = open;
        if fresh {
            self.write_statics(node.template);
        }
        node.dynamics = self.ascend(parent).sent;
        *node
    }

    fn begin_node(&mut self, index: u32, template: &'static Template) -> OpenNode {
        let checkpoint = self.out.len();
        self.write_key(index as usize, self.frame.members);
        self.out.push(b'{');
        let held = std::mem::take(self.sent(index));
        self.open(template, held, checkpoint, self.out.len())
    }

    fn end_node(&mut self, index: u32, open: OpenNode) {
        let OpenNode {
            parent,
            mut node,
            fresh,
            checkpoint,
        } = open;
        if fresh {
            self.write_statics(node.template);
            if node.template.root {
                self.out.extend_from_slice(b",\"r\":1");
            }
        }
        let unchanged = self.out.len() == self.frame.members;
        if unchanged {
            self.out.truncate(checkpoint);
        } else {
            self.out.push(b'}');
        }
        node.dynamics = self.ascend(parent).sent;
        *self.sent(index) = Sent::Node(node);
    }

    fn open(
        &mut self,
        template: &'static Template,
        held: Sent,
        checkpoint: usize,
        members: usize,
    ) -> OpenNode {
        let (mut node, fresh) = match held {
            Sent::Node(node) if node.template.is(template) => (node, false),
            _ => (Box::new(SentNode::new(template)), true),
        };
        let sent = std::mem::take(&mut node.dynamics);
        let parent = std::mem::replace(&mut self.frame, Frame::new(template, sent, members));
        OpenNode {
            parent,
            node,
            fresh,
            checkpoint,
        }
    }

    /// Takes what the client holds of a comprehension, and whether it is another one than `template`'s.
    pub(super) fn take_rows(
        &mut self,
        index: u32,
        template: &'static Template,
    ) -> (Box<SentRows>, Option<Sent>) {
        match std::mem::take(self.sent(index)) {
            Sent::Rows(rows) if rows.template.is(template) => (rows, None),
            other => (Box::new(SentRows::new(template)), Some(other)),
        }
    }

    /// A comprehension without rows that the client does not know yet is the empty text.
    pub(super) fn put_no_rows(&mut self, index: u32, key: usize, held: Sent) {
        self.out.truncate(key);
        *self.sent(index) = held;
        let checkpoint = self.begin_text(index);
        self.end_text(index, checkpoint, false);
    }
}
