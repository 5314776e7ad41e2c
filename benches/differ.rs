//! What a render costs: pages and diffs of the pages of the bench application.
//!
//! `cargo bench --bench differ`, or with words to select by: `-- table`. Times are thread CPU time, the median of the
//! rounds; `bytes` is what one operation writes.

#![expect(clippy::print_stdout, reason = "the report is the purpose")]

use std::hint::black_box;

use bennu::live::differ::{DiffOptions, Differ};
use bennu::live::html;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::{component, heex};
use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 15;
const ROWS: u32 = 1_000;
const COMPONENTS: u32 = 200;

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    println!("{:<34} {:>12} {:>9}", "", "us", "bytes");
    for case in CASES {
        if words.is_empty() || words.iter().any(|word| case.name.contains(word.as_str())) {
            case.run();
        }
    }
}

struct Case {
    name: &'static str,
    operations: u32,
    /// Prepares a state and gives the operation, which says how many bytes it wrote.
    operation: fn() -> Box<dyn FnMut() -> usize>,
}

impl Case {
    fn run(&self) {
        let mut operation = (self.operation)();
        let mut bytes = operation();
        let mut rounds: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let start = cpu_time_us();
                for _ in 0..self.operations {
                    bytes = black_box(operation());
                }
                (cpu_time_us() - start) / f64::from(self.operations)
            })
            .collect();
        rounds.sort_by(f64::total_cmp);
        println!("{:<34} {:>12.3} {bytes:>9}", self.name, rounds[ROUNDS / 2]);
    }
}

const CASES: &[Case] = &[
    Case {
        name: "counter: page",
        operations: 10_000,
        operation: || page_of(|| counter(3)),
    },
    Case {
        name: "counter: first diff",
        operations: 10_000,
        operation: || first_diff_of(|| counter(3)),
    },
    Case {
        name: "counter: click",
        operations: 10_000,
        operation: counter_click,
    },
    Case {
        name: "table: page",
        operations: 20,
        operation: page_of_rows,
    },
    Case {
        name: "table: first diff",
        operations: 20,
        operation: first_diff_of_rows,
    },
    Case {
        name: "table: nothing changes",
        operations: 20,
        operation: || table(|_, _| ()),
    },
    Case {
        name: "table: one row changes",
        operations: 20,
        operation: || table(change_one),
    },
    Case {
        name: "table: all rows change",
        operations: 20,
        operation: || table(change_all),
    },
    Case {
        name: "table: rows reversed",
        operations: 20,
        operation: || table(|rows, _| rows.reverse()),
    },
    Case {
        name: "table: first row moves to the end",
        operations: 20,
        operation: || table(|rows, _| rows.rotate_left(1)),
    },
    Case {
        name: "stream: one row is inserted",
        operations: 5_000,
        operation: stream_insert,
    },
    Case {
        name: "components: 200, one changes",
        operations: 200,
        operation: components,
    },
    Case {
        name: "growth: one of 10 rows changes",
        operations: 2_000,
        operation: || table_of(10, change_one),
    },
    Case {
        name: "growth: one of 100 rows changes",
        operations: 200,
        operation: || table_of(100, change_one),
    },
    Case {
        name: "growth: one of 1000 rows changes",
        operations: 20,
        operation: || table_of(1_000, change_one),
    },
    Case {
        name: "growth: one of 10000 rows changes",
        operations: 2,
        operation: || table_of(10_000, change_one),
    },
];

struct Row {
    id: u32,
    name: String,
    value: u64,
}

impl Row {
    fn new(id: u32) -> Self {
        Self {
            id,
            name: format!("row {id}"),
            value: u64::from(id) * 7,
        }
    }
}

fn rows() -> Vec<Row> {
    (1..=ROWS).map(Row::new).collect()
}

fn counter(count: u64) -> impl Render {
    heex! {
        <div id="counter">
            <h1>Counter</h1>
            <p>The count is <span id="count">{count}</span></p>
            <button phx-click="inc">"+"</button>
            <button phx-click="dec">"-"</button>
        </div>
    }
}

fn list(rows: &[Row]) -> impl Render {
    heex! {
        <h1>Rows</h1>
        <button phx-click="tick">tick</button>
        <table>
            <tbody>
                <tr :for={row in rows} :key={row.id} id={format_args!("row-{}", row.id)}>
                    <td>{row.id}</td>
                    <td>{row.name}</td>
                    <td class="value">{row.value}</td>
                </tr>
            </tbody>
        </table>
    }
}

