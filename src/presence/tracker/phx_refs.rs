use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// Makes references that are unique among all trackers: 16 characters, as Phoenix's.
pub(super) struct PhxRefs {
    tracker: [u8; 6],
    next: AtomicU64,
}

impl PhxRefs {
    pub(super) fn new() -> Self {
        let mut tracker = [0; 6];
        tracker.copy_from_slice(&Uuid::new_v4().as_bytes()[..6]);
        Self {
            tracker,
            next: AtomicU64::new(0),
        }
    }

    pub(super) fn next(&self) -> String {
        let next = self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut bytes = [0; 12];
        bytes[..6].copy_from_slice(&self.tracker);
        bytes[6..].copy_from_slice(&next[2..]);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}
