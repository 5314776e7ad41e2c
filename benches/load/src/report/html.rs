//! The report as a page with plots.

use std::fmt::Write;

use super::plot::{Axis, Line, Plot, escape};
use super::table::{duration, mebibytes};
use super::{Cost, Latency, Phase, Report};

const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222}\
table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #ccc;padding:.25rem .75rem;text-align:left}\
td{font-variant-numeric:tabular-nums}svg{width:100%;height:auto;margin:1rem 0;border:1px solid #eee}h1,code{overflow-wrap:anywhere}";

pub(super) fn write(report: &Report) -> String {
    let title = format!(
        "{} against {}",
        escape(&report.scenario),
        escape(&report.target)
    );
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n<p>{}: <code>{}</code></p>\n",
        escape(&report.generator),
        escape(&report.arguments.join(" "))
    );
    for phase in &report.phases {
        write_phase(phase, &mut html);
    }
    write_errors(report, &mut html);
    html.push_str("</body>\n</html>\n");
    html
}

fn write_phase(phase: &Phase, html: &mut String) {
    let _ = writeln!(html, "<h2>{}</h2>\n<table>", escape(&phase.name));
    let mut row = |name: &str, value: String| {
        let _ = writeln!(html, "<tr><th>{name}</th><td>{}</td></tr>", escape(&value));
    };
    row(
        "operations",
        format!(
            "{} × {} in {:.2} s",
            phase.operations, phase.operation, phase.elapsed_s
        ),
    );
    row("a second", format!("{:.0}", phase.operations_per_s()));
    if let Some(latency) = &phase.latency {
        latency_rows(latency, &mut row);
    }
    if let Some(server) = &phase.server {
        cost_rows("server", server, &mut row);
    }
    if let Some(bytes) = phase.rss_bytes_per_client {
        row("memory for each client", format!("{bytes:.0} bytes"));
    }
    cost_rows("generator", &phase.generator, &mut row);
    html.push_str("</table>\n");
    for plot in plots(phase) {
        html.push_str(&plot.svg());
    }
}

fn latency_rows(latency: &Latency, row: &mut impl FnMut(&str, String)) {
    for (name, micros) in [
        ("mean latency", latency.mean_us),
        ("p50", latency.p50_us),
        ("p90", latency.p90_us),
        ("p99", latency.p99_us),
        ("p99.9", latency.p999_us),
        ("slowest", latency.max_us),
    ] {
        row(name, duration(micros));
    }
}

fn cost_rows(who: &str, cost: &Cost, row: &mut impl FnMut(&str, String)) {
    if let Some(micros) = cost.cpu_us_per_operation {
        row(
            &format!("{who}: processor time each"),
            format!("{micros:.2} us"),
        );
    }
    let busy = format!(
        "{:.0} % of a processor, {:.1} MiB",
        cost.busy_percent,
        mebibytes(cost.rss_bytes)
    );
    row(&format!("{who}: busy, memory"), busy);
}

fn plots(phase: &Phase) -> Vec<Plot> {
    let mut plots = Vec::new();
    if let Some(latency) = &phase.latency {
        plots.push(latency_plot(latency));
    }
    if phase.samples.len() > 1 {
        plots.push(over_time("Operations a second", phase, |sample| {
            Some(sample.operations_per_s)
        }));
        plots.push(over_time("Server: busy, percent", phase, |sample| {
            sample.server_busy_percent
        }));
        plots.push(over_time("Server: memory, MiB", phase, |sample| {
            sample.server_rss_bytes.map(mebibytes)
        }));
    }
    plots.retain(|plot| !plot.lines[0].points.is_empty());
    plots
}

/// The slow tail takes as much room as the fast bulk: each decade to the right is a tenth of what is left.
fn latency_plot(latency: &Latency) -> Plot {
    let points = latency
        .quantiles
        .iter()
        .map(|point| (1.0 / (1.0 - point.quantile), point.us))
        .collect();
    Plot {
        title: "Latency by rank".into(),
        x: Axis::logarithmic("one in so many is slower"),
        y: Axis::logarithmic("us"),
        lines: vec![Line {
            name: "latency".into(),
            points,
        }],
    }
}

fn over_time(title: &str, phase: &Phase, value: impl Fn(&super::Sample) -> Option<f64>) -> Plot {
    let points = phase
        .samples
        .iter()
        .filter_map(|sample| Some((sample.at_s, value(sample)?)))
        .collect();
    Plot {
        title: title.into(),
        x: Axis::linear("seconds"),
        y: Axis::linear(""),
        lines: vec![Line {
            name: title.into(),
            points,
        }],
    }
}

fn write_errors(report: &Report, html: &mut String) {
    if report.errors == 0 {
        return;
    }
    let _ = writeln!(html, "<h2>{} clients failed</h2>\n<ul>", report.errors);
    for example in &report.error_examples {
        let _ = writeln!(html, "<li>{}</li>", escape(example));
    }
    html.push_str("</ul>\n");
}

#[cfg(test)]
mod tests {
    use super::super::tests::report;
    use super::*;

    #[test]
    fn a_page_has_its_plots_and_escapes_what_it_was_given() {
        let html = write(&report());
        assert_eq!(html.matches("<svg ").count(), 4);
        assert!(html.contains("&lt;&amp;&gt;") && !html.contains("<&>"));
        assert!(!html.contains("src=") && !html.contains("href="));
    }

    #[test]
    fn a_phase_without_samples_or_server_has_only_its_latency_plotted() {
        let mut report = report();
        report.phases[0].samples.clear();
        report.phases[0].server = None;
        assert_eq!(write(&report).matches("<svg ").count(), 1);
    }
}
