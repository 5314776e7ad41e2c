//! Measures the bench application against the bars, beside what the machine can do.
//!
//! `make bench` builds everything and runs `bars measure`, `bars growth` and `bars render`. Every run has a server of its
//! own on the first processor; the generator has the second.

mod compare;
mod growth;
mod machine;
mod pinned;
mod registry;
mod render;
mod results;
mod rows;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use bennu_load::report::Report;
use clap::{Args, Parser, value_parser};

use pinned::Running;
use registry::{PROMISES, Promise, Table};
use results::{Bars, Growth, Measured};
use rows::{ROWS, Row, Server};

type Failure = Box<dyn Error>;

const BARS_FILE: &str = "bars.json";
const GROWTH_FILE: &str = "growth.json";
const NO_SUCH_ROW: &str = "no row has a key with what follows --only";

/// Measures Bennu against its bars, and writes the tables and plots of the documents.
#[derive(Debug, Parser)]
enum Command {
    /// The rows beside their bars, into benches/results/bars.json
    Measure(Measuring),
    /// How cost grows with the work, into benches/results/growth.json
    Growth(Measuring),
    /// The rows of another server beside Bennu's, on the terminal
    Compare(Comparing),
    /// Both files into docs/performance.md and docs/images
    Render,
}

#[derive(Debug, Args)]
struct Measuring {
    /// How often each row is measured, 1 to 20; the median counts
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(1..=20))]
    runs: u32,
    /// How long what has no end of its own is measured, in seconds, 1 to 600
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u64).range(1..=600))]
    duration_s: u64,
    /// Measure only the rows whose key contains this, and keep no results
    #[arg(long)]
    only: Option<String>,
}

