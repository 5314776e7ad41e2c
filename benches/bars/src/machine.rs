//! Where and when something is measured.

use std::fs;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::results::{Origin, repository};

pub(crate) fn origin(runs: u32, duration_s: u64) -> Origin {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Origin {
        processor: processor(),
        processors: processors(),
        kernel: said(Command::new("uname").arg("-sr")),
        rustc: said(Command::new("rustc").arg("--version")),
        commit: commit(),
        unix_time_s: now.unwrap_or_default().as_secs(),
        runs,
        duration_s,
    }
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let name = name.and_then(|name| name.split_once(':'));
    name.map_or("unknown", |(_, name)| name.trim()).to_owned()
}

fn processors() -> usize {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    text.lines()
        .filter(|line| line.starts_with("processor"))
        .count()
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        said(git.current_dir(repository()).args(arguments))
    };
    // What is measured lies in the sources; the results themselves change with each measurement.
    let changes = git(&[
        "status",
        "--porcelain",
        "--",
        "*.rs",
        "*.toml",
        "Cargo.lock",
    ]);
    let mark = if changes.is_empty() { "" } else { "+" };
    format!("{}{mark}", git(&["rev-parse", "--short", "HEAD"]))
}

fn said(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout);
    let text = String::from_utf8_lossy(&output.unwrap_or_default()).into_owned();
    text.trim().to_owned()
}
