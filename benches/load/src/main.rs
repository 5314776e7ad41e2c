//! The program: reads the command line, runs the scenario, writes the report.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::process::ExitCode;

use bennu_load::options::Options;
use bennu_load::report::Report;
use clap::Parser;
use rustix::process::{Resource, getrlimit, setrlimit};

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(report) if report.errors == 0 => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            explain(&*error);
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<Report, Box<dyn Error + Send + Sync>> {
    raise_descriptor_limit();
    let reports = [&options.general.json, &options.general.html];
    for file in reports.into_iter().flatten() {
        // Before minutes are spent on a report that has no place.
        let opened = File::options().append(true).create(true).open(file);
        opened.map_err(|cause| format!("{}: {cause}", file.display()))?;
    }
    let threads = usize::from(options.general.threads);
    let runtime = match threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    }
    .worker_threads(threads)
    .enable_all()
    .build()?;
    let report = runtime.block_on(bennu_load::execute(options))?;
    std::io::stdout().write_all(report.table().as_bytes())?;
    if let Some(file) = &options.general.json {
        fs::write(file, report.json())?;
    }
    if let Some(file) = &options.general.html {
        fs::write(file, report.html())?;
    }
    Ok(report)
}

/// Connections are descriptors; what the system allows is asked for, and what it refuses shows when they are opened.
fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

#[expect(
    clippy::print_stderr,
    reason = "a person learns here why there is no report"
)]
fn explain(error: &dyn Error) {
    eprintln!("bennu-load: {error}");
}
