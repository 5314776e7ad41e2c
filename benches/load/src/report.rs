//! What a run found: JSON for machines, a table for people, an HTML page with plots.

mod html;
pub mod plot;
mod table;

use serde::{Deserialize, Serialize};

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Name and version of the generator.
    pub generator: String,
    /// Which scenario ran.
    pub scenario: String,
    /// The server's base URL.
    pub target: String,
    /// The command line, without the program's name.
    pub arguments: Vec<String>,
    /// When the run began, in seconds since 1970.
    pub unix_time_s: u64,
    /// What was measured, in order.
    pub phases: Vec<Phase>,
    /// How many clients failed.
    pub errors: u64,
    /// How the first of them failed.
    pub error_examples: Vec<String>,
}

/// One measured stretch of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// What was done.
    pub name: String,
    /// What an operation is.
    pub operation: String,
    /// How many were done.
    pub operations: u64,
    /// How long it took, in seconds.
    pub elapsed_s: f64,
    /// How long operations took; none if they have no duration of their own.
    pub latency: Option<Latency>,
    /// What the server used; none if its process is not known.
    pub server: Option<Cost>,
    /// What the generator used.
    pub generator: Cost,
    /// The server's memory above what it had before any client, in bytes for each client; none where memory is not the
    /// question.
    pub rss_bytes_per_client: Option<f64>,
    /// How it went over time.
    pub samples: Vec<Sample>,
}

/// How long operations took, in microseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The arithmetic mean.
    pub mean_us: f64,
    /// The median.
    pub p50_us: f64,
    /// Nine in ten were not slower.
    pub p90_us: f64,
    /// 99 in 100 were not slower.
    pub p99_us: f64,
    /// 999 in 1,000 were not slower.
    pub p999_us: f64,
    /// The slowest.
    pub max_us: f64,
    /// The whole distribution.
    pub quantiles: Vec<Quantile>,
}

/// A point of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    /// This part of the operations, from 0 to 1,
    pub quantile: f64,
    /// took no longer than this, in microseconds.
    pub us: f64,
}

/// What a process used during a phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Processor time in seconds.
    pub cpu_s: f64,
    /// Processor time in microseconds for each operation; none without operations.
    pub cpu_us_per_operation: Option<f64>,
    /// How much of one processor was used, in percent.
    pub busy_percent: f64,
    /// Resident memory at the end, in bytes.
    pub rss_bytes: u64,
}

/// A moment of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Seconds since the phase began.
    pub at_s: f64,
    /// Operations a second since the sample before.
    pub operations_per_s: f64,
    /// How much of one processor the server used since the sample before, in percent.
    pub server_busy_percent: Option<f64>,
    /// The server's resident memory in bytes.
    pub server_rss_bytes: Option<u64>,
}

/// A generator that is busier than this, in percent of a processor for each of its threads, may be what is measured.
pub const BUSY_PERCENT_MAX: f64 = 95.0;

impl Report {
    /// The phase with this name.
    #[must_use]
    pub fn phase(&self, name: &str) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.name == name)
    }

    /// A table for people.
    #[must_use]
    pub fn table(&self) -> String {
        table::write(self)
    }

    /// A page that needs nothing but itself.
    #[must_use]
    pub fn html(&self) -> String {
        html::write(self)
    }

    /// The report as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report has a JSON form")
    }
}

impl Phase {
    /// Operations a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a count of operations")]
    pub fn operations_per_s(&self) -> f64 {
        self.operations as f64 / self.elapsed_s.max(f64::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn report() -> Report {
        let cost = Cost {
            cpu_s: 1.5,
            cpu_us_per_operation: Some(15.0),
            busy_percent: 75.0,
            rss_bytes: 8 << 20,
        };
        let point = |quantile, us| Quantile { quantile, us };
        let sample = |at_s| Sample {
            at_s,
            operations_per_s: 50_000.0,
            server_busy_percent: Some(75.0),
            server_rss_bytes: Some(8 << 20),
        };
        Report {
            generator: "bennu-load 0".into(),
            scenario: "echo".into(),
            target: "http://127.0.0.1:4100".into(),
            arguments: vec!["echo".into(), "<&>".into()],
            unix_time_s: 0,
            phases: vec![Phase {
                name: "echo".into(),
                operation: "reply".into(),
                operations: 100_000,
                elapsed_s: 2.0,
                latency: Some(Latency {
                    mean_us: 120.0,
                    p50_us: 100.0,
                    p90_us: 200.0,
                    p99_us: 300.0,
                    p999_us: 1_500.0,
                    max_us: 2_500_000.0,
                    quantiles: vec![point(0.0, 50.0), point(0.5, 100.0), point(0.9, 200.0)],
                }),
                server: Some(cost),
                generator: cost,
                rss_bytes_per_client: Some(5_000.0),
                samples: vec![sample(1.0), sample(2.0)],
            }],
            errors: 0,
            error_examples: vec![],
        }
    }

    #[test]
    fn json_gives_the_same_report_again() {
        let report = report();
        assert_eq!(
            serde_json::from_str::<Report>(&report.json()).unwrap(),
            report
        );
    }
}
