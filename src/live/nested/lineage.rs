use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytestring::ByteString;
use parking_lot::Mutex;

use super::NESTING_DEPTH_MAX;
use crate::assigns::Assigns;
use crate::channel::{self, Handle, Join, Reason, Recipient, Seat};
use crate::live::mail::{self, Mail, PartMail};
use crate::live::rendered::RenderError;
use crate::live::session::SessionToken;
use crate::live::views::Table;
use crate::live::{AnySocket, LiveView};
use crate::protocol::live::JoinError;
use crate::token::random::random_bytes;
use crate::token::{SecretKeyBase, Token};

pub(in crate::live) type Spawn = fn(Join) -> Arc<dyn Handle>;

/// A connected view as the views inside it see it.
pub(in crate::live) struct Lineage {
    id: String,
    table: Arc<Table>,
    connection: Arc<channel::Link>,
    mailbox: Recipient<PartMail>,
    /// A [`TakesInfo`] of the view's type.
    takes_info: Box<dyn Any + Send + Sync>,
    parent: Option<Arc<Self>>,
    /// How many views stand around this one.
    depth: usize,
    /// The date of the tokens of its children, so that one child has one token in every render.
    born: SystemTime,
    signer: OnceLock<Token>,
    family: Mutex<Family>,
}

struct TakesInfo<V: LiveView>(Recipient<V::Info>);

/// What the views inside a view need of it.
#[derive(Default)]
struct Family {
    /// By which their tokens name this view; made for the first of them.
    key: Option<String>,
    /// What this view had assigned when it last showed one.
    assigns: Arc<Assigns>,
    host_uri: Arc<str>,
    /// The types of views that stand in it.
    views: HashMap<&'static str, Spawn>,
    joined: HashMap<ByteString, Arc<dyn Handle>>,
    stage: Stage,
}

/// What it takes to start a view.
pub(in crate::live) struct Starting {
    pub(in crate::live) spawn: Spawn,
    /// What was assigned around it.
    pub(in crate::live) assigns: Arc<Assigns>,
    /// Scheme, host and port of the page around it.
    pub(in crate::live) host_uri: Arc<str>,
}

#[derive(Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Living,
    /// This view is about to end: the page goes elsewhere.
    Leaving,
    Ended,
}

