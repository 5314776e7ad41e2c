//! What a client can bring into the log, kept within bounds: the length of a line and the number of lines.

#[cfg(any(feature = "live", test))]
use std::borrow::Cow;
use std::fmt::{self, Display, Formatter, Write};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The longest text of a client or an error that a line shows, in bytes.
pub(super) const SHOWN_BYTES_MAX: usize = 4_096;

/// How many lines that clients can cause are written per second; the bound of Erlang's logger.
const LINES_PER_SECOND_MAX: u32 = 500;

/// The text, cut off where it is too long for a line.
#[cfg(any(feature = "live", test))]
pub(super) fn brief(text: &str) -> Cow<'_, str> {
    if text.len() <= SHOWN_BYTES_MAX {
        return Cow::Borrowed(text);
    }
    let mut text = text[..text.floor_char_boundary(SHOWN_BYTES_MAX)].to_owned();
    text.push('…');
    Cow::Owned(text)
}

/// As [`brief`], for what is no text yet.
pub(super) struct Brief<'a>(pub(super) &'a dyn Display);

impl Display for Brief<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut cut = Cut {
            out: f,
            left_bytes: SHOWN_BYTES_MAX,
            is_full: false,
        };
        match write!(cut, "{}", self.0) {
            Err(_) if cut.is_full => f.write_char('…'),
            written => written,
        }
    }
}

/// Passes on so many bytes and fails then.
struct Cut<'a, 'f> {
    out: &'a mut Formatter<'f>,
    left_bytes: usize,
    is_full: bool,
}

impl Write for Cut<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let shown = &text[..text.floor_char_boundary(self.left_bytes)];
        self.left_bytes -= shown.len();
        self.out.write_str(shown)?;
        self.is_full = shown.len() < text.len();
        if self.is_full {
            Err(fmt::Error)
        } else {
            Ok(())
        }
    }
}

/// Lets so many lines pass in a second and counts the others.
pub(super) struct Burst(Mutex<Option<Window>>);

struct Window {
    began: Instant,
    lines: u32,
    left_out: u64,
}

impl Burst {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// None for a line too many; else how many were too many in the second before, which is to be said once.
    pub(super) fn admit(&self, now: Instant) -> Option<u64> {
        let mut window = self.0.lock();
        match &mut *window {
            Some(window) if now.duration_since(window.began) < Duration::from_secs(1) => {
                window.admit()
            }
            window => {
                let before = window.replace(Window {
                    began: now,
                    lines: 1,
                    left_out: 0,
                });
                Some(before.map_or(0, |before| before.left_out))
            }
        }
    }
}

impl Window {
    fn admit(&mut self) -> Option<u64> {
        if self.lines == LINES_PER_SECOND_MAX {
            self.left_out += 1;
            return None;
        }
        self.lines += 1;
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_whole_up_to_the_bound() {
        let fits = "x".repeat(SHOWN_BYTES_MAX);
        assert_eq!(brief(&fits), fits);
        assert_eq!(Brief(&fits).to_string(), fits);
        let long = format!("{fits}x");
        assert_eq!(brief(&long), format!("{fits}…"));
        assert_eq!(Brief(&long).to_string(), format!("{fits}…"));
    }

    #[test]
    fn a_text_is_cut_off_between_characters() {
        let long = format!("x{}", "ü".repeat(SHOWN_BYTES_MAX));
        let shown = format!("x{}…", "ü".repeat((SHOWN_BYTES_MAX - 1) / 2));
        assert_eq!(brief(&long), shown);
        assert_eq!(Brief(&long).to_string(), shown);
    }

    #[test]
    fn more_lines_than_a_second_bears_are_counted_and_told_with_the_next() {
        let (burst, begin) = (Burst::new(), Instant::now());
        for _ in 0..LINES_PER_SECOND_MAX {
            assert_eq!(burst.admit(begin), Some(0));
        }
        let late = begin + Duration::from_millis(999);
        assert_eq!([burst.admit(begin), burst.admit(late)], [None, None]);
        let next = begin + Duration::from_secs(1);
        assert_eq!([burst.admit(next), burst.admit(next)], [Some(2), Some(0)]);
    }
}
