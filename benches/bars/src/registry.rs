//! The registry beside a plain hash map and other concurrent maps, out of the report of its own bench.

use std::collections::BTreeMap;
use std::process::Command;

use crate::Failure;
use crate::results::repository;

/// A promise about the registry: two figures of its bench, the first divided by the second.
#[derive(Debug)]
pub(crate) struct Promise {
    pub(crate) key: &'static str,
    pub(crate) work: &'static str,
    pub(crate) bar: f64,
    entries: u32,
    against: &'static str,
    mode: &'static str,
}

pub(crate) const PROMISES: &[Promise] = &[
    Promise {
        key: "registry-100k",
        work: "registry lookup, 100,000 keys, against plain hashbrown",
        bar: 1.0,
        entries: 100_000,
        against: "plain",
        mode: "1 thread, dep",
    },
    Promise {
        key: "registry-1m",
        work: "registry lookup, 1,000,000 keys, against plain hashbrown",
        bar: 0.75,
        entries: 1_000_000,
        against: "plain",
        mode: "1 thread, dep",
    },
    Promise {
        key: "registry-two-readers",
        work: "registry, two readers, against dashmap",
        bar: 0.75,
        entries: 100_000,
        against: "dashmap",
        mode: "2 threads, 100/0",
    },
    Promise {
        key: "registry-mix-dashmap",
        work: "registry, 95 % reads in two threads, against dashmap",
        bar: 0.7,
        entries: 100_000,
        against: "dashmap",
        mode: "2 threads, 95/5",
    },
    Promise {
        key: "registry-mix-papaya",
        work: "registry, 95 % reads in two threads, against papaya",
        bar: 0.7,
        entries: 100_000,
        against: "papaya",
        mode: "2 threads, 95/5",
    },
];

const OWN: &str = "bennu Registry";

/// Mean nanoseconds by subject and mode.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Table(BTreeMap<(String, String), f64>);

impl Promise {
    pub(crate) const fn entries(&self) -> u32 {
        self.entries
    }

    /// The ratio that the promise is about.
    pub(crate) fn value(&self, table: &Table) -> Option<f64> {
        Some(table.nanos(OWN, self.mode)? / table.nanos(self.against, self.mode)?)
    }
}

impl Table {
    /// Runs the registry's bench with short text keys, uniformly chosen.
    pub(crate) fn measure(entries: u32) -> Result<Self, Failure> {
        let output = Command::new("cargo")
            .current_dir(repository())
            .args([
                "bench", "--quiet", "-p", "bennu", "--bench", "registry", "--",
            ])
            .args(["string", &entries.to_string(), "uniform"])
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(Self::parse(&String::from_utf8(output.stdout)?))
    }

    /// The latency of a lookup in the registry, in nanoseconds.
    pub(crate) fn own_latency(&self) -> Option<f64> {
        self.nanos(OWN, "1 thread, dep")
    }

    /// That of a plain map.
    pub(crate) fn plain_latency(&self) -> Option<f64> {
        self.nanos("plain", "1 thread, dep")
    }

    fn nanos(&self, subject: &str, mode: &str) -> Option<f64> {
        self.0.get(&(subject.to_owned(), mode.to_owned())).copied()
    }

    fn parse(text: &str) -> Self {
        let mut rows = text.lines().filter_map(cells);
        let modes = rows.next().unwrap_or_default();
        let mut table = Self::default();
        for row in rows {
            for (mode, cell) in modes.iter().zip(&row).skip(1) {
                let nanos = cell.split(' ').next().and_then(|nanos| nanos.parse().ok());
                if let Some(nanos) = nanos {
                    table.0.insert((row[0].clone(), mode.clone()), nanos);
                }
            }
        }
        table
    }
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
            "\n## string 100000 uniform\n\n\
             | ns (ratio) p50/p99 | 1 thread, dep | 2 threads, 95/5 |\n|---|---|---|\n\
             | plain | 300 (1.00x) 301/801 | - |\n\
             | bennu Registry | 240 (0.80x) 401/871 | 242 (2.15x) 521/1207 |\n",
        );
        let promise = &PROMISES[0];
        let ratio = promise.value(&table).unwrap();
        assert!((ratio - 0.8).abs() < 1e-9, "{ratio}");
        assert_eq!(table.nanos("plain", "2 threads, 95/5"), None);
    }
}
