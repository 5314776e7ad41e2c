//! The join of a live view, once its tokens were found good.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Changed, LiveChannel};
use crate::channel::{Channel, JoinError, JoinSocket};
use crate::live::connecting::Connecting;
use crate::live::differ::{DiffOptions, Differ};
use crate::live::mounting::{Mounted, NotMounted};
use crate::live::navigation::Elsewhere;
use crate::live::nested::Lineage;
use crate::live::session::sign_reload;
use crate::live::views::{Route, Table};
use crate::live::{AnySocket, LiveView, Socket};
use crate::protocol::Payload;
use crate::protocol::form::Params;
use crate::protocol::live::{self as wire, LivePatch};
use crate::session::{Flash, Session};
use crate::token::SecretKeyBase;

/// What a join brought and what its tokens allow.
pub(in crate::live) struct Mounting {
    pub(in crate::live) table: Arc<Table>,
    /// None for a view that no URL belongs to.
    pub(in crate::live) route: Option<Arc<Route>>,
    pub(in crate::live) id: String,
    pub(in crate::live) url: String,
    pub(in crate::live) params: Params,
    pub(in crate::live) session: Session,
    pub(in crate::live) flash: Flash,
    pub(in crate::live) connecting: Connecting,
    /// The page came here by live navigation and brings another view's container.
    pub(in crate::live) navigated: bool,
    /// The page keeps the view while it goes to another.
    pub(in crate::live) sticky: bool,
    /// The view around this one.
    pub(in crate::live) parent: Option<Arc<Lineage>>,
}

/// Hands a view what it is mounted with, once, through assigns that stay for as long as the view.
pub(in crate::live) struct TakeMounting(Mutex<Option<Box<Mounting>>>);

impl TakeMounting {
    pub(in crate::live) fn new(mounting: Mounting) -> Self {
        Self(Mutex::new(Some(Box::new(mounting))))
    }

    pub(super) fn take(&self) -> Option<Box<Mounting>> {
        self.0.lock().take()
    }
}

/// A join that is not allowed: tells the page what to do instead.
pub(in crate::live) struct Refusal;

impl Channel for Refusal {
    type Info = ();

    async fn join(_: Payload, socket: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
        Err(JoinError::refuse(socket.assigns::<wire::JoinError>()))
    }
}

/// The answer to a join whose page has left again before the view was mounted.
#[derive(Serialize)]
struct Left {
    reason: &'static str,
}

/// Mounts the view and renders the whole tree; a mount that takes long ends when the page leaves or its connection ends.
pub(super) async fn join<V: LiveView>(
    mounting: Box<Mounting>,
    channel: &mut JoinSocket<LiveChannel<V>>,
) -> Result<(LiveChannel<V>, Payload), JoinError> {
    let mut mounting = *mounting;
    let mut socket = socket(&mut mounting, channel);
    if let Some(link) = socket.link() {
        channel.seat.own(link.clone());
    }
    let mounted = Mounted {
        table: &mounting.table,
        params: &mounting.params,
        session: &mounting.session,
        url: &mounting.url,
    };
    let mounted = mounted.mount(&mut socket);
    let (view, patched) = match channel.seat.unless_asked_to_end(mounted).await {
        Some(Ok(mounted)) => mounted,
        Some(Err(error)) => return Err(refuse(error, &mut socket, &mounting.table)),
        None => {
            socket.cut_link();
            return Err(JoinError::refuse(&Left { reason: "left" }));
        }
    };
    #[cfg(feature = "live-reload")]
    socket.subscribe_to_live_reload()?;
    let mut live = LiveChannel {
        view,
        socket,
        differ: Differ::new(),
        table: mounting.table,
    };
    let response = live.joined(mounting.navigated, patched.as_ref())?;
    Ok((live, response))
}

fn socket<V: LiveView>(mounting: &mut Mounting, channel: &JoinSocket<LiveChannel<V>>) -> Socket<V> {
    let id = std::mem::take(&mut mounting.id);
    let (table, parent) = (mounting.table.clone(), mounting.parent.take());
    let mut socket = Socket::connected_at(id, table, parent, channel.seat.share());
    socket.sticky = mounting.sticky;
    socket.put_views(mounting.table.clone());
    socket.begin_mount(
        mounting.route.take(),
        &mounting.url,
        std::mem::take(&mut mounting.flash),
        std::mem::take(&mut mounting.connecting),
    );
    socket
}

/// What the page does about a view that was not mounted (4.4).
fn refuse(error: NotMounted, socket: &mut AnySocket, table: &Table) -> JoinError {
    if !matches!(error, NotMounted::Crashed(_)) {
        socket.cut_link();
    }
    let flash = socket.flash.take_put();
    let secret_key_base: &SecretKeyBase = socket.assigns();
    let elsewhere = match error {
        NotMounted::Crashed(cause) => return JoinError::Crashed(cause),
        NotMounted::Redirected(elsewhere) => elsewhere.into_message(&flash, secret_key_base),
        NotMounted::Status(status) => {
            let status = status.as_u16();
            let token = sign_reload(status, secret_key_base, &table.signing_salt);
            return JoinError::refuse(&wire::JoinError::Reload { status, token });
        }
    };
    let events = socket.take_events().unwrap_or_else(|| "[]".to_owned());
    let events = RawValue::from_string(events).expect("events are written as JSON");
    JoinError::refuse(&match elsewhere {
        Elsewhere::Redirect(redirect) => wire::JoinError::Redirect { redirect, events },
        Elsewhere::LiveRedirect(live_redirect) => wire::JoinError::LiveRedirect {
            live_redirect,
            events,
        },
    })
}

impl<V: LiveView> LiveChannel<V> {
    /// The response to the join (4.3).
    fn joined(
        &mut self,
        navigated: bool,
        patched: Option<&LivePatch>,
    ) -> Result<Payload, JoinError> {
        let mut response = br#"{"rendered":{"#.to_vec();
        self.diff(Changed::View, &mut response, DiffOptions::default())?;
        response.extend_from_slice(br#"},"liveview_version":"#);
        serde_json::to_writer(&mut response, &self.table.liveview_version)?;
        if navigated {
            response.extend_from_slice(br#","container":"#);
            let route = self.socket.route();
            let container = route.map_or(V::CONTAINER, |route| route.container.clone());
            container.write_json(&mut response);
        }
        if let Some(patch) = patched {
            response.extend_from_slice(br#","live_patch":"#);
            serde_json::to_writer(&mut response, patch)?;
        }
        response.push(b'}');
        let response = String::from_utf8(response).expect("the renderer writes text");
        Ok(Payload::from_json_text(response)?)
    }
}
