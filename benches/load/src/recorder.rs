//! Counts operations and their latencies while a phase is measured.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::failure::Failure;
use crate::report::{Latency, Quantile};

/// Latencies are told apart to one in a thousand, up to this; longer ones count as this.
pub const LATENCY_MAX: Duration = Duration::from_secs(300);
/// How many different errors are kept with their text.
pub const ERROR_EXAMPLES_MAX: usize = 5;
const SIGNIFICANT_DIGITS: u8 = 3;

/// Where all clients of a run record.
#[derive(Debug)]
pub struct Recorder {
    measuring: AtomicBool,
    operations: AtomicU64,
    errors: AtomicU64,
    error_examples: Mutex<Vec<String>>,
    /// In nanoseconds.
    latencies: Mutex<Histogram<u64>>,
}

impl Recorder {
    /// A recorder that does not record until told.
    #[must_use]
    pub fn new() -> Self {
        let nanos_max = u64::try_from(LATENCY_MAX.as_nanos()).expect("some minutes fit");
        let latencies = Histogram::new_with_max(nanos_max, SIGNIFICANT_DIGITS)
            .expect("the bounds are in order");
        Self {
            measuring: AtomicBool::new(false),
            operations: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            error_examples: Mutex::default(),
            latencies: Mutex::new(latencies),
        }
    }

    /// Forgets operations and latencies, and records from now on.
    pub fn start(&self) {
        self.latencies.lock().expect(NO_PANIC).reset();
        self.operations.store(0, Ordering::Relaxed);
        self.measuring.store(true, Ordering::Relaxed);
    }

    /// Records no longer.
    pub fn stop(&self) {
        self.measuring.store(false, Ordering::Relaxed);
    }

    /// Counts an operation that took so long, if a phase is measured.
    pub fn record(&self, latency: Duration) {
        if self.measuring.load(Ordering::Relaxed) {
            self.operations.fetch_add(1, Ordering::Relaxed);
            let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
            self.latencies
                .lock()
                .expect(NO_PANIC)
                .saturating_record(nanos);
        }
    }

    /// Counts a client that failed, whether or not a phase is measured.
    pub fn fail(&self, failure: &Failure) {
        self.errors.fetch_add(1, Ordering::Relaxed);
        let mut examples = self.error_examples.lock().expect(NO_PANIC);
        let text = failure.to_string();
        if examples.len() < ERROR_EXAMPLES_MAX && !examples.contains(&text) {
            examples.push(text);
        }
    }

    /// The operations since the start.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.operations.load(Ordering::Relaxed)
    }

    /// The failed clients of the whole run.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// The texts of the first failures that differ.
    #[must_use]
    pub fn error_examples(&self) -> Vec<String> {
        self.error_examples.lock().expect(NO_PANIC).clone()
    }

    /// The latencies since the start; none if nothing was recorded.
    #[must_use]
    pub fn latency(&self) -> Option<Latency> {
        let latencies = self.latencies.lock().expect(NO_PANIC);
        (!latencies.is_empty()).then(|| summarize(&latencies))
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

const NO_PANIC: &str = "nobody panics while recording";

fn summarize(latencies: &Histogram<u64>) -> Latency {
    let at = |quantile| micros(latencies.value_at_quantile(quantile));
    Latency {
        mean_us: latencies.mean() / 1e3,
        p50_us: at(0.5),
        p90_us: at(0.9),
        p99_us: at(0.99),
        p999_us: at(0.999),
        max_us: micros(latencies.max()),
        quantiles: quantiles(latencies),
    }
}

/// The points of the plot: each halves what is left to one.
fn quantiles(latencies: &Histogram<u64>) -> Vec<Quantile> {
    const HALVINGS: u32 = 17;
    const STEPS: u32 = 4;
    let point = |step: u32| {
        let quantile = 1.0 - 0.5_f64.powf(f64::from(step) / f64::from(STEPS));
        Quantile {
            quantile,
            us: micros(latencies.value_at_quantile(quantile)),
        }
    };
    // Past one part in the number of values there is only the last value, again and again.
    #[expect(clippy::cast_precision_loss, reason = "a count of operations")]
    let last = (latencies.len() as f64).log2().min(f64::from(HALVINGS));
    (0..=HALVINGS * STEPS)
        .take_while(|step| f64::from(*step) / f64::from(STEPS) <= last)
        .map(point)
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the histogram is less precise than a double"
)]
fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_happens_while_measuring_is_recorded() {
        let recorder = Recorder::new();
        recorder.record(Duration::from_micros(1));
        recorder.start();
        assert_eq!(recorder.latency(), None);
        for micros in 1..=1_000 {
            recorder.record(Duration::from_micros(micros));
        }
        recorder.stop();
        recorder.record(Duration::from_secs(1));
        assert_eq!(recorder.operations(), 1_000);
        let latency = recorder.latency().unwrap();
        assert!((latency.p50_us - 500.0).abs() < 1.0, "{latency:?}");
        assert!((latency.max_us - 1_000.0).abs() < 2.0, "{latency:?}");
        let first = latency.quantiles.first().unwrap();
        let last = latency.quantiles.last().unwrap();
        assert!(first.us <= last.us && last.quantile > 0.998, "{latency:?}");
    }

    #[test]
    fn a_latency_past_the_bound_counts_as_the_bound() {
        let recorder = Recorder::new();
        recorder.start();
        recorder.record(LATENCY_MAX * 10);
        let max_us = recorder.latency().unwrap().max_us;
        let bound_us = LATENCY_MAX.as_secs_f64() * 1e6;
        assert!((max_us / bound_us - 1.0).abs() < 0.01, "{max_us}");
    }

    #[test]
    fn errors_are_counted_beyond_those_kept() {
        let recorder = Recorder::new();
        for number in 0..10 {
            recorder.fail(&Failure::Refused(number.to_string()));
        }
        assert_eq!(recorder.errors(), 10);
        assert_eq!(recorder.error_examples().len(), ERROR_EXAMPLES_MAX);
    }

    #[test]
    fn errors_of_the_same_kind_are_kept_once() {
        let recorder = Recorder::new();
        for _ in 0..2 {
            recorder.fail(&Failure::HungUp);
            recorder.fail(&Failure::Closed(Some(1011)));
        }
        assert_eq!(recorder.errors(), 4);
        assert_eq!(recorder.error_examples().len(), 2);
    }
}
