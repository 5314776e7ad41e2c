//! The registry beside a plain hash map and other concurrent maps, out of the report of its own bench.

use std::collections::BTreeMap;
use std::process::Command;

use crate::Failure;
use crate::results::repository;

/// A promise about the registry, whatever its keys: two figures of its bench, the first divided by
/// the second.
#[derive(Debug)]
pub(crate) struct Promise {
    key: &'static str,
    pub(crate) work: &'static str,
    pub(crate) bar: f64,
    entries: u32,
    against: &'static str,
    mode: &'static str,
    figure: Figure,
}

/// What of a cell of the bench's table counts.
#[derive(Clone, Copy, Debug)]
enum Figure {
    /// The mean time of an operation.
    Mean,
    /// The 99th percentile of a single write.
    WriteP99,
}

pub(crate) const PROMISES: &[Promise] = &[
    Promise {
        key: "registry-100k",
        work: "lookup, 100,000 keys, against plain hashbrown",
        bar: 1.0,
        entries: 100_000,
        against: "plain",
        mode: "1 thread, dep",
        figure: Figure::Mean,
    },
    Promise {
        key: "registry-1m",
        work: "lookup, 1,000,000 keys, against plain hashbrown",
        bar: 0.75,
        entries: 1_000_000,
        against: "plain",
        mode: "1 thread, dep",
        figure: Figure::Mean,
    },
    Promise {
        key: "registry-two-readers",
        work: "two readers, against dashmap",
        bar: 0.75,
        entries: 100_000,
        against: "dashmap",
        mode: "2 threads, 100/0",
        figure: Figure::Mean,
    },
    Promise {
        key: "registry-mix-dashmap",
        work: "95 % reads in two threads, against dashmap",
        bar: 0.7,
        entries: 100_000,
        against: "dashmap",
        mode: "2 threads, 95/5",
        figure: Figure::Mean,
    },
    Promise {
        key: "registry-mix-papaya",
        work: "95 % reads in two threads, against papaya",
        bar: 0.7,
        entries: 100_000,
        against: "papaya",
        mode: "2 threads, 95/5",
        figure: Figure::Mean,
    },
    Promise {
        key: "registry-write-p99",
        work: "a write's 99th percentile in two threads, against sharded locks",
        bar: 1.0,
        entries: 100_000,
        against: "sharded parking_lot",
        mode: "2 threads, 95/5",
        figure: Figure::WriteP99,
    },
];

/// The keys that each promise is measured with, as the bench calls them, and as people do.
pub(crate) const KEYS: [(&str, &str); 3] = [
    ("uuid", "UUID"),
    ("inline", "text, inline"),
    ("string", "text, on the heap"),
];

/// The row of how far the two processors are from each other.
pub(crate) const ROUND_TRIP: &str = "registry-round-trip";

const OWN: &str = "bennu Registry";

/// Nanoseconds by subject and mode.
#[derive(Debug, Default)]
pub(crate) struct Table {
    cells: BTreeMap<(String, String), Cell>,
    /// How long a cache line took from one processor to the other and back, before and after.
    pub(crate) round_trips_ns: Vec<f64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    mean: Option<f64>,
    write_p99: Option<f64>,
}

impl Promise {
    pub(crate) const fn entries(&self) -> u32 {
        self.entries
    }

    /// The row's, with keys of a kind.
    pub(crate) fn key(&self, keys: &str) -> String {
        format!("{}-{keys}", self.key)
    }

    /// The ratio that the promise is about.
    pub(crate) fn value(&self, table: &Table) -> Option<f64> {
        let of = |subject| match self.figure {
            Figure::Mean => table.cell(subject, self.mode).mean,
            Figure::WriteP99 => table.cell(subject, self.mode).write_p99,
        };
        Some(of(OWN)? / of(self.against)?)
    }
}

impl Table {
    /// Runs the registry's bench with one of the [`KEYS`], uniformly chosen.
    pub(crate) fn measure(keys: &str, entries: u32) -> Result<Self, Failure> {
        let output = Command::new("cargo")
            .current_dir(repository())
            .args([
                "bench", "--quiet", "-p", "bennu", "--bench", "registry", "--",
            ])
            .args([keys, &entries.to_string(), "uniform"])
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(Self::parse(&String::from_utf8(output.stdout)?))
    }

    /// The latency of a lookup in the registry, in nanoseconds.
    pub(crate) fn own_latency(&self) -> Option<f64> {
        self.cell(OWN, "1 thread, dep").mean
    }

    /// That of a plain map.
    pub(crate) fn plain_latency(&self) -> Option<f64> {
        self.cell("plain", "1 thread, dep").mean
    }

    fn cell(&self, subject: &str, mode: &str) -> Cell {
        let cell = self.cells.get(&(subject.to_owned(), mode.to_owned()));
        cell.copied().unwrap_or_default()
    }

    fn parse(text: &str) -> Self {
        let mut rows = text.lines().filter_map(cells);
        let modes = rows.next().unwrap_or_default();
        let mut table = Self {
            round_trips_ns: round_trips(text),
            ..Self::default()
        };
        for row in rows {
            for (mode, cell) in modes.iter().zip(&row).skip(1) {
                let place = (row[0].clone(), mode.clone());
                table.cells.insert(place, Cell::parse(cell));
            }
        }
        table
    }
}

impl Cell {
    /// The mean comes first, the writes' percentile last, behind a `w`.
    fn parse(text: &str) -> Self {
        let mut words = text.split(' ');
        let mean = words.next().and_then(|nanos| nanos.parse().ok());
        let write_p99 = words.next_back().and_then(|word| word.strip_prefix('w'));
        Self {
            mean,
            write_p99: write_p99.and_then(|nanos| nanos.parse().ok()),
        }
    }
}

fn round_trips(text: &str) -> Vec<f64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("round trip of a cache line: "));
    let words = line.unwrap_or_default().split(' ');
    words.filter_map(|word| word.parse().ok()).collect()
}

fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(
        inner
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_benchs_table_is_read_by_subject_and_mode() {
        let table = Table::parse(
            "\n## string 100000 uniform\n\nround trip of a cache line: 131 400 ns\n\n\
             | ns (ratio) p50/p99 w | 1 thread, dep | 2 threads, 95/5 |\n|---|---|---|\n\
             | plain | 300 (1.00x) 301/801 | - |\n\
             | bennu Registry | 240 (0.80x) 401/871 | 242 (2.15x) 521/1207 w900 |\n\
             | sharded parking_lot | 310 (1.03x) 401/871 | 342 (3.15x) 521/1207 w1000 |\n",
        );
        assert_eq!(table.round_trips_ns, [131.0, 400.0]);
        let promise = &PROMISES[0];
        let ratio = promise.value(&table).unwrap();
        assert!((ratio - 0.8).abs() < 1e-9, "{ratio}");
        assert_eq!(table.cell("plain", "2 threads, 95/5").mean, None);
        let writes = PROMISES.last().unwrap().value(&table).unwrap();
        assert!((writes - 0.9).abs() < 1e-9, "{writes}");
    }
}
