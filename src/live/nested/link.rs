use super::Lineage;
use crate::channel::Recipient;
use crate::live::mail::PartMail;

/// Tells the view around a view when that one did not end by itself.
#[derive(Debug)]
pub(in crate::live) struct Link(Option<Recipient<PartMail>>);

impl Link {
    pub(super) fn to(parent: &Lineage) -> Self {
        Self(Some(parent.mailbox()))
    }

    /// The view ends as it should.
    pub(in crate::live) fn cut(mut self) {
        self.0 = None;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(parent) = self.0.take() {
            parent.send_or_end(PartMail::Exit);
        }
    }
}
