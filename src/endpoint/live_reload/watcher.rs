//! The thread that hears of changed files and tells those who listen.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, CreateKind, Event, EventKind, ModifyKind, RenameMode};
use notify::{Config, RecommendedWatcher, Watcher as _};
use serde_json::json;

use super::LiveReload;
use super::changes::{Batch, Changes};
use super::channel::{ASSETS_CHANGE, LOG, TOPIC};
use super::folders::Folders;
use super::web_console_logger::Line;
use crate::protocol::Payload;
use crate::pubsub::PubSub;
use crate::telemetry;

/// How many events of the file system and log lines may wait for the thread. Of those beyond, changes make pages load
/// again, and lines are lost.
const OCCURRENCES_MAX: usize = 10_000;

/// How often a folder that is gone is looked for.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What subscribers of `notify` are told, the atom `:phoenix_live_reload` in Phoenix.
const NOTIFICATION: &str = "phoenix_live_reload";

/// What the thread hears of.
pub(super) enum Occurrence {
    Changed(Event),
    Logged(Line),
    Stopped,
}

thread_local! {
    static IS_WATCHER: Cell<bool> = const { Cell::new(false) };
}

/// Whether the current thread is a watcher's: what it logs about telling others must not be told to others.
pub(super) fn is_watcher() -> bool {
    IS_WATCHER.get()
}

/// The watching thread; it ends when this is dropped.
pub(super) struct Watcher {
    stopped: Arc<AtomicBool>,
    occurrences: SyncSender<Occurrence>,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        // A thread with more to hear of than there is room for sees the flag.
        let _ = self.occurrences.try_send(Occurrence::Stopped);
    }
}

impl Watcher {
    /// Watches from now on; none, and a line in the log, when the system does not let it.
    pub(super) fn start(options: LiveReload, pubsub: PubSub) -> Option<Self> {
        let (sender, occurrences) = sync_channel(OCCURRENCES_MAX);
        let (stopped, missed) = <(Arc<AtomicBool>, Arc<AtomicBool>)>::default();
        let watcher = hears(sender.clone(), missed.clone());
        let watcher = watcher.inspect_err(|cause| telemetry::live_reload_not_started(cause));
        let mut folders = Folders::new(watcher.ok()?, options.folders_max);
        for dir in dirs(options.dirs) {
            folders.add_root(&dir);
        }
        if let Some(logger) = &options.web_console_logger {
            logger.send_to(sender.clone());
        }
        let watching = Watching {
            occurrences,
            folders,
            changes: Changes::new(
                options.patterns,
                options.notify,
                options.debounce,
                options.changes_max,
            ),
            pubsub,
            stopped: stopped.clone(),
            missed,
        };
        let thread = thread::Builder::new().name("live-reload".to_owned());
        let started = thread.spawn(move || watching.run());
        started
            .inspect_err(|cause| telemetry::live_reload_not_started(cause))
            .ok()?;
        Some(Self {
            stopped,
            occurrences: sender,
        })
    }
}

fn dirs(given: Vec<PathBuf>) -> Vec<PathBuf> {
    if given.is_empty() {
        return vec![PathBuf::from(".")];
    }
    given
}

/// The system's watcher, which hands on what it hears or else notes that it could not.
fn hears(
    sender: SyncSender<Occurrence>,
    missed: Arc<AtomicBool>,
) -> notify::Result<RecommendedWatcher> {
    let hear = move |heard: notify::Result<Event>| {
        let told = match heard {
            Ok(event) if event.need_rescan() => false,
            Ok(event) if !is_change(&event) => true,
            Ok(event) => sender.try_send(Occurrence::Changed(event)).is_ok(),
            Err(_) => false,
        };
        if !told {
            missed.store(true, Ordering::Release);
            // Wakes the thread; one with a full queue is awake.
            let _ = sender.try_send(Occurrence::Changed(Event::default()));
        }
    };
    RecommendedWatcher::new(hear, Config::default().with_follow_symlinks(false))
}

/// Reading a file does not change it, and the server reads each file that it serves.
fn is_change(event: &Event) -> bool {
    match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

/// What the thread works with.
struct Watching {
    occurrences: Receiver<Occurrence>,
    folders: Folders,
    changes: Changes,
    pubsub: PubSub,
    stopped: Arc<AtomicBool>,
    /// Events were lost on their way here.
    missed: Arc<AtomicBool>,
}

impl Watching {
    fn run(mut self) {
        IS_WATCHER.set(true);
        loop {
            match self.hear() {
                Ok(Occurrence::Changed(event)) => self.changed(&event),
                Ok(Occurrence::Logged(line)) => self.push(LOG, &line.into_payload()),
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Occurrence::Stopped) | Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.stopped.load(Ordering::Acquire) {
                return;
            }
            let now = Instant::now();
            for file in self.folders.find_lost() {
                self.changes.add(&file, now);
            }
            if self.missed.swap(false, Ordering::AcqRel) {
                self.changes.miss(now);
            }
            if self.changes.due().is_some_and(|due| due <= now) {
                let batch = self.changes.take();
                self.tell(batch);
            }
        }
    }

    /// The next occurrence, or a timeout when changes are due.
    fn hear(&self) -> Result<Occurrence, RecvTimeoutError> {
        let due = self.changes.due();
        let left = due.map(|due| due.saturating_duration_since(Instant::now()));
        let look_again = self.folders.has_lost().then_some(LOOK_AGAIN);
        match left.into_iter().chain(look_again).min() {
            Some(wait) => self.occurrences.recv_timeout(wait),
            None => {
                let heard = self.occurrences.recv();
                heard.map_err(|_| RecvTimeoutError::Disconnected)
            }
        }
    }

    fn changed(&mut self, event: &Event) {
        let now = Instant::now();
        for path in &event.paths {
            self.follow(event.kind, path, now);
            self.changes.add(path, now);
        }
    }

    /// Watches folders that are new, and those no more that are gone.
    fn follow(&mut self, kind: EventKind, path: &Path, now: Instant) {
        match kind {
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                self.folders.forget(path);
            }
            EventKind::Create(CreateKind::File) | EventKind::Access(_) => {}
            EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)) if is_folder(path) => {
                for file in self.folders.add(path) {
                    self.changes.add(&file, now);
                }
            }
            _ => {}
        }
    }

    fn tell(&self, batch: Batch) {
        for asset_type in batch.asset_types {
            telemetry::live_reload_assets_change(&asset_type);
            let payload = json!({"asset_type": asset_type});
            self.push(ASSETS_CHANGE, &payload);
        }
        for (topic, path) in batch.notifications {
            let payload = payload(&json!({"topic": &*topic, "path": path}));
            self.pubsub.local_broadcast(topic, NOTIFICATION, payload);
        }
    }

    fn push(&self, event: &'static str, value: &serde_json::Value) {
        self.pubsub.local_broadcast(TOPIC, event, payload(value));
    }
}

fn payload(value: &serde_json::Value) -> Payload {
    Payload::json(value).expect("a JSON object is a payload")
}

fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_dir())
}
