use std::any::type_name;
use std::fmt;
use std::sync::Arc;

use super::dead::Load;
use super::lineage::{Lineage, Spawn};
use crate::assigns::Assigns;
use crate::channel;
use crate::live::LiveView;
use crate::live::channel::LiveChannel;
use crate::live::rendered::{RenderError, Text, TextWriter};
use crate::live::session::SessionToken;
use crate::session::Session;
use crate::token::Term;

/// A live view inside another, whatever its type.
pub(in crate::live) struct Child {
    pub(super) id: String,
    pub(super) view: &'static str,
    /// A map: what is added to the visitor's session.
    pub(super) session: Term,
    pub(super) sticky: bool,
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
    pub(super) fn new<V: LiveView>(id: String, session: &Session, sticky: bool) -> Self {
        Self {
            id,
            view: type_name::<V>(),
            session: session.entries(),
            sticky,
            spawn: channel::spawn::<LiveChannel<V>>,
            load: super::dead::load::<V>,
        }
    }

    /// The container in a diff: empty, since its content is the child's own business (2.3).
    pub(in crate::live) fn container(
        &self,
        parent: Option<&Arc<Lineage>>,
        assigns: &Arc<Assigns>,
    ) -> Result<String, RenderError> {
        let parent = parent.ok_or(RenderError::NestedOutside)?;
        let session = if self.sticky {
            parent.is_declared(self.view)?;
            parent.sign(&self.token(None))
        } else {
            let key = parent.admit(self.view, self.spawn, assigns)?;
            parent.sign(&self.token(Some(key)))
        };
        let mut container = self.open(&session, "", parent.id());
        container.push_str("</div>");
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

    /// The container's opening tag.
    pub(super) fn open(&self, session: &str, statics: &str, parent_id: &str) -> String {
        let id = escaped(&self.id);
        let belongs = if self.sticky {
            " data-phx-sticky".to_owned()
        } else {
            format!(r#" data-phx-parent-id="{}""#, escaped(parent_id))
        };
        // Tokens are base64 and dots: nothing to escape.
        format!(
            r#"<div id="{id}" data-phx-session="{session}" data-phx-static="{statics}"{belongs}>"#
        )
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
