//! Each Rust block of a guide stands, line for line, in a file that is compiled; its indentation may differ.

use std::fs;
use std::path::Path;

#[test]
fn blocks_for_phoenix_developers_are_compiled() {
    let sources = sources(&["tests/guides/phoenix"]);
    check("docs/liveview-for-phoenix-developers.md", &sources);
}

#[test]
fn blocks_from_zero_are_compiled() {
    let sources = sources(&[
        "tests/guides/from_zero",
        "tests/guides/from_zero/form_and_stream",
        "examples/guestbook/src",
        "examples/guestbook/tests",
    ]);
    check("docs/liveview-from-zero.md", &sources);
}

/// A line as it counts here: its indentation, and the rest.
type Line<'t> = (usize, &'t str);

fn check(guide: &str, sources: &[String]) {
    let guide_text = fs::read_to_string(root().join(guide)).expect("the guide is a file");
    let blocks = rust_blocks(&guide_text);
    assert!(
        blocks.len() > 5,
        "{guide}: only {} blocks were found",
        blocks.len()
    );
    for block in blocks {
        let lines = lines(&block);
        let is_compiled = sources.iter().any(|source| contains(source, &lines));
        assert!(is_compiled, "{guide}: no compiled file contains\n{block}");
    }
}

fn rust_blocks(guide: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut rest = guide;
    while let Some((_, after)) = rest.split_once("\n```rust\n") {
        let (block, after) = after.split_once("\n```\n").expect("each block is closed");
        blocks.push(block.to_owned());
        rest = after;
    }
    blocks
}

/// Whether the block stands in the source as one piece.
fn contains(source: &str, block: &[Line<'_>]) -> bool {
    let source = lines(source);
    source
        .windows(block.len())
        .any(|piece| is_same(piece, block))
}

fn is_same(piece: &[Line<'_>], block: &[Line<'_>]) -> bool {
    let (Some((inner, _)), Some((outer, _))) = (piece.first(), block.first()) else {
        return false;
    };
    let shift = inner.checked_sub(*outer);
    let mut pairs = piece.iter().zip(block);
    pairs.all(|((inner, code), (outer, shown))| {
        code == shown && (code.is_empty() || inner.checked_sub(*outer) == shift)
    })
}

fn lines(text: &str) -> Vec<Line<'_>> {
    text.lines()
        .map(|line| {
            let code = line.trim();
            (line.len() - line.trim_start().len(), code)
        })
        .collect()
}

/// The Rust files in these folders, which their crates declare as modules.
fn sources(folders: &[&str]) -> Vec<String> {
    let mut sources = Vec::new();
    for folder in folders {
        let files = fs::read_dir(root().join(folder)).expect("the folder is there");
        for file in files {
            let path = file.expect("the folder can be read").path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(fs::read_to_string(path).expect("sources are text"));
            }
        }
    }
    sources
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_block_is_found_whatever_its_indentation() {
    let source = "impl A {\n    fn a() {\n        b();\n    }\n\n    fn c() {}\n}\n";
    assert!(contains(
        source,
        &lines("fn a() {\n    b();\n}\n\nfn c() {}")
    ));
    assert!(contains(
        source,
        &lines("    fn a() {\n        b();\n    }")
    ));
}

#[test]
fn a_block_that_differs_is_not_found() {
    let source = "impl A {\n    fn a() {\n        b();\n    }\n}\n";
    assert!(!contains(source, &lines("fn a() {\n    c();\n}")));
    assert!(!contains(source, &lines("fn a() {\nb();\n}")));
    assert!(!contains(source, &lines("fn a() {\n}")));
}
