//! What a live view's callbacks receive.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bytestring::ByteString;

use super::LiveView;
use crate::assigns::Assigns;
use crate::channel::{IntoPayload, NotDelivered, PushError, Recipient, Seat};
use crate::presence::Owner;
use crate::protocol::EncodeError;
use crate::pubsub::{Broadcast, PubSub, SubscriberId};
use crate::registry::RegisterError;

/// The socket of a live view, as `Phoenix.LiveView.Socket`.
pub struct Socket<V: LiveView> {
    id: String,
    assigns: Arc<Assigns>,
    pubsub: PubSub,
    /// The view's place on its connection; none while the page is only being loaded.
    seat: Option<Seat<V::Info>>,
    page_title: Option<String>,
    title_changed: bool,
    /// Events for the client, `[name, payload]` each, written as JSON and joined by commas.
    events: Vec<u8>,
}

impl<V: LiveView> Socket<V> {
    pub(super) const fn disconnected(id: String, assigns: Arc<Assigns>, pubsub: PubSub) -> Self {
        Self {
            id,
            assigns,
            pubsub,
            seat: None,
            page_title: None,
            title_changed: false,
            events: Vec::new(),
        }
    }

    pub(super) fn connected_at(id: String, seat: Seat<V::Info>) -> Self {
        let pubsub = seat.link.pubsub.clone();
        let mut socket = Self::disconnected(id, seat.assigns.clone(), pubsub);
        socket.seat = Some(seat);
        socket
    }

    /// Whether the page's script is connected; false while the page is only being loaded, `connected?/1` in Phoenix.
    #[must_use]
    pub const fn connected(&self) -> bool {
        self.seat.is_some()
    }

    /// The DOM id of the view's container.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The value of type `T` that was assigned to the endpoint or, once connected, by the socket's `connect`.
    ///
    /// # Panics
    /// When there is none; that ends this view, or answers the request with 500.
    #[must_use]
    #[track_caller]
    pub fn assigns<T: 'static>(&self) -> &T {
        self.assigns.expect()
    }

    /// Everything assigned to the endpoint and the connection.
    #[must_use]
    pub fn all_assigns(&self) -> &Assigns {
        &self.assigns
    }

    /// The hub of the endpoint.
    #[must_use]
    pub const fn pubsub(&self) -> &PubSub {
        &self.pubsub
    }

    /// Sets the page's title, `page_title` in Phoenix.
    pub fn put_page_title(&mut self, title: impl Into<String>) {
        self.page_title = Some(title.into());
        self.title_changed = true;
    }

    /// The title that was set last.
    #[must_use]
    pub fn page_title(&self) -> Option<&str> {
        self.page_title.as_deref()
    }

    /// Sends the page's hooks and window listeners an event, after what this callback renders.
    ///
    /// # Errors
    /// When the payload is binary or cannot be written as JSON.
    pub fn push_event(&mut self, name: &str, payload: impl IntoPayload) -> Result<(), PushError> {
        let payload = payload.into_payload()?;
        let json = payload.as_json().ok_or(EncodeError::BinaryUnsupported)?;
        if !self.events.is_empty() {
            self.events.push(b',');
        }
        self.events.push(b'[');
        serde_json::to_writer(&mut self.events, name)
            .expect("text is JSON, and memory can be written");
        self.events.push(b',');
        self.events.extend_from_slice(json.as_bytes());
        self.events.push(b']');
        Ok(())
    }

    /// Subscribes to a topic: its broadcasts come to `handle_info` as `into_info` makes them. While the page is only
    /// being loaded nothing is subscribed.
    ///
    /// # Errors
    /// When the hub holds as many subscriptions as it may.
    pub fn subscribe(
        &mut self,
        topic: impl Into<ByteString>,
        into_info: impl Fn(Broadcast) -> V::Info + Send + Sync + 'static,
    ) -> Result<(), RegisterError> {
        match &mut self.seat {
            Some(seat) => seat.subscribe(topic.into(), into_info),
            None => Ok(()),
        }
    }

    /// Ends all subscriptions to `topic`.
    pub fn unsubscribe(&mut self, topic: &str) {
        if let Some(seat) = &mut self.seat {
            seat.unsubscribe(topic);
        }
    }

    /// Keeps `guard` until the view has ended, whatever ends it.
    pub fn own(&mut self, guard: impl Any + Send) {
        if let Some(seat) = &mut self.seat {
            seat.own(guard);
        }
    }

    /// Sends this view a message. It is handled after the current callback's changes are on their way to the client,
    /// and after what came in before it. While the page is only being loaded there is nobody to take it.
    ///
    /// # Errors
    /// When the mailbox has no room left.
    pub fn send_self(&self, info: V::Info) -> Result<(), NotDelivered<V::Info>> {
        self.seat
            .as_ref()
            .map_or(Ok(()), |seat| seat.send_self(info))
    }

    /// Where other tasks send this view messages; none while the page is only being loaded.
    #[must_use]
    pub fn recipient(&self) -> Option<Recipient<V::Info>> {
        self.seat.as_ref().map(Seat::recipient)
    }

    /// Who this view is to `broadcast_from`; none while the page is only being loaded.
    #[must_use]
    pub fn subscriber_id(&self) -> Option<SubscriberId> {
        self.seat.as_ref().map(|seat| seat.id)
    }

    /// Moves the events and the title that wait for the client to the end of a diff's members.
    pub(super) fn take_members(&mut self, out: &mut Vec<u8>, first: bool) -> bool {
        let mut comma = !first;
        if !self.events.is_empty() {
            separate(out, &mut comma);
            out.extend_from_slice(br#""e":["#);
            out.append(&mut self.events);
            out.push(b']');
        }
        if std::mem::take(&mut self.title_changed) {
            separate(out, &mut comma);
            out.extend_from_slice(br#""t":"#);
            serde_json::to_writer(out, &self.page_title)
                .expect("text is JSON, and memory can be written");
        }
        comma
    }
}

fn separate(out: &mut Vec<u8>, comma: &mut bool) {
    if std::mem::replace(comma, true) {
        out.push(b',');
    }
}

impl<V: LiveView> Owner for Socket<V> {
    fn subscriber_id(&self) -> Option<SubscriberId> {
        Self::subscriber_id(self)
    }

    fn own(&mut self, guard: impl Any + Send) {
        Self::own(self, guard);
    }
}

impl<V: LiveView> fmt::Debug for Socket<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("id", &self.id)
            .field("connected", &self.connected())
            .finish_non_exhaustive()
    }
}
