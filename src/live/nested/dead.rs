use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::{Child, Gap, NESTED_VIEWS_MAX, NESTING_DEPTH_MAX};
use crate::assigns::Assigns;
use crate::endpoint::Conn;
use crate::live::connecting::Connecting;
use crate::live::layout::Content;
use crate::live::mounting::{Mounted, NotMounted};
use crate::live::rendered::RenderError;
use crate::live::session::StaticToken;
use crate::live::views::Table;
use crate::live::{AnySocket, LiveView, Socket, html};
use crate::protocol::form::Params;
use crate::session::Flash;

/// Mounts the views inside the views of one page that is being loaded.
///
/// A template is rendered at once while a mount may wait: so the render leaves gaps, which are filled after it.
pub(in crate::live) struct Loading<'c> {
    table: &'c Table,
    conn: &'c Conn,
    /// How many views there may still be.
    left: usize,
    /// That of the view that went elsewhere.
    flash: Option<Flash>,
}

/// What a view, or the document, hands on to the views inside it.
pub(in crate::live) struct Around {
    /// The view's; the views in a document have none around them and connect by themselves.
    id: Option<String>,
    assigns: Arc<Assigns>,
    /// How many views stand around those inside it.
    depth: usize,
}

pub(super) type Load = for<'a> fn(&'a mut Loading<'_>, Child, &'a Around) -> Filling<'a>;

type Filling<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, NotMounted>> + Send + 'a>>;

impl Around {
    /// The view that the page is about.
    pub(in crate::live) fn view(socket: &AnySocket) -> Self {
        Self::at(1, socket)
    }

    /// The document itself.
    pub(in crate::live) fn document(conn: &Conn) -> Self {
        Self {
            id: None,
            assigns: conn.all_assigns(),
            depth: 0,
        }
    }

    fn at(depth: usize, socket: &AnySocket) -> Self {
        Self {
            id: Some(socket.id().to_owned()),
            assigns: socket.shared_assigns().clone(),
            depth,
        }
    }

    const fn is_document(&self) -> bool {
        self.id.is_none()
    }
}

impl<'c> Loading<'c> {
    pub(in crate::live) const fn new(table: &'c Table, conn: &'c Conn) -> Self {
        Self {
            table,
            conn,
            left: NESTED_VIEWS_MAX,
            flash: None,
        }
    }

    pub(in crate::live) const fn conn(&self) -> &'c Conn {
        self.conn
    }

    /// The flash of a view inside another that could not be mounted.
    pub(in crate::live) fn into_flash(self) -> Option<Flash> {
        self.flash
    }

    /// Mounts the views one after the other and puts each into its place.
    pub(in crate::live) async fn fill(
        &mut self,
        content: Vec<u8>,
        gaps: Vec<Gap>,
        around: &Around,
    ) -> Result<Vec<u8>, NotMounted> {
        if gaps.is_empty() {
            return Ok(content);
        }
        let mut filled = Vec::with_capacity(content.len() * 2);
        let mut from = 0;
        for Gap { at, child } in gaps {
            filled.extend_from_slice(&content[from..at]);
            from = at;
            self.count(around)?;
            let load = child.load;
            filled.extend(load(self, child, around).await?);
        }
        filled.extend_from_slice(&content[from..]);
        Ok(filled)
    }

    fn count(&mut self, around: &Around) -> Result<(), RenderError> {
        if around.depth > NESTING_DEPTH_MAX {
            return Err(RenderError::NestedTooDeep);
        }
        self.left = self.left.checked_sub(1).ok_or(RenderError::TooManyNested)?;
        Ok(())
    }

    /// The container's opening tag (2.3): only sticky views and those in the document connect by themselves.
    fn open(&self, child: &Child, around: &Around) -> Result<String, RenderError> {
        let endpoint = self.conn.endpoint();
        let (secret_key_base, salt) = (endpoint.secret_key_base(), &*self.table.signing_salt);
        let statics = StaticToken {
            id: child.id.clone(),
            flash: self.flash_for(around),
        };
        let statics = statics.sign(secret_key_base, salt);
        let around_id = around.id.as_deref();
        if !child.sticky && !around.is_document() {
            return Ok(child.open("", &statics, around_id));
        }
        if !self.table.has_view(child.view) {
            return Err(RenderError::NotDeclared);
        }
        let session = child.token(None).sign(secret_key_base, salt);
        Ok(child.open(&session, &statics, around_id))
    }

    /// That of the request belongs to the views of the document.
    fn flash_for(&self, around: &Around) -> Flash {
        if around.is_document() {
            self.conn.all_flash().clone()
        } else {
            Flash::default()
        }
    }

    fn socket(&self, child: &Child, around: &Around) -> AnySocket {
        let behind = if child.sticky {
            self.conn.all_assigns()
        } else {
            around.assigns.clone()
        };
        let assigns = Arc::new(Assigns::in_front_of(behind));
        let pubsub = self.conn.endpoint().pubsub().clone();
        let mut socket = AnySocket::disconnected(child.id.clone(), assigns, pubsub);
        let connecting = if around.is_document() {
            Connecting::loaded(self.conn.connect_info())
        } else {
            Connecting::default()
        };
        let url = self.conn.absolute_uri();
        socket.begin_mount(None, &url, self.flash_for(around), connecting);
        socket.sticky = child.sticky && !around.is_document();
        socket
    }

    async fn mount<V: LiveView>(
        &mut self,
        child: &Child,
        socket: &mut Socket<V>,
    ) -> Result<V, NotMounted> {
        let mut session = self.conn.session().clone();
        session.overlay(&child.session);
        let mounted = Mounted {
            table: self.table,
            params: &Params::default(),
            session: &session,
            url: &self.conn.absolute_uri(),
        };
        match mounted.mount(socket).await {
            Ok((view, _)) => Ok(view),
            Err(error) => {
                self.flash = Some(socket.all_flash().clone());
                Err(error)
            }
        }
    }
}

pub(super) fn load<'a, V: LiveView>(
    loading: &'a mut Loading<'_>,
    child: Child,
    around: &'a Around,
) -> Filling<'a> {
    Box::pin(async move {
        let mut content = loading.open(&child, around)?.into_bytes();
        let mut socket = Socket::<V>::disconnected(loading.socket(&child, around));
        let view = loading.mount(&child, &mut socket).await?;
        let shown = Content {
            view: &view,
            socket: &socket,
        };
        let gaps = html::write_view(&socket, shown, &mut content)?;
        socket.after_render();
        content.extend_from_slice(child.close().as_bytes());
        let around = Around::at(around.depth + 1, &socket);
        loading.fill(content, gaps, &around).await
    })
}
