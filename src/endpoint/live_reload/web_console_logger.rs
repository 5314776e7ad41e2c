//! The server's log lines on the console of the browser.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use parking_lot::RwLock;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::watcher::{Occurrence, is_watcher};

/// The longest line, in bytes; the rest of it is cut off.
const LINE_BYTES_MAX: usize = 4_096;

/// A layer of `tracing_subscriber` whose lines go to the consoles of browsers: `web_console_logger` of Phoenix. Lines of
/// the level `TRACE` do not; those that come faster than they are sent are lost.
///
/// A page shows them once it has asked:
///
/// ```js
/// window.addEventListener("phx:live_reload:attached", ({detail: reloader}) => reloader.enableServerLogs())
/// ```
///
/// ```
/// use bennu::endpoint::{LiveReload, WebConsoleLogger};
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let logger = WebConsoleLogger::new();
/// let subscriber = tracing_subscriber::registry().with(logger.clone());
/// let live_reload = LiveReload::new().web_console_logger(logger);
/// # let _ = (subscriber, live_reload);
/// ```
#[derive(Clone, Default)]
pub struct WebConsoleLogger(Arc<RwLock<Option<SyncSender<Occurrence>>>>);

/// A line on its way to browsers.
pub(super) struct Line {
    level: Level,
    message: String,
    file: Option<&'static str>,
    line: Option<u32>,
}

impl WebConsoleLogger {
    /// A logger whose lines go nowhere until an endpoint is built with it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn send_to(&self, occurrences: SyncSender<Occurrence>) {
        *self.0.write() = Some(occurrences);
    }
}

impl<S: Subscriber> Layer<S> for WebConsoleLogger {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::TRACE || is_watcher() {
            return;
        }
        if let Some(occurrences) = &*self.0.read() {
            // A full queue loses the line, one without a watcher any line.
            let _ = occurrences.try_send(Occurrence::Logged(Line::of(event)));
        }
    }
}

impl Line {
    fn of(event: &Event<'_>) -> Self {
        let metadata = event.metadata();
        let mut text = Text::default();
        event.record(&mut text);
        let mut message = text.message + &text.fields;
        message.truncate(message.floor_char_boundary(LINE_BYTES_MAX));
        Self {
            level: *metadata.level(),
            message,
            file: metadata.file(),
            line: metadata.line(),
        }
    }

    pub(super) fn into_payload(self) -> Value {
        let level = level(self.level);
        let msg = format!("[{level}] {}", self.message);
        json!({"level": level, "msg": msg, "file": self.file, "line": self.line})
    }
}

/// A level as Elixir's `Logger` calls it.
const fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warning",
        Level::INFO => "info",
        Level::DEBUG | Level::TRACE => "debug",
    }
}

/// The message, and the other fields behind it.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let written = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
        // A value that cannot be shown is left out.
        let _ = written;
    }
}

impl fmt::Debug for WebConsoleLogger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebConsoleLogger")
    }
}
