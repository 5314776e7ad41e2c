//! What a process has used: processor time and memory, from Linux's accounting (proc(5)).

use std::fs;
use std::io;
use std::time::Duration;

/// Ticks of `utime` and `stime` in a second, on every architecture that Linux has today.
const TICKS_PER_SECOND: u64 = 100;

/// A process of this machine.
#[derive(Clone, Debug)]
pub struct Process {
    directory: String,
}

/// What a process has used at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time of its threads that live, to the nanosecond.
    threads: Duration,
    /// Processor time of all its threads ever, to the tick.
    ticks: Duration,
    /// Resident memory in bytes.
    pub rss_bytes: u64,
}

impl Process {
    /// The process with this id.
    ///
    /// # Errors
    /// When there is none, or it belongs to someone else.
    pub fn new(pid: u32) -> io::Result<Self> {
        let process = Self {
            directory: format!("/proc/{pid}"),
        };
        process.usage().map(|_| process)
    }

    /// The generator itself.
    #[must_use]
    pub fn own() -> Self {
        Self {
            directory: "/proc/self".to_owned(),
        }
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn usage(&self) -> io::Result<Usage> {
        Ok(Usage {
            threads: self.threads()?,
            ticks: parse_ticks(&self.read("stat")?).ok_or(io::ErrorKind::InvalidData)?,
            rss_bytes: parse_rss_bytes(&self.read("status")?).ok_or(io::ErrorKind::InvalidData)?,
        })
    }

    fn read(&self, file: &str) -> io::Result<String> {
        fs::read_to_string(format!("{}/{file}", self.directory))
    }

    fn threads(&self) -> io::Result<Duration> {
        let mut sum = Duration::ZERO;
        for thread in fs::read_dir(format!("{}/task", self.directory))? {
            // A thread may end while they are counted.
            if let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) {
                sum += parse_schedstat(&text).unwrap_or_default();
            }
        }
        Ok(sum)
    }
}

impl Usage {
    /// The processor time since an earlier moment.
    ///
    /// The threads' own figures are exact, but the time of those that ended in between is missing; the process's is whole,
    /// but counted in hundredths of a second. The latter is taken where the former falls short by more than its grain.
    #[must_use]
    pub fn cpu_since(&self, earlier: &Self) -> Duration {
        const GRAIN: Duration = Duration::from_millis(2 * 1_000 / TICKS_PER_SECOND);
        let threads = self.threads.saturating_sub(earlier.threads);
        let ticks = self.ticks.saturating_sub(earlier.ticks);
        if ticks > threads + GRAIN {
            ticks
        } else {
            threads
        }
    }
}

/// Nanoseconds on a processor come first.
fn parse_schedstat(text: &str) -> Option<Duration> {
    let nanos = text.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// The sum of `utime` and `stime`, fields 14 and 15; the name in field 2 may have spaces.
fn parse_ticks(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(Duration::from_millis(
        (user + system) * 1_000 / TICKS_PER_SECOND,
    ))
}

fn parse_rss_bytes(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounting_is_parsed() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 3 0";
        assert_eq!(parse_ticks(stat), Some(Duration::from_secs(3)));
        assert_eq!(
            parse_schedstat("1500 20 3\n"),
            Some(Duration::from_nanos(1500))
        );
        assert_eq!(
            parse_rss_bytes("Name:\tx\nVmRSS:\t    2048 kB\n"),
            Some(2 << 20)
        );
    }

    #[test]
    fn accounting_of_another_form_is_refused() {
        assert_eq!(parse_ticks("7 (a) S"), None);
        assert_eq!(parse_schedstat(""), None);
        assert_eq!(parse_rss_bytes("VmRSS: many"), None);
    }

    #[test]
    fn the_exact_time_is_taken_unless_threads_have_ended() {
        let usage = |threads, ticks| Usage {
            threads: Duration::from_millis(threads),
            ticks: Duration::from_millis(ticks),
            rss_bytes: 0,
        };
        let none = usage(0, 0);
        assert_eq!(usage(95, 100).cpu_since(&none), Duration::from_millis(95));
        assert_eq!(usage(50, 100).cpu_since(&none), Duration::from_millis(100));
    }

    #[test]
    fn the_generators_own_use_is_known() {
        let usage = Process::own().usage().unwrap();
        assert!(usage.rss_bytes > 0);
    }

    #[test]
    fn there_is_no_process_zero() {
        assert!(Process::new(0).is_err());
    }
}
