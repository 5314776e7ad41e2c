use std::any::type_name;
use std::fmt;

use super::Nested;
use super::dead::Load;
use super::lineage::Spawn;
use crate::channel;
use crate::live::channel::LiveChannel;
use crate::live::rendered::{RenderError, Text, TextWriter};
use crate::live::session::SessionToken;
use crate::live::{AnySocket, Container, LiveView};
use crate::token::Term;

/// A live view inside another, whatever its type.
pub(in crate::live) struct Child {
    pub(super) id: String,
    pub(super) view: &'static str,
    /// A map: what is added to the visitor's session.
    pub(super) session: Term,
    pub(super) sticky: bool,
    container: Container,
    pub(super) spawn: Spawn,
    pub(super) load: Load,
}

/// Where in a page a view will stand once it is mounted.
#[derive(Debug)]
pub(in crate::live) struct Gap {
    /// In bytes from the page's beginning.
    pub(in crate::live) at: usize,
    pub(in crate::live) child: Child,
}

impl Child {
    pub(super) fn of<V: LiveView>(nested: Nested<V>) -> Self {
        Self {
            id: nested.id,
            view: type_name::<V>(),
            session: nested.session.entries(),
            sticky: nested.sticky,
            container: nested.container,
            spawn: channel::spawn::<LiveChannel<V>>,
            load: super::dead::load::<V>,
        }
    }

    /// The container in a diff: empty, since its content is the child's own business (2.3).
    pub(in crate::live) fn container(&self, socket: &AnySocket) -> Result<String, RenderError> {
        let parent = socket.lineage().ok_or(RenderError::NestedOutside)?;
        let session = if self.sticky {
            parent.is_declared(self.view)?;
            parent.sign(self.token(None))
        } else {
            let key = parent.admit(self.view, self.spawn, socket)?;
            parent.sign(self.token(Some(key)))
        };
        let mut container = self.open(&session, "", Some(parent.id()));
        container.push_str(&self.close());
        Ok(container)
    }

    pub(super) fn token(&self, parent: Option<String>) -> SessionToken {
        SessionToken {
            id: self.id.clone(),
            view: self.view.to_owned(),
            live_session: None,
            session: self.session.clone(),
            parent,
        }
    }

    /// The container's opening tag. No view is around one that stands in the document; nor is it marked as sticky, for the
    /// client would move it into the view that the page goes to.
    pub(super) fn open(&self, session: &str, statics: &str, parent_id: Option<&str>) -> String {
        let (tag, id) = (self.container.tag(), escaped(&self.id));
        // Tokens are base64 and dots: nothing to escape.
        let mut opened =
            format!(r#"<{tag} id="{id}" data-phx-session="{session}" data-phx-static="{statics}""#);
        match parent_id {
            Some(_) if self.sticky => opened.push_str(" data-phx-sticky"),
            Some(id) => opened.push_str(&format!(r#" data-phx-parent-id="{}""#, escaped(id))),
            None => {}
        }
        let mut opened = opened.into_bytes();
        self.container.write_attributes(&mut opened);
        opened.push(b'>');
        String::from_utf8(opened).expect("tags are text")
    }

    pub(super) fn close(&self) -> String {
        format!("</{}>", self.container.tag())
    }
}

fn escaped(text: &str) -> String {
    let mut html = Vec::with_capacity(text.len());
    text.write(&mut TextWriter::html(&mut html));
    String::from_utf8(html).expect("escaped text is text")
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child")
            .field("id", &self.id)
            .field("view", &self.view)
            .field("sticky", &self.sticky)
            .finish_non_exhaustive()
    }
}
