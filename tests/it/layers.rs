//! Who may import whom: the arrows of the house point one way.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each line imports only from lines above it; modules on one line do not import each other.
const LAYERS: [&[&str]; 10] = [
    &["protocol"],
    &["assigns", "registry", "telemetry", "token"],
    &["pubsub", "session"],
    &["channel"],
    &["presence", "socket"],
    &["transport"],
    &["endpoint"],
    &["component", "heex"],
    &["live"],
    &["testing"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[test]
fn every_import_points_to_a_layer_above() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for file in rust_files(&src) {
        let module = top_module(&src, &file);
        if module == "lib" {
            continue;
        }
        let own = layer(&module).unwrap_or_else(|| panic!("module {module} has no layer yet"));
        let text = fs::read_to_string(&file).expect("sources are text");
        for imported in imports(&text) {
            arrows += 1;
            let other = layer(&imported);
            let other = other.unwrap_or_else(|| panic!("{file:?}: what is crate::{imported}?"));
            if imported != module && other >= own {
                wrong.push(format!("{module} -> {imported} in {}", file.display()));
            }
        }
    }
    assert!(arrows > 100, "only {arrows} imports were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_protocol_knows_no_runtime() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocol/Cargo.toml");
    let manifest = fs::read_to_string(manifest).expect("the protocol is a crate");
    let (_, dependencies) = manifest
        .split_once("[dependencies]")
        .expect("the crate has dependencies");
    for runtime in ["tokio", "hyper", "http", "bennu"] {
        assert!(!dependencies.contains(runtime), "{runtime}");
    }
}

#[test]
fn imports_are_found_in_every_form() {
    let text = "
        use crate::alpha;
        use crate::{beta::Thing, gamma::{self, crate_like}, delta};
        // crate::comment
        fn f() -> crate::epsilon::Result<()> { pub(crate) }
    ";
    let found = imports(text);
    let expected = ["alpha", "beta", "delta", "epsilon", "gamma"];
    assert!(found.iter().eq(expected), "{found:?}");
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).expect("sources are there") {
        let path = entry.expect("sources can be listed").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn top_module(src: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(src).expect("the file is below src");
    let first = inside.iter().next().expect("a file has a name");
    let first = first.to_str().expect("sources have plain names");
    first.trim_end_matches(".rs").to_owned()
}

/// The top modules that a source names by `crate::`, comments left out.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |code, line| code + line + "\n");
    code.split("crate::").skip(1).flat_map(roots).collect()
}

/// The first segments of a path or of a group of paths.
fn roots(after: &str) -> Vec<String> {
    let Some(group) = after.strip_prefix('{') else {
        return vec![identifier(after)];
    };
    let mut roots = Vec::new();
    let mut depth = 0;
    let mut item = true;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => item = true,
            _ if item && !character.is_whitespace() => {
                roots.push(identifier(&group[at..]));
                item = false;
            }
            _ => {}
        }
    }
    roots
}

fn identifier(text: &str) -> String {
    let end = text.find(|character: char| !character.is_alphanumeric() && character != '_');
    let name = &text[..end.unwrap_or(text.len())];
    // What the crate re-exports at its root lives in a module of its own.
    match name {
        "Assigns" => "assigns".to_owned(),
        "Registry" => "registry".to_owned(),
        "Presence" => "presence".to_owned(),
        name => name.to_owned(),
    }
}
