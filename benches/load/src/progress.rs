//! What a person sees while a run lasts: one line, on a terminal only.

use std::io::{IsTerminal, Write, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_millis(100);

/// The line on the terminal.
#[derive(Debug)]
pub struct Progress {
    visible: bool,
    last: Mutex<Option<Instant>>,
}

impl Progress {
    /// Shows progress if it is wanted and standard error is a terminal.
    #[must_use]
    pub fn new(wanted: bool) -> Self {
        Self {
            visible: wanted && stderr().is_terminal(),
            last: Mutex::default(),
        }
    }

    /// Shows how far `name` is, a few times a second at most.
    pub fn count(&self, name: &str, done: usize, of: usize) {
        if self.visible && (done == of || self.is_due()) {
            self.say(&format!("{name}: {done} of {of}"));
        }
    }

    /// Shows a text in place of the one before.
    pub fn say(&self, text: &str) {
        if self.visible {
            // A terminal that is gone ends no run.
            let _ = write!(stderr(), "\r\x1b[K{text}");
        }
    }

    /// Leaves an empty line.
    pub fn clear(&self) {
        self.say("");
    }

    fn is_due(&self) -> bool {
        let mut last = self.last.lock().expect("looking at a clock does not panic");
        let due = last.is_none_or(|last| last.elapsed() >= INTERVAL);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}
