//! A load generator for servers that speak the protocol of Phoenix channels and LiveView: Bennu, Phoenix and others.
//!
//! It knows the protocol and nothing of the server. The program is `bennu-load`; this library is what it is made of, so
//! that benches can run scenarios themselves.
//!
//! | module | what it holds |
//! |---|---|
//! | [`options`] | the command line, with the bounds of each number |
//! | [`run`](mod@run) | what clients share: the server, what is recorded, phases that are measured |
//! | [`report`] | what came out: JSON, a table, a page with plots |
//! | [`connection`], [`live_page`], [`http`] | the clients: a channel, a live view, plain pages |
//! | [`frame`], [`envelope`] | bytes and messages |
//! | [`process`] | processor time and memory of the server, by its process id |
//!
//! ```no_run
//! use bennu_load::options::Options;
//! use clap::Parser;
//!
//! # async fn measure() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let options = Options::try_parse_from(["bennu-load", "echo", "--connections", "10"])?;
//! let report = bennu_load::execute(&options).await?;
//! println!("{}", report.table());
//! # Ok(())
//! # }
//! ```

pub mod connection;
pub mod envelope;
pub mod failure;
pub mod frame;
pub mod http;
pub mod live_page;
pub mod options;
pub mod process;
pub mod progress;
pub mod recorder;
pub mod report;
pub mod run;
mod scenario;
pub mod target;

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::options::Options;
use crate::process::Process;
use crate::progress::Progress;
use crate::report::{Phase, Report};
use crate::run::Run;
use crate::target::Target;

/// Runs the scenario and reports.
///
/// # Errors
/// When there is no such server or process, or the first failure that kept the scenario from being measured.
pub async fn execute(options: &Options) -> Result<Report, Box<dyn Error + Send + Sync>> {
    let general = &options.general;
    let target = Target::new(&general.url, general.source_addresses)?;
    let server = general.pid.map(Process::new).transpose();
    let run = Arc::new(Run::new(
        target,
        server.map_err(|cause| format!("the server's process: {cause}"))?,
        Duration::from_secs(general.answer_timeout_s),
        general.at_once.unwrap_or(options.scenario.at_once()) as usize,
        Progress::new(!general.quiet),
    ));
    let phases = options.scenario.run(&run).await;
    run.progress.clear();
    Ok(report(options, &run, phases?))
}

fn report(options: &Options, run: &Run, phases: Vec<Phase>) -> Report {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Report {
        generator: format!("bennu-load {}", env!("CARGO_PKG_VERSION")),
        scenario: options.scenario.name().to_owned(),
        target: run.target.url().to_owned(),
        arguments: std::env::args().skip(1).collect(),
        unix_time_s: now.unwrap_or_default().as_secs(),
        phases,
        errors: run.recorder.errors(),
        error_examples: run.recorder.error_examples(),
    }
}
