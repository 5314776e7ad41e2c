//! Messages for the visitor on a live page, as `put_flash/3` of `Phoenix.LiveView`.

use super::AnySocket;
use crate::session::Flash;

/// The flash of a view or a component.
#[derive(Clone, Debug, Default)]
pub(super) struct LiveFlash {
    shown: Flash,
    /// What the current callback put: this goes along when the page is sent elsewhere (9.5).
    put: Flash,
}

impl LiveFlash {
    pub(super) fn new(shown: Flash) -> Self {
        Self {
            shown,
            put: Flash::default(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.shown.clear();
        self.put.clear();
    }

    fn clear_kind(&mut self, kind: &str) {
        self.shown.delete(kind);
        self.put.delete(kind);
    }

    /// Keeps what the current callback put only: the URL has changed.
    pub(super) fn replace(&mut self) {
        self.shown = self.put.clone();
    }

    /// What the current callback put, once it has ended.
    pub(super) fn take_put(&mut self) -> Flash {
        std::mem::take(&mut self.put)
    }

    /// Takes over what a component put in the callback that sends the page elsewhere.
    pub(super) fn take_over(&mut self, component: &mut Self) {
        let put = component.take_put();
        self.shown.merge(put.clone());
        self.put.merge(put);
    }
}

impl AnySocket {
    /// Shows the visitor a message of a kind, `info` or `error` or any other: `put_flash/3`. It stays until it is cleared
    /// or the page goes elsewhere, and goes along when this callback sends it there.
    ///
    /// A component has a flash of its own.
    pub fn put_flash(&mut self, kind: impl Into<String>, message: impl Into<String>) {
        let (kind, message) = (kind.into(), message.into());
        self.flash.put.put(kind.clone(), message.clone());
        self.flash.shown.put(kind, message);
    }

    /// Removes all messages: `clear_flash/1`.
    pub fn clear_flash(&mut self) {
        self.flash.clear();
    }

    /// Removes the message of one kind: `clear_flash/2`.
    pub fn clear_flash_kind(&mut self, kind: &str) {
        self.flash.clear_kind(kind);
    }

    /// The message of this kind: `Phoenix.Flash.get(@flash, kind)`.
    #[must_use]
    pub fn flash(&self, kind: &str) -> Option<&str> {
        self.flash.shown.get(kind)
    }

    /// All messages, `@flash`.
    #[must_use]
    pub const fn all_flash(&self) -> &Flash {
        &self.flash.shown
    }
}
