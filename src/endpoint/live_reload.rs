//! Live reload: open pages load again when a file changes, as `phoenix_live_reload`. For development only.

mod changes;
mod channel;
mod folders;
mod frame;
mod inject;
mod watcher;
mod web_console_logger;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytestring::ByteString;
use regex_lite::Regex;
use uuid::Uuid;

use super::{Builder, Mount};
use crate::assigns::Assigns;
use crate::socket::{Anyone, Routes};
use crate::telemetry;

pub use web_console_logger::WebConsoleLogger;

use channel::{LiveReloadChannel, TOPIC};
use frame::Frame;
use watcher::Watcher;

/// Where the socket of the frame is mounted.
const SOCKET_PATH: &str = "/phoenix/live_reload/socket";

/// The pubsub topic on which live views are told to render anew: `live_view` among the `notify` of Phoenix.
const LIVE_VIEW_TOPIC: &str = "live_view";

/// What is watched during development, and what open pages then do: the configuration `live_reload` of a Phoenix
/// endpoint. Give it to [`Builder::live_reload`](super::Builder::live_reload).
///
/// Each HTML page gets a hidden frame that listens to the server. When a file changes that a
/// [pattern](Self::pattern) matches, the page loads again; of a style sheet it swaps the links instead. A file of
/// [`notify`](Self::notify) makes the live views of all pages render anew, with their state. A server that was compiled
/// again is a new process: its pages notice that, too, and load again.
///
/// ```
/// use std::time::Duration;
///
/// use bennu::endpoint::{Endpoint, LiveReload};
/// use bennu::token::SecretKeyBase;
///
/// let live_reload = LiveReload::new()
///     .dir("assets")
///     .dir("content")
///     .pattern(r"assets/.*\.(js|css|png|svg)$")
///     .notify("live_view", r"content/.*\.md$")
///     .debounce(Duration::from_millis(100));
/// let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?)
///     .live_reload(live_reload)
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Never serve others this way: whoever reaches the endpoint may listen to its changes, and to its log if that is sent
/// to the [console](Self::web_console_logger). The cargo feature `live-reload` is off by default, so that a release has
/// none of it unless it asks; an endpoint of a release build that does says so in its log.
#[derive(Clone, Debug)]
#[must_use]
pub struct LiveReload {
    dirs: Vec<PathBuf>,
    patterns: Vec<Regex>,
    notify: Vec<(ByteString, Regex)>,
    debounce: Duration,
    folders_max: usize,
    changes_max: usize,
    interval: Duration,
    iframe_attrs: Vec<(String, String)>,
    target_window: TargetWindow,
    reload_page_on_css_changes: bool,
    web_console_logger: Option<WebConsoleLogger>,
}

/// The window that loads again: `target_window` in Phoenix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetWindow {
    /// The page that has the frame.
    #[default]
    Parent,
    /// The outermost page, where pages of the application stand in frames of another.
    Top,
}

impl LiveReload {
    /// Nothing is matched yet; pages load again with each new process only.
    pub fn new() -> Self {
        Self {
            dirs: Vec::new(),
            patterns: Vec::new(),
            notify: Vec::new(),
            debounce: Duration::from_millis(50),
            folders_max: 10_000,
            changes_max: 1_000,
            interval: Duration::from_millis(100),
            iframe_attrs: Vec::new(),
            target_window: TargetWindow::Parent,
            reload_page_on_css_changes: false,
            web_console_logger: None,
        }
    }

