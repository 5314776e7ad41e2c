//! Telemetry.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

/// Adds up how long the events of live views took.
#[derive(Clone, Default)]
struct EventTime(Arc<AtomicU64>);

impl<S: Subscriber> Layer<S> for EventTime {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().name() == "phoenix.live_view.handle_event" {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for EventTime {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "duration_us" {
            self.0.fetch_add(value, Ordering::Relaxed);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

fn subscriber(event_time: EventTime) -> impl Subscriber {
    tracing_subscriber::registry().with(event_time)
}

mod tests {
    use super::*;

    #[test]
    fn the_time_of_events_adds_up() {
        let event_time = EventTime::default();
        tracing::subscriber::with_default(subscriber(event_time.clone()), || {
            tracing::debug!(name: "phoenix.live_view.handle_event", duration_us = 7_u64);
            tracing::debug!(name: "phoenix.live_view.render", duration_us = 100_u64);
            tracing::debug!(name: "phoenix.live_view.handle_event", duration_us = 5_u64);
        });
        assert_eq!(event_time.0.load(Ordering::Relaxed), 12);
    }
}
