//! A subscriber that remembers.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Metadata, Subscriber};

/// What was told on this thread while it lives.
pub(super) struct Capture {
    events: Arc<Mutex<Vec<Captured>>>,
    _default: DefaultGuard,
}

#[derive(Clone)]
pub(super) struct Captured {
    pub(super) level: Level,
    name: &'static str,
    fields: HashMap<&'static str, String>,
}

impl Captured {
    pub(super) fn field(&self, name: &str) -> &str {
        &self.fields[name]
    }

    pub(super) fn message(&self) -> &str {
        self.field("message")
    }
}

impl Capture {
    pub(super) fn start(level: Level) -> Self {
        let events = Arc::default();
        let memory = Memory {
            level,
            events: Arc::clone(&events),
        };
        Self {
            events,
            _default: tracing::subscriber::set_default(memory),
        }
    }

    pub(super) fn named(&self, name: &str) -> Vec<Captured> {
        let events = self.events.lock().expect("nobody panics with it");
        let named = events.iter().filter(|event| event.name == name);
        named.cloned().collect()
    }

    pub(super) fn one(&self, name: &str) -> Captured {
        let mut named = self.named(name);
        assert_eq!(named.len(), 1, "events named {name}");
        named.remove(0)
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let events = self.events.lock().expect("nobody panics with it");
        let lines = events.iter().map(|event| event.message().to_owned());
        lines.collect()
    }
}

struct Memory {
    level: Level,
    events: Arc<Mutex<Vec<Captured>>>,
}

impl Subscriber for Memory {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level && metadata.target().starts_with("bennu")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        let captured = Captured {
            level: *metadata.level(),
            name: metadata.name(),
            fields: fields.0,
        };
        self.events
            .lock()
            .expect("nobody panics with it")
            .push(captured);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields(HashMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}
