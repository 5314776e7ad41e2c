//! Where each piece of a page comes from, for whoever looks at it in the browser (feature `debug-annotations`):
//! Phoenix's `debug_heex_annotations` and `debug_attributes`.

use crate::parser::Markup;
use crate::token::Place;
use crate::tree::{Element, Node};

const ENABLED: bool = cfg!(feature = "debug-annotations");

/// The line for the attribute `data-phx-loc` of a tag.
pub(crate) fn line(place: &Place) -> Option<usize> {
    place.line().filter(|_| ENABLED)
}

/// Puts comments around a template. They change neither whether it is one element nor what is dynamic. A document has
/// none: its declaration comes first.
pub(crate) fn around(markup: Markup, source: &Source) -> Markup {
    let Markup { nodes, assets } = markup;
    if !ENABLED || is_document(&nodes) {
        return Markup { nodes, assets };
    }
    let comment = |text: String| Node::Text(format!("<!-- {text} -->"));
    let begin = comment(source.to_string());
    let end = comment(format!("/{source}"));
    let nodes = [vec![begin], nodes, vec![end]].concat();
    Markup { nodes, assets }
}

/// The file and the line of a template.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) file: String,
    pub(crate) line: usize,
}

impl Source {
    /// Where the macro stands.
    pub(crate) fn of_macro() -> Self {
        let span = proc_macro::Span::call_site();
        Self {
            file: span.file(),
            line: span.line(),
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Two dashes would end the comment.
        write!(f, "{}:{}", self.file.replace("--", "-"), self.line)
    }
}

/// The path of a file without that of its crate.
pub(crate) fn below_crate(path: &str) -> &str {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    path.strip_prefix(&root)
        .map_or(path, |path| path.trim_start_matches('/'))
}

fn is_document(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Text(text) => text.contains("<!"),
        Node::Element(Element { name, .. }) => name == "html",
        _ => false,
    })
}
