//! Compression of WebSocket messages: the extension permessage-deflate (RFC 7692).
//!
//! Every message is compressed on its own: an [`Agreement`] always contains `server_no_context_takeover`, so that the
//! compressed form of a broadcast is the same for all who get it, and `client_no_context_takeover`. So a connection
//! holds no state of a compressor; each thread that compresses or decompresses holds one, some 440 KB and 80 KB.
//!
//! ```
//! use bennu_protocol::permessage_deflate::Agreement;
//!
//! let agreed = Agreement::negotiate(["permessage-deflate; client_max_window_bits"]).expect("it is acceptable");
//! assert_eq!(
//!     agreed.response(),
//!     "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
//! );
//! assert_eq!(Agreement::negotiate(["permessage-deflate; level=9"]), None);
//! ```

use crate::WireFrame;

mod deflate;
mod inflate;
mod negotiation;

pub(crate) use deflate::deflate;
pub use inflate::{InflateError, inflate};

/// Shorter messages leave uncompressed: there is little to save.
pub const COMPRESSED_BYTES_MIN: usize = 256;

/// What a client and the server agreed on (RFC 7692, section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// How far back in a message the client looks, as a power of two; none where it did not say so.
    server_max_window_bits: Option<u8>,
}

impl Agreement {
    /// Accepts the first acceptable offer among the values of `Sec-WebSocket-Extensions` headers; none when there is
    /// none, which leaves the connection uncompressed.
    ///
    /// An offer with an unknown, repeated or malformed parameter is not acceptable (RFC 7692, section 7).
    pub fn negotiate<'h>(offered: impl IntoIterator<Item = &'h str>) -> Option<Self> {
        let mut offers = offered.into_iter().flat_map(|values| values.split(','));
        offers.find_map(negotiation::accept)
    }

    /// The value of the `Sec-WebSocket-Extensions` header that accepts the offer.
    ///
    /// A server may prescribe `client_no_context_takeover` to every client (section 7.1.1.2). `client_max_window_bits`
    /// is left out: whatever the client chooses, a whole message is there when it is decompressed.
    #[must_use]
    pub fn response(self) -> String {
        const RESPONSE: &str =
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
        match self.server_max_window_bits {
            None => RESPONSE.to_owned(),
            Some(bits) => format!("{RESPONSE}; server_max_window_bits={bits}"),
        }
    }

    /// The compressed form of a frame, if it has one and the client can read it.
    #[must_use]
    pub fn deflate(self, frame: &WireFrame) -> Option<WireFrame> {
        self.admits(frame).then(|| frame.deflated())?
    }

    /// Whether the client can read the compressed form of `frame`.
    ///
    /// A client with a small window gets compressed messages that fit it as a whole: they hold no reference beyond it,
    /// however they were compressed.
    #[must_use]
    pub fn admits(self, frame: &WireFrame) -> bool {
        self.server_max_window_bits
            .is_none_or(|bits| bits == WINDOW_BITS_MAX || frame.payload_bytes() <= 1 << bits)
    }
}

/// The window of every DEFLATE stream (RFC 1951).
const WINDOW_BITS_MAX: u8 = 15;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Frame;

    // RFC 7692 section 7.1.2.1
    #[test]
    fn a_small_window_gets_compressed_messages_that_fit_it() {
        let frame = |bytes| WireFrame::data(&Frame::Text("a".repeat(bytes).into()));
        let small = Agreement {
            server_max_window_bits: Some(9),
        };
        assert!(small.deflate(&frame(512)).is_some());
        assert_eq!(small.deflate(&frame(513)), None);
        for server_max_window_bits in [None, Some(15)] {
            let large = Agreement {
                server_max_window_bits,
            };
            assert!(large.deflate(&frame(100_000)).is_some());
        }
    }
}