fn streamed(rows: &Stream<Row>) -> impl Render {
    heex! {
        <h1>Rows</h1>
        <table>
            <tbody id="rows" phx-update="stream">
                <tr :for={(dom_id, row) in rows} id={dom_id}>
                    <td>{row.id}</td>
                    <td>{row.name}</td>
                    <td class="value">{row.value}</td>
                </tr>
            </tbody>
        </table>
    }
}

/// A label and a value in a function component.
#[component]
fn gauge(name: &str, value: u64) -> impl Render {
    heex! {
        <p class="gauge"><span>{name}</span><b>{value}</b></p>
    }
}

fn gauges(rows: &[Row]) -> impl Render {
    heex! {
        <div>
            <.gauge :for={row in rows} :key={row.id} name={&row.name} value={row.value}/>
        </div>
    }
}

fn page_of<R: Render + 'static>(template: fn() -> R) -> Box<dyn FnMut() -> usize> {
    let mut out = Vec::new();
    Box::new(move || write_page(template(), &mut out))
}

fn first_diff_of<R: Render + 'static>(template: fn() -> R) -> Box<dyn FnMut() -> usize> {
    let mut out = Vec::new();
    Box::new(move || write_diff(&mut Differ::new(), template(), &mut out))
}

fn counter_click() -> Box<dyn FnMut() -> usize> {
    let (mut differ, mut out, mut count) = (Differ::new(), Vec::new(), 0);
    Box::new(move || {
        count += 1;
        write_diff(&mut differ, counter(count), &mut out)
    })
}

fn page_of_rows() -> Box<dyn FnMut() -> usize> {
    let (rows, mut out) = (rows(), Vec::new());
    Box::new(move || write_page(list(&rows), &mut out))
}

fn first_diff_of_rows() -> Box<dyn FnMut() -> usize> {
    let (rows, mut out) = (rows(), Vec::new());
    Box::new(move || write_diff(&mut Differ::new(), list(&rows), &mut out))
}

fn table(change: fn(&mut [Row], usize)) -> Box<dyn FnMut() -> usize> {
    table_of(ROWS, change)
}

fn table_of(count: u32, change: fn(&mut [Row], usize)) -> Box<dyn FnMut() -> usize> {
    let mut rows: Vec<Row> = (1..=count).map(Row::new).collect();
    let (mut differ, mut out, mut step) = (Differ::new(), Vec::new(), 0);
    Box::new(move || {
        step += 1;
        change(&mut rows, step);
        write_diff(&mut differ, list(&rows), &mut out)
    })
}

fn stream_insert() -> Box<dyn FnMut() -> usize> {
    let mut rows = Stream::new("rows", |row: &Row| row.id);
    rows.extend((1..=ROWS).map(Row::new));
    let (mut differ, mut out, mut step) = (Differ::new(), Vec::new(), 0);
    write_diff(&mut differ, streamed(&rows), &mut out);
    Box::new(move || {
        step += 37;
        rows.insert(Row::new(step % ROWS + 1));
        write_diff(&mut differ, streamed(&rows), &mut out)
    })
}

fn components() -> Box<dyn FnMut() -> usize> {
    let mut rows: Vec<Row> = (1..=COMPONENTS).map(Row::new).collect();
    let (mut differ, mut out, mut step) = (Differ::new(), Vec::new(), 0);
    Box::new(move || {
        step += 1;
        change_one(&mut rows, step);
        write_diff(&mut differ, gauges(&rows), &mut out)
    })
}

fn change_one(rows: &mut [Row], step: usize) {
    let at = step * 37 % rows.len();
    rows[at].value += 1;
}

fn change_all(rows: &mut [Row], _: usize) {
    for row in rows {
        row.value += 1;
    }
}

fn write_page(rendered: impl Render, out: &mut Vec<u8>) -> usize {
    out.clear();
    html::write(rendered, out).expect("the template is not deep");
    out.len()
}

fn write_diff(differ: &mut Differ, rendered: impl Render, out: &mut Vec<u8>) -> usize {
    out.clear();
    differ
        .diff(rendered, out, DiffOptions::default())
        .expect("the template is not deep");
    out.len()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of a bench fit a double"
)]
fn cpu_time_us() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}
