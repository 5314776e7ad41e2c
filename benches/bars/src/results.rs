//! What was measured, as it is kept in `benches/results`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Where and when it was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) processor: String,
    pub(crate) processors: usize,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    /// The commit, with a `+` if the work tree had changes.
    pub(crate) commit: String,
    pub(crate) unix_time_s: u64,
    pub(crate) runs: u32,
    pub(crate) duration_s: u64,
}

/// The rows beside their bars.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Bars {
    pub(crate) origin: Origin,
    pub(crate) rows: Vec<Measured>,
}

/// One row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Which row, of [`crate::rows`].
    pub(crate) key: String,
    /// The figure of each run.
    pub(crate) figures: Vec<f64>,
    /// The median latency in microseconds of the run with the median figure.
    pub(crate) p50_us: Option<f64>,
    pub(crate) p99_us: Option<f64>,
    /// How busy the generator was in that run, in percent of a processor.
    pub(crate) generator_busy_percent: Option<f64>,
}

impl Measured {
    /// The figure that counts.
    pub(crate) fn median(&self) -> f64 {
        let mut figures = self.figures.clone();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    }

    pub(crate) fn least(&self) -> f64 {
        self.figures.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn greatest(&self) -> f64 {
        self.figures.iter().copied().fold(0.0, f64::max)
    }
}

/// How cost grows with the work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Growth {
    pub(crate) origin: Origin,
    pub(crate) series: Vec<Series>,
}

/// One figure over one size.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Series {
    /// Which series, of [`crate::growth`].
    pub(crate) key: String,
    pub(crate) points: Vec<(f64, f64)>,
}

pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}

pub(crate) fn write(path: &Path, results: &impl Serialize) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(path, serde_json::to_string_pretty(results)? + "\n")
}

/// `benches/results`.
pub(crate) fn directory() -> PathBuf {
    repository().join("benches/results")
}

/// The repository that this was built in.
pub(crate) fn repository() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repository = own.parent().and_then(Path::parent);
    repository.unwrap_or(own).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_the_runs_counts() {
        let measured = Measured {
            key: String::new(),
            figures: vec![9.0, 1.0, 2.0],
            p50_us: None,
            p99_us: None,
            generator_busy_percent: None,
        };
        let figures = [measured.median(), measured.least(), measured.greatest()];
        assert_eq!(figures.map(|figure| figure as u32), [2, 1, 9]);
    }
}
