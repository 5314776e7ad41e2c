//! How cost grows with the work: one series for each dimension.

use std::process::Command;

use bennu_load::report::plot::{Axis, Line, Plot};

use crate::pinned::Running;
use crate::registry::Table;
use crate::results::{Series, repository};
use crate::rows::Server;
use crate::{Failure, Measuring, say};

/// A plot of `docs/images`, and the series on it.
#[derive(Debug)]
pub(crate) struct Dimension {
    pub(crate) file: &'static str,
    pub(crate) title: &'static str,
    pub(crate) size: &'static str,
    pub(crate) figure: &'static str,
    /// Key and name of each series.
    pub(crate) series: &'static [(&'static str, &'static str)],
}

pub(crate) const DIMENSIONS: &[Dimension] = &[
    Dimension {
        file: "growth-memory.svg",
        title: "Memory of an idle joined connection",
        size: "connections",
        figure: "bytes each",
        series: &[(MEMORY, "resident")],
    },
    Dimension {
        file: "growth-connect.svg",
        title: "Connect and join",
        size: "connections",
        figure: "us of processor time each",
        series: &[(CONNECT, "server")],
    },
    Dimension {
        file: "growth-fanout.svg",
        title: "Broadcast, one at a time",
        size: "subscribers",
        figure: "us of processor time a delivery",
        series: &[(FANOUT, "server"), (FANOUT_RAW, "raw write loop")],
    },
    Dimension {
        file: "growth-table.svg",
        title: "Diff of a table, one row changes",
        size: "rows",
        figure: "ns for each row",
        series: &[(TABLE, "differ")],
    },
    Dimension {
        file: "growth-registry.svg",
        title: "Registry lookup, each waiting for the one before",
        size: "keys",
        figure: "ns",
        series: &[(REGISTRY, "registry"), (REGISTRY_PLAIN, "plain hashbrown")],
    },
];

const MEMORY: &str = "memory";
const CONNECT: &str = "connect";
const FANOUT: &str = "fanout";
const FANOUT_RAW: &str = "fanout-raw";
const TABLE: &str = "table";
const REGISTRY: &str = "registry";
const REGISTRY_PLAIN: &str = "registry-plain";

const CONNECTIONS: [u32; 4] = [1_000, 5_000, 10_000, 18_000];
const SUBSCRIBERS: [u32; 4] = [10, 100, 1_000, 10_000];
/// From one address the generator would search longer for free ports than the server takes, which would then sleep and wake.
const SPREAD: &str = "--source-addresses 20";
const KEYS: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];

pub(crate) fn measure(measuring: &Measuring) -> Result<Vec<Series>, Failure> {
    let mut series = Vec::from(connections()?);
    series.extend(subscribers(measuring)?);
    series.push(rows()?);
    series.extend(keys()?);
    Ok(series)
}

fn connections() -> Result<[Series; 2], Failure> {
    let (mut memory, mut connect) = (Vec::new(), Vec::new());
    for connections in CONNECTIONS {
        say(&format!("{connections} connections"));
        let load = format!("idle --connections {connections} {SPREAD}");
        let report = Running::start(Server::Bench)?.load(&words(&load))?;
        let size = f64::from(connections);
        let phase = report.phase("heartbeat");
        memory.extend(phase.and_then(|phase| Some((size, phase.rss_bytes_per_client?))));
        let phase = report.phase("connect and join");
        connect.extend(phase.and_then(|phase| Some((size, phase.server?.cpu_us_per_operation?))));
    }
    Ok([series(MEMORY, memory), series(CONNECT, connect)])
}

