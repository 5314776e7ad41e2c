use std::sync::Arc;

use parking_lot::Mutex;

use super::Lineage;
use crate::channel::Recipient;
use crate::live::mail::PartMail;

/// Tells the view around a view when that one did not end by itself. The view's channel keeps a clone: the page hears of
/// a mount that crashed before the view around it ends.
#[derive(Clone, Debug, Default)]
pub(in crate::live) struct Link(Arc<Linked>);

#[derive(Debug, Default)]
struct Linked(Mutex<Option<Recipient<PartMail>>>);

impl Link {
    pub(super) fn tie(&self, parent: &Lineage) {
        *self.0.0.lock() = Some(parent.mailbox());
    }

    /// The view ends as it should.
    pub(in crate::live) fn cut(&self) {
        self.0.0.lock().take();
    }
}

impl Drop for Linked {
    fn drop(&mut self) {
        if let Some(parent) = self.0.get_mut().take() {
            parent.send_or_end(PartMail::Exit);
        }
    }
}
