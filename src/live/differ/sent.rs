use crate::live::component::ComponentId;
use crate::live::rendered::Template;

/// What the client holds in the place of one dynamic: 64 bits of hash for a text, the whole tree below for the rest.
#[derive(Debug, Default)]
pub(crate) enum Sent {
    /// Nothing was sent yet.
    #[default]
    Nothing,
    /// A text with this hash.
    Text(u64),
    /// The component with this id.
    Component(ComponentId),
    /// A nested template.
    Node(Box<SentNode>),
    /// The comprehension of a stream, of whose rows nothing is remembered.
    Stream(&'static Template),
    /// The rows of a comprehension.
    Rows(Box<SentRows>),
}

/// A template the client holds, with what was sent for its dynamics.
#[derive(Debug)]
pub(crate) struct SentNode {
    pub(crate) template: &'static Template,
    pub(crate) dynamics: Vec<Sent>,
}

impl SentNode {
    pub(crate) fn new(template: &'static Template) -> Self {
        let mut dynamics = Vec::new();
        extend(&mut dynamics, template.dynamics());
        Self { template, dynamics }
    }
}

/// The rows the client holds, one after the other in one vector: row `i` has the dynamics from `i * stride`.
#[derive(Debug)]
pub(crate) struct SentRows {
    pub(crate) template: &'static Template,
    pub(crate) dynamics: Vec<Sent>,
    /// The hash of each row's key; empty while rows are known by their position.
    pub(crate) keys: Vec<u64>,
    pub(crate) count: usize,
}

impl SentRows {
    pub(crate) fn new(template: &'static Template) -> Self {
        Self {
            template,
            dynamics: Vec::new(),
            keys: Vec::new(),
            count: 0,
        }
    }
}

/// Appends places for `count` dynamics of which nothing was sent.
pub(crate) fn extend(dynamics: &mut Vec<Sent>, count: usize) {
    dynamics.resize_with(dynamics.len() + count, Sent::default);
}