#[derive(Debug, Args)]
struct Comparing {
    /// The other server: a program that listens at $PORT, has the behaviour of the bench application and stays the process
    /// that was started (a script ends with `exec`)
    #[arg(long)]
    program: PathBuf,
    #[command(flatten)]
    measuring: Measuring,
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Measure(measuring) => measure(&measuring),
        Command::Growth(measuring) => grow(&measuring),
        Command::Compare(comparing) => compare::compare(&comparing.program, &comparing.measuring),
        Command::Render => render(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

impl Measuring {
    fn wants(&self, key: &str) -> bool {
        self.only.as_deref().is_none_or(|only| key.contains(only))
    }

    /// A load's words, with a time where it has no end of its own.
    fn timed(&self, load: &str) -> Vec<String> {
        let mut words: Vec<String> = load.split(' ').map(str::to_owned).collect();
        if matches!(&*words[0], "echo" | "fanout" | "live" | "page") {
            words.extend(["--duration-s".to_owned(), self.duration_s.to_string()]);
        }
        words
    }
}

fn measure(measuring: &Measuring) -> Result<(), Failure> {
    if loads(measuring).is_empty() && registry_runs(measuring).is_empty() {
        return Err(NO_SUCH_ROW.into());
    }
    let mut rows = Vec::new();
    for (server, load) in loads(measuring) {
        rows.extend(measure_load(server, load, measuring)?);
        print_last(&rows, load)?;
    }
    rows.sort_by_key(|measured| ROWS.iter().position(|row| row.key == measured.key));
    rows.extend(measure_registry(measuring)?);
    if measuring.only.is_none() {
        let origin = machine::origin(measuring.runs, measuring.duration_s);
        let bars = Bars { origin, rows };
        results::write(&results::directory().join(BARS_FILE), &bars)?;
    }
    Ok(())
}

/// The loads of the rows that are wanted, each once: some rows share one.
fn loads(measuring: &Measuring) -> Vec<(Server, &'static str)> {
    let mut loads = Vec::new();
    for row in ROWS.iter().filter(|row| measuring.wants(row.key)) {
        if !loads.contains(&(row.server, row.load)) {
            loads.push((row.server, row.load));
        }
    }
    loads
}

fn measure_load(
    server: Server,
    load: &str,
    measuring: &Measuring,
) -> Result<Vec<Measured>, Failure> {
    let reports = reports(|| Running::start(server), load, measuring)?;
    let rows = ROWS
        .iter()
        .filter(|row| (row.server, row.load) == (server, load));
    rows.map(|row| summarize(row, &reports)).collect()
}

/// The report of each run, with a server of its own.
fn reports(
    start: impl Fn() -> Result<Running, Failure>,
    load: &str,
    measuring: &Measuring,
) -> Result<Vec<Report>, Failure> {
    let mut reports = Vec::new();
    for run in 1..=measuring.runs {
        say(&format!("{load} ({run} of {})", measuring.runs));
        reports.push(start()?.load(&measuring.timed(load))?);
    }
    Ok(reports)
}

fn summarize(row: &Row, reports: &[Report]) -> Result<Measured, Failure> {
    let mut runs: Vec<(f64, &Report)> = reports
        .iter()
        .filter_map(|report| Some((row.value(report)?, report)))
        .collect();
    if runs.len() < reports.len() {
        return Err(format!("{}: a report lacks the figure", row.key).into());
    }
    let figures = runs.iter().map(|(figure, _)| *figure).collect();
    runs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let phase = row.phase(runs[runs.len() / 2].1);
    let latency = phase.and_then(|phase| phase.latency.as_ref());
    Ok(Measured {
        key: row.key.to_owned(),
        figures,
        p50_us: latency.map(|latency| latency.p50_us),
        p99_us: latency.map(|latency| latency.p99_us),
        generator_busy_percent: phase.map(|phase| phase.generator.busy_percent),
    })
}

fn measure_registry(measuring: &Measuring) -> Result<Vec<Measured>, Failure> {
    let mut rows: BTreeMap<String, Measured> = BTreeMap::new();
    let mut add = |key: String, figure: f64| {
        let row = rows.entry(key).or_insert_with_key(|key| unmeasured(key));
        row.figures.push(figure);
    };
    for (run, keys, entries) in registry_runs(measuring) {
        let of = measuring.runs;
        say(&format!(
            "registry of {entries} keys, {keys} ({run} of {of})"
        ));
        let table = Table::measure(keys, entries)?;
        for round_trip_ns in &table.round_trips_ns {
            add(registry::ROUND_TRIP.to_owned(), *round_trip_ns);
        }
        let promises = wanted_promises(measuring, keys);
        for promise in promises.filter(|promise| promise.entries() == entries) {
            let figure = promise.value(&table);
            let figure = figure.ok_or("the registry's bench lacks a figure")?;
            add(promise.key(keys), figure);
        }
    }
    let rows: Vec<Measured> = rows.into_values().collect();
    if !rows.is_empty() {
        write!(stdout(), "{}", render::registry(&rows))?;
    }
    Ok(rows)
}

/// Which of the registry's benches are needed: the run, the keys, and how many.
fn registry_runs(measuring: &Measuring) -> Vec<(u32, &'static str, u32)> {
    let mut benches = Vec::new();
    for (keys, _) in registry::KEYS {
        let mut sizes: Vec<u32> = wanted_promises(measuring, keys)
            .map(Promise::entries)
            .collect();
        sizes.sort_unstable();
        sizes.dedup();
        benches.extend(sizes.into_iter().map(|entries| (keys, entries)));
    }
    let run = |run| {
        benches
            .iter()
            .map(move |(keys, entries)| (run, *keys, *entries))
    };
    (1..=measuring.runs).flat_map(run).collect()
}

fn wanted_promises(measuring: &Measuring, keys: &str) -> impl Iterator<Item = &'static Promise> {
    let wanted = move |promise: &&Promise| measuring.wants(&promise.key(keys));
    PROMISES.iter().filter(wanted)
}

fn unmeasured(key: &str) -> Measured {
    Measured {
        key: key.to_owned(),
        figures: Vec::new(),
        p50_us: None,
        p99_us: None,
        generator_busy_percent: None,
    }
}

/// Prints the rows of the load that was measured last, each beside its bar.
fn print_last(rows: &[Measured], load: &str) -> Result<(), Failure> {
    let of_load =
        |measured: &&Measured| rows::row(&measured.key).is_some_and(|row| row.load == load);
    let lines = rows.iter().filter(of_load);
    for line in lines.filter_map(|measured| render::line(measured, rows)) {
        writeln!(stdout(), "{line}")?;
    }
    Ok(())
}

fn grow(measuring: &Measuring) -> Result<(), Failure> {
    if measuring.only.is_some() {
        return Err("how cost grows is measured as a whole, without --only".into());
    }
    let growth = Growth {
        origin: machine::origin(1, measuring.duration_s),
        series: growth::measure(measuring)?,
    };
    results::write(&results::directory().join(GROWTH_FILE), &growth)?;
    Ok(())
}

fn render() -> Result<(), Failure> {
    let directory = results::directory();
    render::document(&results::read(&directory.join(BARS_FILE))?)?;
    render::plots(&results::read(&directory.join(GROWTH_FILE))?)?;
    Ok(())
}

/// Tells a person how far it is.
fn say(text: &str) {
    // A terminal that is gone ends no measurement.
    let _ = writeln!(stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_no_row_has_is_refused_before_anything_is_measured() {
        let measuring = Measuring {
            runs: 1,
            duration_s: 1,
            only: Some("no such row".to_owned()),
        };
        let refused = [
            measure(&measuring),
            compare::compare("no such program".as_ref(), &measuring),
        ];
        for refused in refused {
            let error = refused.expect_err("there is nothing to measure");
            assert_eq!(error.to_string(), NO_SUCH_ROW);
        }
        assert!(grow(&measuring).is_err(), "it is measured as a whole");
    }
}
