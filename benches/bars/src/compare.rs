//! Another server of the same behaviour beside Bennu, row by row.

use std::io::{Write, stdout};
use std::path::Path;

use crate::pinned::Running;
use crate::render::number;
use crate::results::Measured;
use crate::rows::{ROWS, Row, Server};
use crate::{Failure, Measuring, NO_SUCH_ROW, loads, reports, summarize};

/// Measures each load on the other server and then on Bennu, so that both meet the machine in the same mood, and prints
/// the rows as they come.
pub(crate) fn compare(program: &Path, measuring: &Measuring) -> Result<(), Failure> {
    let of_bennu = |(server, _): &(Server, _)| *server == Server::Bench;
    if !loads(measuring).iter().any(of_bennu) {
        return Err(NO_SUCH_ROW.into());
    }
    let mut out = stdout();
    writeln!(
        out,
        "| what | other | Bennu | other / Bennu | p50 (p99) other | p50 (p99) Bennu |"
    )?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|")?;
    for (_, load) in loads(measuring).into_iter().filter(of_bennu) {
        let other = reports(|| Running::start_program(program), load, measuring)?;
        let bennu = reports(|| Running::start(Server::Bench), load, measuring)?;
        for row in ROWS.iter().filter(|row| row.load == load) {
            let (other, bennu) = (summarize(row, &other)?, summarize(row, &bennu)?);
            writeln!(out, "{}", line(row, &other, &bennu))?;
        }
    }
    Ok(())
}

fn line(row: &Row, other: &Measured, bennu: &Measured) -> String {
    let [of_other, of_bennu] = [other, bennu].map(Measured::median);
    format!(
        "| {} | {} {unit} | {} {unit} | {:.1} | {} | {} |",
        row.work,
        number(of_other),
        number(of_bennu),
        of_other / of_bennu,
        latency(other),
        latency(bennu),
        unit = row.unit(),
    )
}

fn latency(measured: &Measured) -> String {
    match (measured.p50_us, measured.p99_us) {
        (Some(p50), Some(p99)) => format!("{} us ({} us)", number(p50), number(p99)),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::row;

    #[test]
    fn a_row_has_both_figures_and_their_ratio() {
        let measured = |figure, p50_us| Measured {
            key: "echo".to_owned(),
            figures: vec![figure],
            p50_us,
            p99_us: p50_us,
            generator_busy_percent: None,
        };
        let line = line(
            row("echo").unwrap(),
            &measured(60.0, Some(500.0)),
            &measured(8.0, None),
        );
        let expected =
            "| push and reply, 100 connections | 60.0 us | 8.00 us | 7.5 | 500 us (500 us) |  |";
        assert_eq!(line, expected);
    }
}
