//! The results as a table in `docs/performance.md` and plots in `docs/images`.

use std::fmt::Write;
use std::fs;
use std::io;

use crate::Failure;
use crate::growth::DIMENSIONS;
use crate::registry::PROMISES;
use crate::results::{Bars, Growth, Measured, Origin, repository};
use crate::rows::{Row, row};

const DOCUMENT: &str = "docs/performance.md";
const IMAGES: &str = "docs/images";
const BEGIN: &str = "<!-- measured: written by make bench -->";
const END: &str = "<!-- end of what was measured -->";

/// Puts the tables into the document, between its two marks.
pub(crate) fn document(bars: &Bars) -> Result<(), Failure> {
    let path = repository().join(DOCUMENT);
    let text = fs::read_to_string(&path)?;
    let written = between_marks(&text, &markdown(bars))
        .ok_or_else(|| format!("{DOCUMENT} has no place for what was measured"))?;
    fs::write(path, written)?;
    Ok(())
}

/// Writes the plots.
pub(crate) fn plots(growth: &Growth) -> io::Result<()> {
    let directory = repository().join(IMAGES);
    fs::create_dir_all(&directory)?;
    for dimension in DIMENSIONS {
        if let Some(plot) = dimension.plot(&growth.series) {
            fs::write(directory.join(dimension.file), plot.svg())?;
        }
    }
    Ok(())
}

fn between_marks(text: &str, inner: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{inner}\n{END}{after}"))
}

/// The lines of a row as they are measured, and in the document.
pub(crate) fn line(measured: &Measured, all: &[Measured]) -> String {
    let (work, unit, bar) = match row(&measured.key) {
        Some(row) => (row.work, row.unit(), row.bar),
        None => promise(&measured.key),
    };
    let [median, least, greatest] =
        [measured.median(), measured.least(), measured.greatest()].map(number);
    let figure = format!("{median} {unit} ({least}-{greatest})");
    let (bar, reached) = match bar {
        Some(bar) if measured.median() <= bar => (format!("{} {unit}", number(bar)), "yes"),
        Some(bar) => (format!("{} {unit}", number(bar)), "no"),
        None => (String::new(), ""),
    };
    let floor = floor_of(measured, all);
    format!("| {work} | {floor} | {bar} | {figure} | {reached} |")
}

fn promise(key: &str) -> (&'static str, &'static str, Option<f64>) {
    let found = PROMISES.iter().find(|promise| promise.key == key);
    found.map_or(("", "", None), |promise| {
        (promise.work, "x", Some(promise.bar))
    })
}

fn floor_of(measured: &Measured, all: &[Measured]) -> String {
    let floor = row(&measured.key).and_then(|row: &Row| row.floor);
    let floor = all.iter().find(|other| Some(&*other.key) == floor);
    floor.map_or_else(String::new, |floor| {
        let times = measured.median() / floor.median();
        format!("{} us (x {times:.2})", number(floor.median()))
    })
}

fn markdown(bars: &Bars) -> String {
    let mut text = describe(&bars.origin);
    text.push_str("\n| work | floor | bar | Bennu | reached |\n|---|---|---|---|---|\n");
    for measured in &bars.rows {
        let _ = writeln!(text, "{}", line(measured, &bars.rows));
    }
    text.push_str("\nLatencies of the same runs, and how busy the generator was:\n\n");
    text.push_str("| work | p50 | p99 | generator |\n|---|---|---|---|\n");
    for measured in &bars.rows {
        latency_line(measured, &mut text);
    }
    text
}

fn latency_line(measured: &Measured, text: &mut String) {
    let (Some(row), Some(p50), Some(p99)) = (row(&measured.key), measured.p50_us, measured.p99_us)
    else {
        return;
    };
    let busy = measured.generator_busy_percent.unwrap_or_default();
    let _ = writeln!(
        text,
        "| {} | {} us | {} us | {busy:.0} % |",
        row.work,
        number(p50),
        number(p99)
    );
}

fn describe(origin: &Origin) -> String {
    format!(
        "Commit `{}`, {}; {}, {} processors; {}. Medians of {} runs of {} s each, least and greatest in brackets.\n",
        origin.commit,
        origin.rustc,
        origin.processor,
        origin.processors,
        origin.kernel,
        origin.runs,
        origin.duration_s
    )
}

/// Three digits that count, and thousands apart.
pub(crate) fn number(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        100.0..1_000.0 => format!("{value:.0}"),
        _ => {
            let digits = format!("{value:.0}");
            let (thousands, rest) = digits.split_at(digits.len() - 3);
            format!("{thousands},{rest}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(key: &str, figures: &[f64]) -> Measured {
        Measured {
            key: key.into(),
            figures: figures.to_vec(),
            p50_us: Some(700.0),
            p99_us: Some(1_500.0),
            generator_busy_percent: Some(90.0),
        }
    }

    #[test]
    fn a_row_stands_beside_its_bar_and_its_floor() {
        let all = [
            measured("floor-echo", &[5.0, 6.0, 7.0]),
            measured("echo", &[13.0, 15.0, 12.0]),
        ];
        assert_eq!(
            line(&all[1], &all),
            "| push and reply, 100 connections | 6.00 us (x 2.17) | 14.0 us | 13.0 us (12.0-15.0) | yes |"
        );
        let slow = measured("registry-1m", &[0.8]);
        assert!(line(&slow, &all).ends_with("| 0.75 x | 0.80 x (0.80-0.80) | no |"));
    }

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let text = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let written = between_marks(&text, "new").unwrap();
        assert_eq!(written, format!("before\n{BEGIN}\n\nnew\n{END}\nafter\n"));
        assert_eq!(between_marks("no marks", "new"), None);
    }

    #[test]
    fn numbers_keep_three_digits() {
        let numbers = [0.756, 12.34, 250.4, 5_012.0].map(number);
        assert_eq!(numbers, ["0.76", "12.3", "250", "5,012"]);
    }
}
