//! The results as a table in `docs/performance.md` and plots in `docs/images`.

use std::fmt::Write;
use std::fs;
use std::io;

use crate::Failure;
use crate::growth::DIMENSIONS;
use crate::registry::{KEYS, PROMISES, Promise, ROUND_TRIP};
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

/// The line of a row as it is measured, and in the document.
pub(crate) fn line(measured: &Measured, all: &[Measured]) -> Option<String> {
    let row = row(&measured.key)?;
    let unit = row.unit();
    let figure = format!("{} {unit} ({})", number(measured.median()), span(measured));
    let (bar, reached) = match row.bar {
        Some(bar) if measured.median() <= bar => (format!("{} {unit}", number(bar)), "yes"),
        Some(bar) => (format!("{} {unit}", number(bar)), "no"),
        None => (String::new(), ""),
    };
    let floor = floor_of(row, measured, all);
    let work = row.work;
    Some(format!(
        "| {work} | {floor} | {bar} | {figure} | {reached} |"
    ))
}

/// The registry's promises, each with every kind of keys beside its bar.
pub(crate) fn registry(measured: &[Measured]) -> String {
    let mut text = format!(
        "| registry | bar |{}\n|---|---|{}\n",
        KEYS.map(|(_, name)| format!(" {name} |")).concat(),
        "---|".repeat(KEYS.len())
    );
    for promise in PROMISES {
        let ratios = KEYS.map(|(keys, _)| ratio(promise, find(&promise.key(keys), measured)));
        let bar = number(promise.bar);
        let _ = writeln!(
            text,
            "| {} | {bar} x |{} |",
            promise.work,
            ratios.join(" |")
        );
    }
    if let Some(round_trip) = find(ROUND_TRIP, measured) {
        let [median, span] = [number(round_trip.median()), span(round_trip)];
        let _ = writeln!(
            text,
            "\nMeanwhile a cache line took {median} ns ({span}) from one processor to the other and back."
        );
    }
    text
}

fn ratio(promise: &Promise, measured: Option<&Measured>) -> String {
    let Some(measured) = measured else {
        return String::new();
    };
    let missed = match measured.median() <= promise.bar {
        true => "",
        false => ", missed",
    };
    let (median, span) = (number(measured.median()), span(measured));
    format!(" {median} x ({span}){missed}")
}

fn span(measured: &Measured) -> String {
    format!(
        "{}-{}",
        number(measured.least()),
        number(measured.greatest())
    )
}

fn find<'m>(key: &str, all: &'m [Measured]) -> Option<&'m Measured> {
    all.iter().find(|measured| measured.key == key)
}

fn floor_of(row: &Row, measured: &Measured, all: &[Measured]) -> String {
    let floor = row.floor.and_then(|floor| find(floor, all));
    floor.map_or_else(String::new, |floor| {
        let times = measured.median() / floor.median();
        format!("{} us (x {times:.2})", number(floor.median()))
    })
}

fn markdown(bars: &Bars) -> String {
    let mut text = describe(&bars.origin);
    text.push_str("\n| work | floor | bar | Bennu | reached |\n|---|---|---|---|---|\n");
    for line in bars.rows.iter().filter_map(|row| line(row, &bars.rows)) {
        let _ = writeln!(text, "{line}");
    }
    let _ = write!(text, "\n{}", registry(&bars.rows));
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
            line(&all[1], &all).unwrap(),
            "| push and reply, 100 connections | 6.00 us (x 2.17) | 14.0 us | 13.0 us (12.0-15.0) | yes |"
        );
    }

    #[test]
    fn a_promise_of_the_registry_stands_beside_its_bar_for_all_kinds_of_keys() {
        let all = [
            measured("registry-1m-uuid", &[0.7, 0.6, 0.8]),
            measured("registry-1m-string", &[0.8]),
            measured("registry-round-trip", &[100.0, 400.0, 120.0]),
        ];
        let text = registry(&all);
        let line = "| lookup, 1,000,000 keys, against plain hashbrown | 0.75 x | 0.70 x (0.60-0.80) | | 0.80 x (0.80-0.80), missed |\n";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("took 120 ns (100-400) from"), "{text}");
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
