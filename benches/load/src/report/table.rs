//! The report as a person reads it on a terminal.

use std::fmt::Write;

use super::{BUSY_PERCENT_MAX, Cost, Latency, Phase, Report};

pub(super) fn write(report: &Report) -> String {
    let mut text = format!("{} against {}\n", report.scenario, report.target);
    for phase in &report.phases {
        text.push('\n');
        write_phase(phase, &mut text);
    }
    match report.errors {
        0 => {}
        1 => text.push_str("\n1 client failed:\n"),
        many => {
            let _ = writeln!(text, "\n{many} clients failed, the first so:");
        }
    }
    for example in &report.error_examples {
        let _ = writeln!(text, "  {example}");
    }
    text
}

fn write_phase(phase: &Phase, text: &mut String) {
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<12} {value}");
    };
    line("", format!("{}:", phase.name));
    line(
        "operations",
        format!(
            "{} ({} in {:.2} s, {:.0} a second)",
            phase.operations,
            phase.operation,
            phase.elapsed_s,
            phase.operations_per_s()
        ),
    );
    if let Some(latency) = &phase.latency {
        line("latency", describe_latency(latency));
    }
    if let Some(server) = &phase.server {
        line("server", describe_cost(server));
    }
    if let Some(bytes) = phase.rss_bytes_per_client {
        line("memory", describe_memory(bytes));
    }
    line("generator", describe_cost(&phase.generator));
    if phase.generator.busy_percent > BUSY_PERCENT_MAX {
        line("", "the generator may be the limit".to_owned());
    }
}

fn describe_latency(latency: &Latency) -> String {
    format!(
        "mean {}  p50 {}  p90 {}  p99 {}  p99.9 {}  max {}",
        duration(latency.mean_us),
        duration(latency.p50_us),
        duration(latency.p90_us),
        duration(latency.p99_us),
        duration(latency.p999_us),
        duration(latency.max_us)
    )
}

fn describe_memory(bytes: f64) -> String {
    if bytes > 0.0 {
        format!("{bytes:.0} bytes for each client")
    } else {
        "no growth: the server uses memory of earlier clients again; start it anew".to_owned()
    }
}

fn describe_cost(cost: &Cost) -> String {
    let each = cost
        .cpu_us_per_operation
        .map_or_else(String::new, |micros| {
            format!("{micros:.2} us of processor time each, ")
        });
    format!(
        "{each}busy {:.0} %, {:.1} MiB",
        cost.busy_percent,
        mebibytes(cost.rss_bytes)
    )
}

/// With a unit that leaves three or four digits.
pub(super) fn duration(micros: f64) -> String {
    match micros {
        ..1e3 => format!("{micros:.0} us"),
        1e3..1e6 => format!("{:.2} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

#[expect(clippy::cast_precision_loss, reason = "for a person to read")]
pub(super) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;

    #[test]
    fn a_table_has_each_figure_with_its_unit() {
        let text = write(&report());
        for part in [
            "echo against http://127.0.0.1:4100",
            "100000 (reply in 2.00 s, 50000 a second)",
            "p50 100 us",
            "p99.9 1.50 ms",
            "max 2.50 s",
            "15.00 us of processor time each, busy 75 %, 8.0 MiB",
            "5000 bytes for each client",
        ] {
            assert!(text.contains(part), "{part:?} is missing in {text}");
        }
        assert!(!text.contains("may be the limit") && !text.contains("failed"));
    }

    #[test]
    fn memory_of_a_server_that_was_used_before_is_no_figure() {
        let mut report = report();
        for bytes in [0.0, -57_303.0] {
            report.phases[0].rss_bytes_per_client = Some(bytes);
            let text = write(&report);
            assert!(text.contains("start it anew"), "{text}");
            assert!(!text.contains("bytes for each client"), "{text}");
        }
    }

    #[test]
    fn a_busy_generator_and_failed_clients_are_pointed_out() {
        let mut report = report();
        report.phases[0].generator.busy_percent = 99.0;
        report.errors = 7;
        report.error_examples.push("closed".into());
        let text = write(&report);
        assert!(text.contains("the generator may be the limit"), "{text}");
        assert!(
            text.contains("7 clients failed, the first so:\n  closed"),
            "{text}"
        );
    }
}
