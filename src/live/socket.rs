//! What a live view's callbacks receive.

mod any;

use std::any::Any;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use bytestring::ByteString;

use super::LiveView;
#[cfg(feature = "live-reload")]
use super::mail::PartMail;
use super::mail::{self, Mail};
use super::nested::{Lineage, Living};
use super::views::Table;
use crate::channel::{NotDelivered, Recipient, Seat};
#[cfg(feature = "live-reload")]
use crate::endpoint::NotifiesLiveViews;
use crate::presence::Owner;
use crate::pubsub::{Broadcast, SubscriberId};
use crate::registry::RegisterError;

pub use any::AnySocket;

/// The socket of a live view, as `Phoenix.LiveView.Socket`.
///
/// What does not depend on the view's type stands in [`AnySocket`], to which this dereferences.
pub struct Socket<V: LiveView> {
    any: AnySocket,
    /// The view's place on its connection; none while the page is only being loaded.
    seat: Option<Seat<Mail<V>>>,
}

impl<V: LiveView> Socket<V> {
    pub(super) const fn disconnected(any: AnySocket) -> Self {
        Self { any, seat: None }
    }

    pub(super) fn connected_at(
        id: String,
        table: Arc<Table>,
        parent: Option<Arc<Lineage>>,
        mut seat: Seat<Mail<V>>,
    ) -> Self {
        let lineage = Arc::new(Lineage::new::<V>(id.clone(), table, parent, &seat));
        let pubsub = seat.link.pubsub.clone();
        let mut any = AnySocket::disconnected(id, seat.assigns.clone(), pubsub);
        any.connect(lineage.mailbox(), lineage.clone());
        // The views inside this one end with it, whatever ends it.
        seat.own(Living(lineage));
        Self {
            any,
            seat: Some(seat),
        }
    }

    /// Subscribes to a topic: its broadcasts come to `handle_info` as `into_info` makes them, in the task of whoever
    /// broadcasts; a panic there ends this view. While the page is only being loaded nothing is subscribed.
    ///
    /// # Errors
    /// When the hub holds as many subscriptions as it may.
    pub fn subscribe(
        &mut self,
        topic: impl Into<ByteString>,
        into_info: impl Fn(Broadcast) -> V::Info + Send + Sync + 'static,
    ) -> Result<(), RegisterError> {
        let into_mail = move |broadcast| Mail::Info(into_info(broadcast));
        match &mut self.seat {
            Some(seat) => seat.subscribe(topic.into(), into_mail),
            None => Ok(()),
        }
    }

    /// Renders anew when a file changes whose patterns notify live views.
    #[cfg(feature = "live-reload")]
    pub(super) fn subscribe_to_live_reload(&mut self) -> Result<(), RegisterError> {
        match &mut self.seat {
            Some(seat) if seat.assigns.of::<NotifiesLiveViews>().is_some() => seat
                .subscribe(NotifiesLiveViews::TOPIC.into(), |_| {
                    Mail::Part(PartMail::LiveReload)
                }),
            _ => Ok(()),
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
        let Some(seat) = &self.seat else {
            return Ok(());
        };
        let sent = seat.send_self(Mail::Info(info));
        sent.map_err(|refused| refused.map(Mail::expect_info))
    }

    /// Where other tasks send this view messages; none while the page is only being loaded.
    #[must_use]
    pub fn recipient(&self) -> Option<Recipient<V::Info>> {
        let seat = self.seat.as_ref()?;
        Some(mail::to_handle_info(seat.recipient()))
    }

    /// Where this view takes its mail; none while the page is only being loaded.
    pub(super) fn mailbox(&self) -> Option<Recipient<Mail<V>>> {
        self.seat.as_ref().map(Seat::recipient)
    }

    /// Who this view is to `broadcast_from`; none while the page is only being loaded.
    #[must_use]
    pub fn subscriber_id(&self) -> Option<SubscriberId> {
        self.seat.as_ref().map(|seat| seat.id)
    }
}

impl<V: LiveView> Deref for Socket<V> {
    type Target = AnySocket;

    fn deref(&self) -> &AnySocket {
        &self.any
    }
}

impl<V: LiveView> DerefMut for Socket<V> {
    fn deref_mut(&mut self) -> &mut AnySocket {
        &mut self.any
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
        f.debug_tuple("Socket").field(&self.any).finish()
    }
}
