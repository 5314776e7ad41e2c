//! The parity table tells the truth.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A table of features, and the numbers of the rows that say what is missing; a row that is filled leaves them.
struct Table {
    file: &'static str,
    rows: usize,
    missing: &'static [usize],
}

const TABLES: [Table; 2] = [
    Table {
        file: "docs/parity-channels.md",
        rows: 137,
        missing: &[],
    },
    Table {
        file: "docs/parity-liveview.md",
        rows: 165,
        missing: &[],
    },
];

impl Table {
    fn read(&self) -> String {
        fs::read_to_string(root().join(self.file)).expect("the table is there")
    }
}

#[test]
fn every_row_names_tests_that_exist() {
    let tests = rust_tests();
    assert!(tests.len() > 300, "only {} tests were found", tests.len());
    let mut wrong = Vec::new();
    for table in &TABLES {
        let text = table.read();
        let rows: Vec<_> = text.lines().filter_map(Row::parse).collect();
        let numbers: Vec<_> = rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, Vec::from_iter(1..=table.rows), "{}", table.file);
        for row in &rows {
            let complaints = row.complaints(&tests).into_iter();
            wrong.extend(complaints.map(|complaint| format!("{}, row {complaint}", table.file)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_missing_is_known() {
    for table in &TABLES {
        let text = table.read();
        let missing = text.lines().filter_map(Row::parse).filter(Row::is_missing);
        assert_eq!(
            missing.map(|row| row.number).collect::<Vec<_>>(),
            table.missing
        );
    }
}

#[test]
fn a_name_that_is_made_up_does_not_exist() {
    let tests = rust_tests();
    assert!(exists("parity::what_is_missing_is_known", &tests));
    assert!(!exists("channels::what_is_missing_is_known", &tests));
    assert!(!exists("parity::rust_tests", &tests));
    assert!(!exists("chat.spec.mjs: does the impossible", &tests));
    assert!(!exists("no_such_file.mjs: anything", &tests));
}

struct Row<'t> {
    number: usize,
    cell: &'t str,
}

impl<'t> Row<'t> {
    fn parse(line: &'t str) -> Option<Self> {
        let mut cells = line.split(" | ");
        let number = cells.next()?.strip_prefix("| ")?.parse().ok()?;
        let cell = cells.last()?.strip_suffix(" |")?.trim();
        Some(Self { number, cell })
    }

    fn complaints(&self, tests: &BTreeSet<String>) -> Vec<String> {
        let proofs = self.proofs();
        if proofs.is_empty() && !self.is_missing() && !self.does_not_apply() {
            return vec![format!("{}: no test", self.number)];
        }
        let unknown = proofs.into_iter().filter(|name| !exists(name, tests));
        unknown
            .map(|name| format!("{}: no test is called {name}", self.number))
            .collect()
    }

    fn is_missing(&self) -> bool {
        self.cell.starts_with("Missing: ")
    }

    fn does_not_apply(&self) -> bool {
        self.cell.starts_with("Does not apply: ")
    }

    /// What stands in backquotes and has the form of a test's name; other words of code do not.
    fn proofs(&self) -> Vec<&'t str> {
        let quoted = self.cell.split('`').skip(1).step_by(2);
        quoted
            .filter(|name| {
                (name.contains("::") && !name.contains("Socket::")) || name.contains(".mjs: ")
            })
            .collect()
    }
}

fn exists(name: &str, rust_tests: &BTreeSet<String>) -> bool {
    match name.split_once(": ") {
        Some((file, name)) => {
            let text = fs::read_to_string(root().join("js-client/test").join(file));
            text.is_ok_and(|text| text.contains(&format!("\"{name}\"")))
        }
        None => rust_tests.contains(name),
    }
}

/// The tests of the library, of the protocol crate, of this binary and of those with features of their own, by module and name.
fn rust_tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for (directory, prefix) in [
        ("src", ""),
        ("tests/it", ""),
        ("protocol/src", "protocol::"),
        ("protocol/tests", "protocol::"),
    ] {
        collect(&root().join(directory), prefix, &mut tests);
    }
    for binary in ["annotations", "root_tags"] {
        let file = root().join(format!("tests/{binary}.rs"));
        collect_file(&file, &format!("{binary}::"), &mut tests);
    }
    tests
}

fn collect(directory: &Path, prefix: &str, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).expect("sources are there") {
        let path = entry.expect("sources can be listed").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let module = format!("{prefix}{}::", stem.expect("sources have plain names"));
        if path.is_dir() {
            collect(&path, &module, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            collect_file(&path, &module, tests);
        }
    }
}

fn collect_file(path: &Path, module: &str, tests: &mut BTreeSet<String>) {
    let text = fs::read_to_string(path).expect("sources are text");
    tests.extend(names(&text).map(|name| format!("{module}{name}")));
}

/// The functions that follow a test attribute.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let mut is_test = false;
    text.lines().filter_map(move |line| {
        let line = line.trim_start();
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let function = line.strip_prefix("async ").unwrap_or(line);
        let name = function.strip_prefix("fn ")?.split('(').next();
        name.filter(|_| std::mem::take(&mut is_test))
    })
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
