//! The short way of a broadcast.

use std::sync::Arc;

use super::{ChannelCell, ChannelMail};
use crate::channel::Link;
use crate::pubsub::{Broadcast, Subscriber};
use crate::telemetry;

/// Hands the broadcasts of the channel's own topic straight to the connection; intercepted ones to the channel (BC-1).
pub(super) struct Fastlane<I> {
    pub(super) link: Arc<Link>,
    pub(super) cell: Arc<ChannelCell<I>>,
    pub(super) intercept: &'static [&'static str],
}

impl<I: Send + 'static> Subscriber for Fastlane<I> {
    fn deliver(&self, broadcast: &Broadcast) {
        if self.intercept.contains(&broadcast.event()) {
            self.cell
                .deliver_or_end(ChannelMail::Out(broadcast.clone()));
            return;
        }
        match broadcast.frame(self.link.serializer) {
            Ok(frame) => {
                let deflated = || broadcast.deflated(self.link.serializer, frame);
                self.link.outbox.push_shared(frame, deflated);
            }
            Err(cause) => {
                telemetry::broadcast_not_encoded(broadcast.topic(), broadcast.event(), cause);
            }
        }
    }
}