/// Ours and the raw loop's, size by size, so that both meet the machine in the same mood.
fn subscribers(measuring: &Measuring) -> Result<[Series; 2], Failure> {
    let (mut own, mut raw) = (Vec::new(), Vec::new());
    for subscribers in SUBSCRIBERS {
        say(&format!("{subscribers} subscribers"));
        let size = f64::from(subscribers);
        let load = format!("fanout --subscribers {subscribers}");
        let micros = delivery(Server::Bench, &measuring.timed(&load))?;
        own.extend(micros.map(|micros| (size, micros)));
        let load = format!("{load} --bare --socket /fanout");
        let micros = delivery(Server::Floor, &measuring.timed(&load))?;
        raw.extend(micros.map(|micros| (size, micros)));
    }
    Ok([series(FANOUT, own), series(FANOUT_RAW, raw)])
}

/// What a delivery costs the server, in microseconds.
fn delivery(server: Server, load: &[String]) -> Result<Option<f64>, Failure> {
    let report = Running::start(server)?.load(load)?;
    let cost = report.phase("fan-out").and_then(|phase| phase.server);
    Ok(cost.and_then(|cost| cost.cpu_us_per_operation))
}

/// The differ's own bench, whose lines are name, microseconds, bytes.
fn rows() -> Result<Series, Failure> {
    say("rows of a table");
    let output = Command::new("cargo")
        .current_dir(repository())
        .args(["bench", "--quiet", "-p", "bennu", "--bench", "differ", "--"])
        .arg("growth")
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8(output.stdout)?;
    Ok(series(
        TABLE,
        text.lines().filter_map(nanos_per_row).collect(),
    ))
}

fn nanos_per_row(line: &str) -> Option<(f64, f64)> {
    let rest = line.strip_prefix("growth: one of ")?;
    let (rows, rest) = rest.split_once(" rows changes")?;
    let micros: f64 = rest.split_whitespace().next()?.parse().ok()?;
    let rows: f64 = rows.parse().ok()?;
    Some((rows, micros * 1e3 / rows))
}

fn keys() -> Result<[Series; 2], Failure> {
    let (mut own, mut plain) = (Vec::new(), Vec::new());
    for keys in KEYS {
        say(&format!("registry of {keys} keys"));
        let table = Table::measure("string", keys)?;
        own.extend(table.own_latency().map(|nanos| (f64::from(keys), nanos)));
        plain.extend(table.plain_latency().map(|nanos| (f64::from(keys), nanos)));
    }
    Ok([series(REGISTRY, own), series(REGISTRY_PLAIN, plain)])
}

fn series(key: &str, points: Vec<(f64, f64)>) -> Series {
    Series {
        key: key.to_owned(),
        points,
    }
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

impl Dimension {
    /// The plot of these series; none if nothing of it was measured.
    pub(crate) fn plot(&self, measured: &[Series]) -> Option<Plot> {
        let lines: Vec<Line> = self
            .series
            .iter()
            .filter_map(|(key, name)| {
                let found = measured.iter().find(|series| series.key == *key)?;
                Some(Line {
                    name: (*name).to_owned(),
                    points: found.points.clone(),
                })
            })
            .collect();
        (!lines.is_empty()).then(|| Plot {
            title: self.title.into(),
            x: Axis::logarithmic(self.size),
            y: Axis::linear(self.figure),
            lines,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_differs_lines_are_read() {
        let line = "growth: one of 1000 rows changes          85.680        39";
        let (rows, nanos) = nanos_per_row(line).unwrap();
        assert!((rows - 1_000.0).abs() < 1e-9 && (nanos - 85.68).abs() < 1e-9);
        assert_eq!(nanos_per_row("table: page   44.8  1"), None);
    }

    #[test]
    fn a_plot_has_the_series_that_were_measured() {
        let measured = [series(REGISTRY_PLAIN, vec![(1e3, 30.0)])];
        let plots: Vec<Plot> = DIMENSIONS
            .iter()
            .filter_map(|dimension| dimension.plot(&measured))
            .collect();
        assert_eq!(plots.len(), 1);
        assert_eq!(plots[0].lines[0].name, "plain hashbrown");
    }
}
