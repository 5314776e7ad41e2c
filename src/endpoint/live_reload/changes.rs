//! Which changes matter, and when they are told; no file is looked at, and the time is given.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use bytestring::ByteString;
use regex_lite::Regex;

/// What pages are told when nobody knows what has changed: no file ends like that, so they load again.
const ANYTHING: &str = "";

/// The changes that wait to be told.
pub(super) struct Changes {
    patterns: Vec<Regex>,
    notify: Vec<(ByteString, Regex)>,
    debounce: Duration,
    changes_max: usize,
    paths: BTreeSet<String>,
    /// There were more than could be kept.
    missed: bool,
    /// When the first of them came.
    since: Option<Instant>,
}

/// Changes that are told together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Batch {
    /// The kinds of files that pages are told of, each once.
    pub(super) asset_types: BTreeSet<String>,
    /// The topics that are told, with the path.
    pub(super) notifications: Vec<(ByteString, String)>,
}

impl Changes {
    pub(super) fn new(
        patterns: Vec<Regex>,
        notify: Vec<(ByteString, Regex)>,
        debounce: Duration,
        changes_max: usize,
    ) -> Self {
        Self {
            patterns,
            notify,
            debounce,
            changes_max,
            paths: BTreeSet::new(),
            missed: false,
            since: None,
        }
    }

    /// Notes that a file has changed, if anybody wants to know.
    pub(super) fn add(&mut self, path: &Path, now: Instant) {
        let path = slashed(path);
        if !self.is_wanted(&path) || self.paths.contains(&path) {
            return;
        }
        if self.paths.len() == self.changes_max {
            return self.miss(now);
        }
        self.since.get_or_insert(now);
        self.paths.insert(path);
    }

    /// Notes that there are changes which nobody knows.
    pub(super) fn miss(&mut self, now: Instant) {
        self.since.get_or_insert(now);
        self.missed = true;
    }

    /// When the changes are to be told; none while there are none.
    pub(super) fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + self.debounce)
    }

    /// Takes the changes.
    pub(super) fn take(&mut self) -> Batch {
        self.since = None;
        let paths = std::mem::take(&mut self.paths);
        if std::mem::take(&mut self.missed) {
            return Batch {
                asset_types: BTreeSet::from([ANYTHING.to_owned()]),
                notifications: Vec::new(),
            };
        }
        let mut batch = Batch::default();
        for path in paths {
            self.sort(path, &mut batch);
        }
        batch
    }

    fn sort(&self, path: String, batch: &mut Batch) {
        if self.patterns.iter().any(|pattern| pattern.is_match(&path)) {
            batch.asset_types.insert(asset_type(&path).to_owned());
        }
        let told = self.notify.iter();
        let told = told.filter(|(_, pattern)| pattern.is_match(&path));
        let told = told.map(|(topic, _)| (topic.clone(), path.clone()));
        batch.notifications.extend(told);
    }

    fn is_wanted(&self, path: &str) -> bool {
        let notify = self.notify.iter().map(|(_, pattern)| pattern);
        let mut patterns = self.patterns.iter().chain(notify);
        patterns.any(|pattern| pattern.is_match(path))
    }
}

/// The extension of a file's name.
fn asset_type(path: &str) -> &str {
    let extension = Path::new(path).extension();
    extension
        .and_then(|extension| extension.to_str())
        .unwrap_or(ANYTHING)
}

/// A path as patterns are written, whatever the system.
fn slashed(path: &Path) -> String {
    let path = path.to_string_lossy();
    path.replace(std::path::MAIN_SEPARATOR, "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBOUNCE: Duration = Duration::from_millis(50);

    fn changes(changes_max: usize) -> Changes {
        let regex = |pattern| Regex::new(pattern).expect("the pattern is one");
        let patterns = vec![regex(r"assets/.*\.(js|css)$"), regex("/LICENSE$")];
        let notify = vec![
            ("live_view".into(), regex(r"\.md$")),
            ("search".into(), regex(r"\.md$")),
        ];
        Changes::new(patterns, notify, DEBOUNCE, changes_max)
    }

    fn told(changes: &mut Changes) -> Vec<String> {
        changes.take().asset_types.into_iter().collect()
    }

    #[test]
    fn changes_that_come_together_are_told_once_for_each_kind() {
        let (mut changes, start) = (changes(10), Instant::now());
        assert_eq!(changes.due(), None);
        changes.add(Path::new("/app/assets/a.js"), start);
        changes.add(Path::new("/app/assets/b.css"), start + DEBOUNCE / 2);
        changes.add(Path::new("/app/assets/c.js"), start + DEBOUNCE);
        assert_eq!(
            changes.due(),
            Some(start + DEBOUNCE),
            "the first sets the time"
        );
        assert_eq!(told(&mut changes), ["css", "js"]);
        assert_eq!(changes.due(), None);
    }

    #[test]
    fn files_that_no_pattern_matches_are_not_told() {
        let mut changes = changes(10);
        changes.add(Path::new("/app/src/a.rs"), Instant::now());
        changes.add(Path::new("/app/assets/a.js.map"), Instant::now());
        assert_eq!(changes.due(), None);
    }

    #[test]
    fn a_file_without_an_extension_is_a_change_of_any_kind() {
        let mut changes = changes(10);
        changes.add(Path::new("/app/LICENSE"), Instant::now());
        assert_eq!(told(&mut changes), [ANYTHING]);
    }

    #[test]
    fn each_topic_is_notified_of_each_path_once() {
        let mut changes = changes(10);
        for path in ["/a.md", "/b.md", "/a.md"] {
            changes.add(Path::new(path), Instant::now());
        }
        let batch = changes.take();
        assert_eq!(batch.asset_types.len(), 0);
        let told = batch.notifications;
        let told: Vec<_> = told
            .iter()
            .map(|(topic, path)| (&**topic, &**path))
            .collect();
        let expected = [
            ("live_view", "/a.md"),
            ("search", "/a.md"),
            ("live_view", "/b.md"),
            ("search", "/b.md"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn with_more_than_changes_max_pages_load_again_and_nobody_is_notified() {
        let mut changes = changes(2);
        for path in ["/a.md", "/assets/a.css", "/a.md"] {
            changes.add(Path::new(path), Instant::now());
        }
        assert_eq!(changes.take().notifications.len(), 2, "two are kept");
        for path in ["/a.md", "/assets/a.css", "/assets/b.css"] {
            changes.add(Path::new(path), Instant::now());
        }
        let batch = changes.take();
        assert_eq!(batch.asset_types, BTreeSet::from([ANYTHING.to_owned()]));
        assert_eq!(batch.notifications, []);
        changes.add(Path::new("/assets/a.css"), Instant::now());
        assert_eq!(told(&mut changes), ["css"], "what was missed is forgotten");
    }
}
