//! Decompression, with the state of the thread and a bound.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

use flate2::{Decompress, FlushDecompress, Status};

/// What the client left out at the end of its message (RFC 7692, section 7.2.2), and an empty last block: they end the
/// stream and add nothing to the message, unless it was cut off.
const TAIL: [u8; 9] = [0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff];
/// Bytes that are decompressed at a time.
const CHUNK_BYTES: usize = 32 * 1024;

thread_local! {
    static INFLATER: RefCell<Option<Inflater>> = const { RefCell::new(None) };
}

/// Why a compressed message cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InflateError {
    /// It is longer than it may be; the connection closes with 1009.
    TooLong,
    /// It is no DEFLATE data, is cut off, or refers to an earlier message; the connection closes with 1007.
    Malformed,
}

impl Display for InflateError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the message is longer than the limit",
            Self::Malformed => "the message is not compressed as it should be",
        })
    }
}

impl Error for InflateError {}

/// Decompresses a whole message to `bytes_max` bytes at most, and takes no more memory than that.
///
/// ```
/// use bennu_protocol::permessage_deflate::{InflateError, inflate};
///
/// // RFC 7692, section 7.2.3.1
/// let compressed = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
/// assert_eq!(inflate(&compressed, 5)?, b"Hello");
/// assert_eq!(inflate(&compressed, 4), Err(InflateError::TooLong));
/// # Ok::<(), InflateError>(())
/// ```
///
/// # Errors
///
/// As [`InflateError`] says.
pub fn inflate(compressed: &[u8], bytes_max: usize) -> Result<Vec<u8>, InflateError> {
    INFLATER.with_borrow_mut(|inflater| {
        inflater
            .get_or_insert_with(Inflater::new)
            .inflate(compressed, bytes_max)
    })
}

struct Inflater {
    state: Decompress,
    chunk: Box<[u8]>,
}

impl Inflater {
    fn new() -> Self {
        Self {
            state: Decompress::new(false),
            chunk: vec![0; CHUNK_BYTES].into_boxed_slice(),
        }
    }

    fn inflate(&mut self, compressed: &[u8], bytes_max: usize) -> Result<Vec<u8>, InflateError> {
        let mut message = Vec::new();
        if compressed.is_empty() {
            // What zlib makes of an empty message, once its tail is cut off.
            return Ok(message);
        }
        self.state.reset(false);
        // A message whose last block says so ends with an empty block or with nothing (section 7.2.3.4).
        let ends_well = match self.feed(compressed, &mut message, bytes_max)? {
            Some(rest) => matches!(rest, [] | [0]),
            None => {
                let bytes = message.len();
                self.feed(&TAIL, &mut message, bytes_max)? == Some(&[]) && message.len() == bytes
            }
        };
        if ends_well {
            Ok(message)
        } else {
            Err(InflateError::Malformed)
        }
    }

    /// Decompresses all of `input`; what is behind the end of the stream is returned.
    fn feed<'i>(
        &mut self,
        mut input: &'i [u8],
        message: &mut Vec<u8>,
        bytes_max: usize,
    ) -> Result<Option<&'i [u8]>, InflateError> {
        loop {
            let (taken, made) = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(input, &mut self.chunk, FlushDecompress::Sync)
                .map_err(|_| InflateError::Malformed)?;
            let taken = counted(self.state.total_in() - taken);
            let made = counted(self.state.total_out() - made);
            append(message, &self.chunk[..made], bytes_max)?;
            input = &input[taken..];
            if status == Status::StreamEnd {
                return Ok(Some(input));
            }
            if made == self.chunk.len() {
                continue;
            }
            if input.is_empty() {
                return Ok(None);
            }
            if taken == 0 && made == 0 {
                return Err(InflateError::Malformed);
            }
        }
    }
}

fn counted(bytes: u64) -> usize {
    usize::try_from(bytes).expect("it counts bytes of a slice")
}

/// Grows by doubling, but not beyond `bytes_max`.
fn append(message: &mut Vec<u8>, chunk: &[u8], bytes_max: usize) -> Result<(), InflateError> {
    let bytes = message.len() + chunk.len();
    if bytes > bytes_max {
        return Err(InflateError::TooLong);
    }
    if bytes > message.capacity() {
        let capacity = (message.capacity() * 2).clamp(bytes, bytes_max);
        message.reserve_exact(capacity - message.len());
    }
    message.extend_from_slice(chunk);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};

    // RFC 7692 section 7.2.3
    #[test]
    fn the_examples_of_the_rfc_are_read() {
        let examples: [(&str, &[u8]); 5] = [
            (
                "7.2.3.1, fixed codes",
                &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
            ),
            (
                "7.2.3.3, no compression",
                &[
                    0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00,
                ],
            ),
            (
                "7.2.3.4, a last block",
                &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
            ),
            (
                "a last block and nothing behind it",
                &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
            ),
            (
                "7.2.3.5, two blocks",
                &[
                    0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
                ],
            ),
        ];
        for (name, compressed) in examples {
            assert_eq!(
                inflate(compressed, 5).as_deref(),
                Ok(&b"Hello"[..]),
                "{name}"
            );
        }
        // 7.2.3.6
        assert_eq!(inflate(&[0x00], 0), Ok(Vec::new()));
        assert_eq!(inflate(&[], 0), Ok(Vec::new()));
    }

    // RFC 7692 section 7.2.3.2: what a client sends that takes its context over in spite of the agreement.
    #[test]
    fn a_message_cannot_refer_to_the_one_before() {
        let first = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(inflate(&first, 5).as_deref(), Ok(&b"Hello"[..]));
        let second = [0xf2, 0x00, 0x11, 0x00, 0x00];
        assert_eq!(inflate(&second, 5), Err(InflateError::Malformed));
        assert_eq!(inflate(&first, 5).as_deref(), Ok(&b"Hello"[..]));
    }

    #[test]
    fn what_is_no_deflate_data_is_malformed() {
        let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        let behind_the_end = [&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..], &hello].concat();
        let cases: [(&str, &[u8]); 5] = [
            ("a reserved kind of block", &[0xff, 0xff, 0xff]),
            ("text", b"Hello"),
            ("cut off in a block", &hello[..4]),
            (
                "cut off in a stored block",
                &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48],
            ),
            ("more behind the end", &behind_the_end),
        ];
        for (name, compressed) in cases {
            let inflated = inflate(compressed, 1000);
            assert_eq!(inflated, Err(InflateError::Malformed), "{name}");
        }
    }

    #[test]
    fn a_message_takes_as_much_memory_as_it_may_and_no_more() {
        for bytes in [CHUNK_BYTES - 1, CHUNK_BYTES, 3 * CHUNK_BYTES, 100_000] {
            let compressed = zeros(bytes);
            let message = inflate(&compressed, bytes).expect("it is not too long");
            assert_eq!(message, vec![0; bytes]);
            assert!(message.capacity() <= bytes, "{}", message.capacity());
            assert_eq!(inflate(&compressed, bytes - 1), Err(InflateError::TooLong));
        }
    }

    /// So many zeros, compressed a thousand times.
    fn zeros(bytes: usize) -> Vec<u8> {
        let mut compressed = Vec::with_capacity(bytes + 100);
        let mut state = Compress::new(Compression::best(), false);
        let status = state.compress_vec(&vec![0; bytes], &mut compressed, FlushCompress::Sync);
        status.expect("zeros can be compressed");
        compressed.truncate(compressed.len() - 4);
        compressed
    }
}
