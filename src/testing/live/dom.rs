//! The page's elements: a plain tree to patch, and the document made of it to search.

use ego_tree::NodeRef;
use scraper::node::Element;
use scraper::{ElementRef, Html, Node, Selector, StrTendril};

use crate::protocol::live as wire;

/// The attribute whose presence makes an element a live view (2.2).
pub(super) const SESSION: &str = "data-phx-session";
/// The attribute with which the client marks the root of a component.
pub(super) const COMPONENT: &str = "data-phx-component";
/// The attribute with which the client marks the items of a stream.
pub(super) const STREAM: &str = "data-phx-stream";

/// A node with everything below it.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) value: Node,
    pub(super) children: Vec<Self>,
}

impl Tree {
    fn of(node: NodeRef<'_, Node>) -> Self {
        Self {
            value: node.value().clone(),
            children: node.children().map(Self::of).collect(),
        }
    }

    /// The nodes of a piece of HTML.
    pub(super) fn parse_fragment(html: &str) -> Vec<Self> {
        let html = Html::parse_fragment(html);
        // A fragment stands below an element `html` of the parser's own.
        html.root_element().children().map(Self::of).collect()
    }

    pub(super) fn element(&self) -> Option<&Element> {
        self.value.as_element()
    }

    pub(super) fn attr(&self, name: &str) -> Option<&str> {
        self.element()?.attr(name)
    }

    pub(super) fn id(&self) -> Option<&str> {
        self.attr("id")
    }

    /// The `phx-update` of an element, in either spelling (2.4).
    pub(super) fn update(&self) -> Option<&str> {
        self.attr("phx-update")
            .or_else(|| self.attr("data-phx-update"))
    }

    /// Sets an attribute that is neither `id` nor `class`.
    pub(super) fn set_attr(&mut self, name: &str, value: &str) {
        if let Node::Element(element) = &mut self.value {
            set_attr(element, name, value);
        }
    }

    /// The node and those below it, outermost first.
    pub(super) fn descendants(&self) -> Vec<&Self> {
        let mut found = vec![self];
        let mut next = 0;
        while next < found.len() {
            let node = found[next];
            found.extend(&node.children);
            next += 1;
        }
        found
    }

    fn find_mut(&mut self, id: &str) -> Option<&mut Self> {
        if self.id() == Some(id) {
            return Some(self);
        }
        self.children
            .iter_mut()
            .find_map(|child| child.find_mut(id))
    }

    fn to_html(&self) -> Html {
        let mut html = Html::new_document();
        let mut open = vec![(html.tree.root().id(), self)];
        while let Some((id, tree)) = open.pop() {
            for child in &tree.children {
                let mut parent = html.tree.get_mut(id).expect("the node was appended before");
                let appended = parent.append(child.value.clone()).id();
                open.push((appended, child));
            }
        }
        html
    }
}

fn set_attr(element: &mut Element, name: &str, value: &str) {
    let known = element
        .attrs
        .iter_mut()
        .find(|(key, _)| &*key.local == name);
    match known {
        Some((_, held)) => *held = StrTendril::from(value),
        None => {
            let mut key = element.name.clone();
            key.prefix = None;
            key.ns = String::new().into();
            key.local = name.into();
            element.attrs.insert(key, StrTendril::from(value));
        }
    }
}

/// The page that was loaded, patched since.
#[derive(Debug)]
pub(super) struct Document {
    tree: Tree,
    /// What `tree` is at the moment, in the form that selectors search.
    html: Html,
}

impl Document {
    pub(super) fn parse(page: &str) -> Self {
        let html = Html::parse_document(page);
        Self {
            tree: Tree::of(html.tree.root()),
            html,
        }
    }

    pub(super) fn root(&self) -> ElementRef<'_> {
        self.html.root_element()
    }

    pub(super) fn by_id(&self, id: &str) -> Option<ElementRef<'_>> {
        let mut elements = self.root().descendent_elements();
        elements.find(|element| element.value().id() == Some(id))
    }

    /// What stands in the element with this id.
    pub(super) fn inner_html(&self, id: &str) -> String {
        self.by_id(id)
            .map(|element| element.inner_html())
            .unwrap_or_default()
    }

    /// Changes the element with this id.
    pub(super) fn change(&mut self, id: &str, change: impl FnOnce(&mut Tree)) {
        if let Some(element) = self.tree.find_mut(id) {
            change(element);
            self.html = self.tree.to_html();
        }
    }

    /// The containers of live views whose content `parent` shows (2.3).
    pub(super) fn children_of(&self, parent: &str) -> Vec<ElementRef<'_>> {
        let is_child = |element: &ElementRef<'_>| {
            element.attr(SESSION).is_some() && element.attr("data-phx-parent-id") == Some(parent)
        };
        self.root().descendent_elements().filter(is_child).collect()
    }

    /// Whether this is the container of a live view that no other shows.
    pub(super) fn is_root_view(&self, id: &str) -> bool {
        self.root().descendent_elements().any(|element| {
            element.value().id() == Some(id)
                && element.attr(SESSION).is_some()
                && element.attr("data-phx-parent-id").is_none()
        })
    }

    /// The first id that two elements of the page have.
    pub(super) fn duplicate_id(&self) -> Option<&str> {
        let mut seen = std::collections::HashSet::new();
        let mut ids = self
            .root()
            .descendent_elements()
            .filter_map(|element| element.value().id());
        ids.find(|id| !seen.insert(*id))
    }
}

/// The element of a page that a selector asks for, or why there is none.
pub(super) fn parse_selector(selector: &str) -> Selector {
    Selector::parse(selector)
        .unwrap_or_else(|cause| panic!("the selector {selector:?} is none: {cause}"))
}

/// The id of the live view that an element belongs to.
pub(super) fn owner<'a>(element: ElementRef<'a>) -> Option<&'a str> {
    let container = with_ancestors(element).find(|element| element.attr(SESSION).is_some())?;
    container.value().id()
}

/// The component that an element belongs to, within its live view.
pub(super) fn component(element: ElementRef<'_>) -> Option<u64> {
    let within = with_ancestors(element).take_while(|element| element.attr(SESSION).is_none());
    within
        .filter_map(|element| element.attr(COMPONENT)?.parse().ok())
        .next()
}

/// An element and those around it, innermost first.
pub(super) fn with_ancestors(element: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    let around = element.ancestors().filter_map(ElementRef::wrap);
    std::iter::once(element).chain(around)
}

/// The visible text of an element, runs of space as one.
pub(super) fn text(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where a live link leads: its `data-phx-link` and `data-phx-link-state` (2.4).
pub(super) fn link_kind(element: ElementRef<'_>) -> wire::Kind {
    match element.attr("data-phx-link-state") {
        Some("replace") => wire::Kind::Replace,
        _ => wire::Kind::Push,
    }
}
