//! The tokens of HTML to the tree of a template.

use syn::{Error, Result};

use crate::annotations;
use crate::colocated::{self, Asset};
use crate::token::{Open, Place, TagName, Token};
use crate::tree::{Component, Element, Node, Slot, is_void};

/// How deep elements may stand inside each other in one template.
const ELEMENT_DEPTH_MAX: usize = 256;

/// What a template is made of.
#[derive(Debug)]
pub(crate) struct Markup {
    pub(crate) nodes: Vec<Node>,
    /// The scripts and styles that stand in it and do not come with the page.
    pub(crate) assets: Vec<Asset>,
}

/// Builds the tree; white space around the template is dropped.
pub(crate) fn parse(tokens: Vec<Token>) -> Result<Markup> {
    let mut parser = Parser {
        tokens: tokens.into_iter(),
        depth: 0,
        assets: Vec::new(),
    };
    let mut nodes = parser.children(None)?;
    trim(&mut nodes);
    let assets = parser.assets;
    Ok(Markup { nodes, assets })
}

struct Parser {
    tokens: std::vec::IntoIter<Token>,
    depth: usize,
    assets: Vec<Asset>,
}

impl Parser {
    /// Parses up to the closing tag of `parent`, or to the end.
    fn children(&mut self, parent: Option<(&TagName, &Place)>) -> Result<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            match self.tokens.next() {
                Some(Token::Text(text)) => push_text(&mut nodes, text),
                Some(Token::Expression(expression)) => nodes.push(Node::Expression(expression)),
                Some(Token::Open(open)) => nodes.extend(self.tag(*open)?),
                Some(Token::Close { name, place }) => {
                    return closes(parent, &name, &place).map(|()| nodes);
                }
                None => {
                    return parent.map_or(Ok(nodes), |(name, place)| Err(unclosed(name, place)));
                }
            }
        }
    }

    fn tag(&mut self, open: Open) -> Result<Vec<Node>> {
        let void = matches!(&open.name, TagName::Element(name) if is_void(name));
        let mut children = Vec::new();
        if !open.closed && !void {
            self.depth += 1;
            if self.depth > ELEMENT_DEPTH_MAX {
                return Err(open.place.error(&format!(
                    "more than {ELEMENT_DEPTH_MAX} elements inside each other"
                )));
            }
            children = self.children(Some((&open.name, &open.place)))?;
            self.depth -= 1;
        }
        match colocated::asset(&open, &children)? {
            Some(asset) => {
                self.assets.push(asset);
                self.skip_white_space();
                Ok(Vec::new())
            }
            None => node(open, children),
        }
    }

    /// What leaves the page leaves no gap.
    fn skip_white_space(&mut self) {
        if let Some(Token::Text(text)) = self.tokens.as_mut_slice().first_mut() {
            *text = text.trim_start().into();
        }
    }
}

/// What stood around a script that left the page is one text.
fn push_text(nodes: &mut Vec<Node>, text: String) {
    match nodes.last_mut() {
        Some(Node::Text(last)) => last.push_str(&text),
        _ => nodes.push(Node::Text(text)),
    }
}

fn node(open: Open, children: Vec<Node>) -> Result<Vec<Node>> {
    let Open {
        name,
        place,
        attributes,
        directives,
        ..
    } = open;
    let span = place.span;
    match name {
        TagName::Element(name) => {
            if let Some(pattern) = &directives.pattern {
                return Err(Error::new(
                    pattern.span,
                    "`:let` takes what a component gives to its slot; this is an element",
                ));
            }
            Ok(vec![Node::Element(Element {
                name,
                line: annotations::line(&place),
                attributes,
                directives,
                children,
            })])
        }
        TagName::Component(path, _) => {
            let (slots, children) = split_slots(children);
            Ok(vec![Node::Component(Component {
                path,
                span,
                attributes,
                directives,
                children,
                slots,
            })])
        }
        TagName::Fragment => Ok(children),
        TagName::Slot(name) => Ok(vec![Node::Slot(Slot {
            name,
            attributes,
            directives,
            children,
        })]),
    }
}

fn split_slots(nodes: Vec<Node>) -> (Vec<Slot>, Vec<Node>) {
    let (mut slots, mut others) = (Vec::new(), Vec::new());
    for node in nodes {
        match node {
            Node::Slot(slot) => slots.push(slot),
            node => others.push(node),
        }
    }
    (slots, others)
}

fn closes(parent: Option<(&TagName, &Place)>, name: &TagName, place: &Place) -> Result<()> {
    let written = name.written();
    match parent {
        Some((open, _)) if open.written() == written => Ok(()),
        Some((open, _)) => Err(place.error(&format!(
            "`</{written}>` where `</{}>` is expected",
            open.written()
        ))),
        None if matches!(name, TagName::Element(name) if is_void(name)) => {
            Err(place.error(&format!("`<{written}>` has no content and no closing tag")))
        }
        None => Err(place.error(&format!("`</{written}>` closes nothing"))),
    }
}

fn unclosed(name: &TagName, place: &Place) -> Error {
    let written = name.written();
    place.error(&format!(
        "missing `</{written}>`; note that `//` in unquoted text begins a Rust comment"
    ))
}

/// Drops white space at both ends, as it belongs to the Rust source and not to the page.
pub(crate) fn trim(nodes: &mut Vec<Node>) {
    if let Some(Node::Text(text)) = nodes.first_mut() {
        *text = text.trim_start().into();
    }
    if let Some(Node::Text(text)) = nodes.last_mut() {
        *text = text.trim_end().into();
    }
    nodes.retain(|node| !matches!(node, Node::Text(text) if text.is_empty()));
}
