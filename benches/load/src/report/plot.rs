//! Plots as SVG, for reports and documents.

use std::fmt::Write;

/// A plot of lines over one pair of axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// The axis to the right.
    pub x: Axis,
    /// The axis upwards.
    pub y: Axis,
    /// The lines, up to six: each has a colour of its own.
    pub lines: Vec<Line>,
}

/// What an axis counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Name and unit.
    pub label: String,
    /// Whether each decade takes the same room.
    pub logarithmic: bool,
}

impl Axis {
    /// An axis that starts at zero.
    pub fn linear(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            logarithmic: false,
        }
    }

    /// An axis where each decade takes the same room.
    pub fn logarithmic(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            logarithmic: true,
        }
    }
}

/// A line of a plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it stands for.
    pub name: String,
    /// From left to right.
    pub points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 48.0;
/// Told apart by those who see no red and green, too.
const COLOURS: [&str; 6] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
];

impl Plot {
    /// The plot as an SVG element.
    #[must_use]
    pub fn svg(&self) -> String {
        let values = |pick: fn(&(f64, f64)) -> f64| {
            let points = self.lines.iter().flat_map(|line| &line.points);
            points.map(pick).collect::<Vec<_>>()
        };
        let x = Scale::new(&self.x, &values(|point| point.0), LEFT, WIDTH - RIGHT);
        let y = Scale::new(&self.y, &values(|point| point.1), HEIGHT - BOTTOM, TOP);
        let mut svg = String::new();
        self.write_frame(&mut svg);
        self.write_x_axis(&x, &mut svg);
        self.write_y_axis(&y, &mut svg);
        for (line, colour) in self.lines.iter().zip(COLOURS) {
            write_line(line, colour, &x, &y, &mut svg);
        }
        self.write_legend(&mut svg);
        svg.push_str("</svg>\n");
        svg
    }

    fn write_frame(&self, svg: &mut String) {
        let title = escape(&self.title);
        let _ = write!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/><text x="{LEFT}" y="18" font-size="14" font-weight="bold">{title}</text>"##
        );
    }

    fn write_x_axis(&self, scale: &Scale, svg: &mut String) {
        let bottom = HEIGHT - BOTTOM;
        for tick in scale.ticks() {
            let (x, text) = (scale.at(tick), number(tick));
            let _ = write!(
                svg,
                r##"<path d="M{x:.1} {TOP}V{bottom}" stroke="#e4e4e4"/><text x="{x:.1}" y="{}" text-anchor="middle">{text}</text>"##,
                bottom + 16.0
            );
        }
        let (middle, label) = (f64::midpoint(LEFT, WIDTH - RIGHT), escape(&self.x.label));
        let _ = write!(
            svg,
            r#"<text x="{middle}" y="{}" text-anchor="middle">{label}</text>"#,
            HEIGHT - 10.0
        );
    }

    fn write_y_axis(&self, scale: &Scale, svg: &mut String) {
        let right = WIDTH - RIGHT;
        for tick in scale.ticks() {
            let (y, text) = (scale.at(tick), number(tick));
            let _ = write!(
                svg,
                r##"<path d="M{LEFT} {y:.1}H{right}" stroke="#e4e4e4"/><text x="{}" y="{:.1}" text-anchor="end">{text}</text>"##,
                LEFT - 6.0,
                y + 4.0
            );
        }
        let (middle, label) = (f64::midpoint(TOP, HEIGHT - BOTTOM), escape(&self.y.label));
        let _ = write!(
            svg,
            r#"<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{label}</text>"#
        );
    }

    fn write_legend(&self, svg: &mut String) {
        const ENTRY_WIDTH: f64 = 150.0;
        if self.lines.len() < 2 {
            return;
        }
        let mut x = LEFT;
        for (line, colour) in self.lines.iter().zip(COLOURS) {
            let _ = write!(
                svg,
                r#"<rect x="{x}" y="27" width="10" height="10" fill="{colour}"/><text x="{}" y="36">{}</text>"#,
                x + 14.0,
                escape(&line.name)
            );
            x += ENTRY_WIDTH;
        }
    }
}

