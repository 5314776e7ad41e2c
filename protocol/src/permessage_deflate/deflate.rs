//! Compression, with the state of the thread.

use std::cell::RefCell;

use flate2::{Compress, Compression, FlushCompress};

/// What every compressed message would end with; it is left out (RFC 7692, section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// The largest buffer that a thread keeps for its next message.
const OUTPUT_KEPT_BYTES: usize = 64 * 1024;
/// Half to a third of the time of zlib's default, 6, for JSON that becomes one twentieth longer.
const LEVEL: u32 = 3;

thread_local! {
    static DEFLATER: RefCell<Option<Deflater>> = const { RefCell::new(None) };
}

/// Hands the compressed form of `payload` to `then`; none if it is no shorter.
pub(crate) fn deflate<T>(payload: &[u8], then: impl FnOnce(&[u8]) -> T) -> Option<T> {
    DEFLATER.with_borrow_mut(|deflater| {
        let deflater = deflater.get_or_insert_with(Deflater::new);
        let compressed = deflater.deflate(payload).map(then);
        deflater.shrink();
        compressed
    })
}

struct Deflater {
    state: Compress,
    output: Vec<u8>,
}

impl Deflater {
    fn new() -> Self {
        Self {
            state: Compress::new(Compression::new(LEVEL), false),
            output: Vec::new(),
        }
    }

    fn deflate(&mut self, payload: &[u8]) -> Option<&[u8]> {
        // With room for no more than is worth sending, filling it means that it is not.
        let room = payload.len() + TAIL.len();
        if self.output.len() < room {
            self.output.resize(room, 0);
        }
        self.state.reset();
        let output = &mut self.output[..room];
        self.state
            .compress(payload, output, FlushCompress::Sync)
            .ok()?;
        let written = usize::try_from(self.state.total_out()).ok()?;
        if written == room {
            return None;
        }
        self.output[..written].strip_suffix(&TAIL)
    }

    fn shrink(&mut self) {
        self.output.truncate(OUTPUT_KEPT_BYTES);
        self.output.shrink_to(OUTPUT_KEPT_BYTES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permessage_deflate::inflate;

    fn deflated(payload: &[u8]) -> Option<Vec<u8>> {
        deflate(payload, <[u8]>::to_vec)
    }

    // RFC 7692 section 7.2.3.2: without context takeover the second message is as long as the first.
    #[test]
    fn a_message_is_compressed_as_if_it_were_the_only_one() {
        let text = b"Hello, Hello, Hello, Hello";
        let first = deflated(text).expect("it repeats itself");
        assert_eq!(deflated(text), Some(first.clone()));
        assert_eq!(inflate(&first, 26).as_deref(), Ok(&text[..]));
    }

    #[test]
    fn what_gets_no_shorter_is_left_as_it_is() {
        let all_different: Vec<u8> = (0..=255).collect();
        assert_eq!(deflated(&all_different), None);
        assert_eq!(deflated(b"Hello"), None);
        assert_eq!(deflated(b""), None);
    }

    #[test]
    fn long_messages_come_back_as_they_were_and_leave_little_memory_behind() {
        let numbers: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        let compressed = deflated(&numbers).expect("it repeats itself");
        assert_eq!(inflate(&compressed, numbers.len()), Ok(numbers));
        let kept = DEFLATER.with_borrow(|deflater| {
            let deflater = deflater.as_ref().expect("it was needed");
            deflater.output.capacity()
        });
        assert!(kept <= OUTPUT_KEPT_BYTES, "{kept}");
    }
}