    /// Watches a folder and those in it, `config :phoenix_live_reload, :dirs`. Default: the working directory.
    ///
    /// Folders in it whose name begins with a dot, and those called `target`, `node_modules` or `_build`, are left out,
    /// unless they are given themselves. Symbolic links are not followed.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dirs.push(dir.into());
        self
    }

    /// Loads pages again when a file changes whose absolute path this regular expression finds something in: `patterns`.
    ///
    /// # Panics
    /// When `pattern` is no regular expression.
    pub fn pattern(mut self, pattern: &str) -> Self {
        self.patterns.push(regex(pattern));
        self
    }

    /// Broadcasts `phoenix_live_reload` on a pubsub topic of this node when a file changes that the pattern matches, with
    /// the payload `{"topic": topic, "path": path}`: `notify`.
    ///
    /// On the topic `live_view` listens every connected live view: it renders anew and sends the whole of it, with the
    /// state it has and without code of its own. That is for files that are read while a view renders: texts,
    /// translations, templates of other engines.
    ///
    /// # Panics
    /// When `pattern` is no regular expression.
    pub fn notify(mut self, topic: impl Into<ByteString>, pattern: &str) -> Self {
        self.notify.push((topic.into(), regex(pattern)));
        self
    }

    /// How long to wait for further changes before pages are told, once for each kind of file: `debounce`. Default:
    /// 50 ms, since one save is several changes to a file system.
    pub fn debounce(mut self, debounce: Duration) -> Self {
        self.debounce = debounce;
        self
    }

    /// How many folders are watched at most; default 10,000. Those beyond are not watched, which the log says.
    pub fn folders_max(mut self, folders_max: usize) -> Self {
        self.folders_max = folders_max;
        self
    }

    /// How many changed files are told one by one at a time; default 1,000. With more, a branch that was checked out
    /// say, pages load again and nobody is notified.
    pub fn changes_max(mut self, changes_max: usize) -> Self {
        self.changes_max = changes_max;
        self
    }

    /// How long a page waits before it loads again: `interval`. Default: 100 ms.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Gives the frame's element an attribute, in the place of one of that name: `iframe_attrs`.
    pub fn iframe_attr(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.iframe_attrs.push((name.into(), value.into()));
        self
    }

    /// The window that loads again: `target_window`.
    pub fn target_window(mut self, target_window: TargetWindow) -> Self {
        self.target_window = target_window;
        self
    }

    /// Whether a changed style sheet loads the page again, too, instead of swapping its links:
    /// `reload_page_on_css_changes`. Default: no.
    pub fn reload_page_on_css_changes(mut self, reload: bool) -> Self {
        self.reload_page_on_css_changes = reload;
        self
    }

    /// Sends the lines that this logger gets to the console of each browser whose page asks for them with
    /// `reloader.enableServerLogs()`: `web_console_logger`. Default: none.
    pub fn web_console_logger(mut self, logger: WebConsoleLogger) -> Self {
        self.web_console_logger = Some(logger);
        self
    }
}

impl Default for LiveReload {
    fn default() -> Self {
        Self::new()
    }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap_or_else(|cause| panic!("pattern {pattern:?}: {cause}"))
}

/// That live views listen on [`LIVE_VIEW_TOPIC`]; among the endpoint's assigns when a pattern notifies them.
pub(crate) struct NotifiesLiveViews;

#[cfg(feature = "live")]
impl NotifiesLiveViews {
    pub(crate) const TOPIC: &str = LIVE_VIEW_TOPIC;
}

/// An endpoint's live reload at work; it ends when this is dropped.
pub(super) struct LiveReloading {
    /// What each page gets.
    iframe: String,
    #[expect(dead_code, reason = "held for its drop")]
    watcher: Option<Watcher>,
}

impl Builder {
    /// Mounts the socket and the frame, and begins to watch, if there is to be live reload.
    pub(super) fn start_live_reload(mut self) -> Self {
        let Some(options) = self.live_reload.take() else {
            return self;
        };
        if !cfg!(debug_assertions) {
            telemetry::live_reload_in_release();
        }
        let boot_id = Uuid::new_v4().to_string();
        let prefix = self.url.prefix();
        let frame = Frame::new(&options, prefix);
        let iframe = frame::iframe(&options, prefix, &boot_id);
        if options.notifies_live_views() {
            self.assigns.assign(NotifiesLiveViews);
        }
        let watcher = Watcher::start(options, self.pubsub.clone());
        self.assigns.assign(LiveReloading { iframe, watcher });
        let router = std::mem::take(&mut self.router);
        self.router = router.merge(frame.into_router());
        let mount = Mount::new(Anyone, routes(boot_id)).log(None);
        self.socket(SOCKET_PATH, mount)
    }
}

fn routes(boot_id: String) -> Routes {
    let mut assigns = Assigns::new();
    assigns.assign(channel::Joining::new(boot_id));
    Routes::new().channel_with::<LiveReloadChannel>(TOPIC, assigns)
}

impl LiveReload {
    fn notifies_live_views(&self) -> bool {
        self.notify
            .iter()
            .any(|(topic, _)| *topic == LIVE_VIEW_TOPIC)
    }
}

impl TargetWindow {
    /// The property of `window` that is the one.
    const fn property(self) -> &'static str {
        match self {
            Self::Parent => "parent",
            Self::Top => "top",
        }
    }
}

impl fmt::Debug for LiveReloading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LiveReloading")
    }
}
