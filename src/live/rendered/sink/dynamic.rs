use super::super::{Render, RenderError, Rows, Template, TextWriter, raw};
use super::{Mode, ROOT, Sink};
use crate::live::attributes::AttributeValue;
use crate::live::component::{ComponentId, LiveComponent, Socket};
use crate::live::differ::components::{self, Components};
use crate::live::differ::sent::{Sent, SentNode};
use crate::live::nested::{Child, Gap};
use crate::live::stream::Changes;

/// The place of one dynamic in the template being rendered; a value takes it by writing into it.
#[derive(Debug)]
#[must_use = "every dynamic of a template must be written"]
pub struct Dynamic<'s> {
    pub(super) sink: &'s mut Sink,
    pub(super) place: Place<'s>,
    pub(super) form_value: bool,
}

#[derive(Debug)]
pub(super) enum Place<'s> {
    Root(&'s mut Option<Box<SentNode>>),
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

    /// The id of a component on a page, as the client will know it, if the page is a view's.
    pub(in crate::live) fn number_component(&mut self) -> Option<ComponentId> {
        let view = &mut self.sink.view;
        let is_views = view
            .socket
            .as_ref()
            .is_some_and(|socket| !socket.id().is_empty());
        is_views.then(|| view.components.number())
    }

    /// Leaves a gap for a live view in a page; in a diff, writes the container from which it joins.
    pub(in crate::live) fn nested(self, child: Child) {
        let view = &mut self.sink.view;
        if self.sink.mode == Mode::Html {
            let at = self.sink.out.len();
            view.gaps.push(Gap { at, child });
            return self.empty();
        }
        match child.container(view.socket()) {
            Ok(container) => raw(container).render_at(self),
            Err(error) => self.give_up(error),
        }
    }

    /// Mounts or updates the component that stands in the place.
    pub(in crate::live) fn place<C: LiveComponent>(
        &mut self,
        id: String,
        props: C::Props,
    ) -> Result<ComponentId, RenderError> {
        Components::place::<C>(&mut self.sink.view, id, props)
    }

    /// Hands `run` a socket for a callback of a component.
    pub(in crate::live) fn with_socket<C: LiveComponent, T>(
        &mut self,
        id: Option<ComponentId>,
        run: impl FnOnce(&mut Socket<'_, C>) -> T,
    ) -> T {
        run(&mut Socket::new(self.sink.view.socket(), id))
    }

    pub(in crate::live) fn give_up(self, error: RenderError) {
        self.sink.give_up(error);
    }
}