fn write_line(line: &Line, colour: &str, x: &Scale, y: &Scale, svg: &mut String) {
    let places: Vec<String> = line
        .points
        .iter()
        .map(|point| format!("{:.1},{:.1}", x.at(point.0), y.at(point.1)))
        .collect();
    let _ = write!(
        svg,
        r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"/>"#,
        places.join(" ")
    );
    // So few points are measurements, to be seen as such.
    const MARKED_MAX: usize = 24;
    if places.len() <= MARKED_MAX {
        for place in places {
            let (x, y) = place.split_once(',').expect("a comma was written");
            let _ = write!(svg, r#"<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>"#);
        }
    }
}

/// Where a value lies on an axis.
struct Scale {
    logarithmic: bool,
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Scale {
    fn new(axis: &Axis, values: &[f64], start: f64, end: f64) -> Self {
        let logarithmic = axis.logarithmic;
        let positive = |value: &f64| value.is_finite() && (!logarithmic || *value > 0.0);
        let values = || values.iter().copied().filter(positive);
        let largest = values().fold(f64::MIN_POSITIVE, f64::max);
        let smallest = values().fold(largest, f64::min);
        let (low, high) = if logarithmic {
            let (low, high) = (smallest.log10().floor(), largest.log10().ceil());
            (low, high.max(low + 1.0))
        } else {
            (0.0, largest.max(f64::MIN_POSITIVE) * 1.05)
        };
        Self {
            logarithmic,
            low,
            high,
            start,
            end,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let value = if self.logarithmic {
            value.max(f64::MIN_POSITIVE).log10()
        } else {
            value
        };
        let part = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.start + part * (self.end - self.start)
    }

    fn ticks(&self) -> Vec<f64> {
        if self.logarithmic {
            let decades = (self.high - self.low).round();
            let step = (decades / 8.0).ceil().max(1.0);
            return steps(self.low, self.high, step)
                .map(|exponent| 10_f64.powf(exponent))
                .collect();
        }
        steps(self.low, self.high, round_step(self.high / 6.0)).collect()
    }
}

fn steps(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    const TICKS_MAX: u32 = 32;
    (0..TICKS_MAX)
        .map(move |tick| low + step * f64::from(tick))
        .take_while(move |value| *value <= high + step * 1e-6)
}

/// The next of 1, 2, 5, 10, 20 ... that is not smaller.
fn round_step(step: f64) -> f64 {
    let decade = 10_f64.powf(step.log10().floor());
    let rounds = [1.0, 2.0, 5.0, 10.0];
    let fits = rounds.into_iter().find(|round| round * decade >= step);
    fits.unwrap_or(10.0) * decade
}

fn number(value: f64) -> String {
    match value.abs() {
        1e9.. => format!("{}G", trim(value / 1e9)),
        1e6.. => format!("{}M", trim(value / 1e6)),
        1e3.. => format!("{}k", trim(value / 1e3)),
        _ => trim(value),
    }
}

fn trim(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Text for HTML and SVG.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(y: Axis, points: Vec<(f64, f64)>) -> String {
        let line = Line {
            name: "a <line>".into(),
            points,
        };
        Plot {
            title: "A & B".into(),
            x: Axis::linear("seconds"),
            y,
            lines: vec![line.clone(), line],
        }
        .svg()
    }

    #[test]
    fn points_lie_within_the_axes_and_names_are_escaped() {
        let svg = plot(Axis::linear("us"), vec![(0.0, 0.0), (10.0, 100.0)]);
        assert!(svg.contains("A &amp; B") && svg.contains("a &lt;line&gt;"));
        assert!(
            svg.contains(r#"<polyline points="72.0,272.0 "#),
            "the origin is where the axes meet: {svg}"
        );
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn decades_take_the_same_room() {
        let axis = Axis::logarithmic("us");
        let scale = Scale::new(&axis, &[1.0, 1_000.0], 0.0, 300.0);
        let close = |value: f64, place: f64| (scale.at(value) - place).abs() < 1e-6;
        assert!(close(1.0, 0.0) && close(10.0, 100.0) && close(1_000.0, 300.0));
        let labels: Vec<String> = scale.ticks().into_iter().map(number).collect();
        assert_eq!(labels, ["1", "10", "100", "1k"]);
    }

    #[test]
    fn plots_of_nothing_and_of_one_value_are_plots() {
        for points in [vec![], vec![(0.0, 0.0)], vec![(5.0, f64::NAN)]] {
            for y in [Axis::linear("us"), Axis::logarithmic("us")] {
                let svg = plot(y, points.clone());
                assert!(!svg.contains("inf"), "{svg}");
            }
        }
    }

    #[test]
    fn ticks_are_round_numbers() {
        let axis = Axis::linear("us");
        let scale = Scale::new(&axis, &[0.0, 117.0], 0.0, 1.0);
        let labels: Vec<String> = scale.ticks().into_iter().map(number).collect();
        assert_eq!(labels, ["0", "50", "100"]);
        assert_eq!(number(2_500.0), "2.5k");
        assert_eq!(number(0.25), "0.25");
    }
}