impl Lineage {
    pub(in crate::live) fn new<V: LiveView>(
        id: String,
        table: Arc<Table>,
        parent: Option<Arc<Self>>,
        seat: &Seat<Mail<V>>,
    ) -> Self {
        Self {
            id,
            table,
            connection: seat.link.clone(),
            mailbox: mail::to_parts(seat.recipient()),
            takes_info: Box::new(TakesInfo::<V>(mail::to_handle_info(seat.recipient()))),
            depth: parent.as_ref().map_or(0, |parent| parent.depth + 1),
            parent,
            born: SystemTime::now(),
            signer: OnceLock::new(),
            family: Mutex::default(),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(in crate::live) const fn parent(&self) -> Option<&Arc<Self>> {
        self.parent.as_ref()
    }

    /// Where the root of the views around this one takes mail; none for a root.
    pub(in crate::live) fn root(&self) -> Option<Recipient<PartMail>> {
        let parent = self.parent.as_ref()?;
        parent.root().or_else(|| Some(parent.mailbox()))
    }

    pub(in crate::live) fn mailbox(&self) -> Recipient<PartMail> {
        self.mailbox.clone()
    }

    pub(super) fn recipient<V: LiveView>(&self) -> Option<Recipient<V::Info>> {
        let TakesInfo(recipient) = self.takes_info.downcast_ref::<TakesInfo<V>>()?;
        Some(recipient.clone())
    }

    /// Whether a view may connect without a parent.
    pub(super) fn is_declared(&self, view: &str) -> Result<(), RenderError> {
        if self.table.has_view(view) {
            Ok(())
        } else {
            Err(RenderError::NotDeclared)
        }
    }

    pub(super) fn sign(&self, token: SessionToken) -> String {
        let signer = self.signer.get_or_init(|| {
            let secret_key_base: &SecretKeyBase = self.connection.assigns.expect();
            Token::new(secret_key_base, &self.table.signing_salt)
        });
        token.sign_at(signer, self.born)
    }

    /// Lets a view of this type join inside this one; gives what its token names this one by.
    pub(super) fn admit(
        self: &Arc<Self>,
        view: &'static str,
        spawn: Spawn,
        socket: &AnySocket,
    ) -> Result<String, RenderError> {
        if self.depth + 1 > NESTING_DEPTH_MAX {
            return Err(RenderError::NestedTooDeep);
        }
        let mut family = self.family.lock();
        family.assigns.clone_from(socket.shared_assigns());
        family.host_uri = socket.share_host_uri();
        family.views.insert(view, spawn);
        let key = family
            .key
            .get_or_insert_with(|| self.table.lineages.register(self));
        Ok(key.clone())
    }

    /// What it takes to start a view of this type inside this one.
    pub(in crate::live) fn starting(&self, view: &str) -> Option<Starting> {
        let family = self.family.lock();
        Some(Starting {
            spawn: *family.views.get(view)?,
            assigns: family.assigns.clone(),
            host_uri: family.host_uri.clone(),
        })
    }

    /// Takes a view in that has joined, to end it with this one.
    pub(in crate::live) fn adopt(&self, topic: ByteString, child: &Arc<dyn Handle>) {
        let mut family = self.family.lock();
        if family.stage == Stage::Ended {
            return child.shut_down(PARENT_EXITED);
        }
        family.joined.retain(|_, child| child.reason().is_none());
        family.joined.insert(topic, child.clone());
    }

    /// Lets nobody join inside this view any more.
    pub(in crate::live) fn leave(&self) {
        let mut family = self.family.lock();
        if family.stage == Stage::Living {
            family.stage = Stage::Leaving;
        }
    }

    fn end(&self) {
        let (key, joined) = {
            let mut family = self.family.lock();
            family.stage = Stage::Ended;
            (family.key.take(), std::mem::take(&mut family.joined))
        };
        if let Some(key) = key {
            self.table.lineages.forget(&key);
        }
        for child in joined.into_values() {
            child.shut_down(PARENT_EXITED);
        }
    }
}

/// Why a view ends after the one around it.
const PARENT_EXITED: Reason = Reason::Shutdown(std::borrow::Cow::Borrowed("parent exited"));

/// Ends the views inside a view when it ends, whatever ends it.
#[derive(Debug)]
pub(in crate::live) struct Living(pub(in crate::live) Arc<Lineage>);

impl Drop for Living {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The connected views that show others, by the keys in those's tokens.
#[derive(Debug, Default)]
pub(in crate::live) struct Lineages(Mutex<HashMap<String, Arc<Lineage>>>);

impl Lineages {
    fn register(&self, lineage: &Arc<Lineage>) -> String {
        let key = URL_SAFE_NO_PAD.encode(random_bytes::<16>());
        self.0.lock().insert(key.clone(), lineage.clone());
        key
    }

    fn forget(&self, key: &str) {
        self.0.lock().remove(key);
    }

    /// The view that a token names, if it lives on this connection (4.2).
    pub(in crate::live) fn find(
        &self,
        key: &str,
        connection: &Arc<channel::Link>,
    ) -> Result<Arc<Lineage>, JoinError> {
        let lineage = self.0.lock().get(key).cloned();
        let lineage = lineage
            .filter(|lineage| Arc::ptr_eq(&lineage.connection, connection))
            .ok_or(JoinError::Stale)?;
        let leaving = lineage.family.lock().stage == Stage::Leaving;
        if leaving {
            return Err(JoinError::ParentRedirect);
        }
        Ok(lineage)
    }
}

impl fmt::Debug for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lineage")
            .field("id", &self.id)
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}
