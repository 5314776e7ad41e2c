//! Patching the page: what the client keeps of the old elements when a view renders (13.2, 5.9).

use std::collections::{HashMap, HashSet};

use scraper::Node;

use super::dom::{SESSION, STREAM, Tree};
use super::rendered::{Insert, StreamChanges};

/// Replaces the content of a view's container by what the view has rendered. The server's mistakes come back in words.
pub(super) fn patch(
    old: &[Tree],
    new: Vec<Tree>,
    streams: &[StreamChanges],
    joining: bool,
) -> Result<Vec<Tree>, String> {
    let held = old.iter().flat_map(Tree::descendants);
    let held = held.filter_map(|node| Some((node.id()?, node))).collect();
    let patch = Patch {
        held,
        changes: Changes::of(streams),
        joining,
    };
    new.into_iter().map(|node| patch.node(node)).collect()
}

struct Patch<'p> {
    /// The elements of the page by id.
    held: HashMap<&'p str, &'p Tree>,
    changes: Changes<'p>,
    /// The view has just joined: items that it has not sent again are gone (4.5).
    joining: bool,
}

impl Patch<'_> {
    fn node(&self, new: Tree) -> Result<Tree, String> {
        let held = new.id().and_then(|id| self.held.get(id).copied());
        if new.attr(SESSION).is_some() {
            return Ok(held.map_or(new.clone(), |held| child_view(held, new)));
        }
        match (new.update(), held) {
            (Some("ignore"), Some(held)) => Ok(ignored(held, &new)),
            (Some("stream"), held) => self.stream(new, held),
            _ => self.children(new),
        }
    }

    fn children(&self, mut new: Tree) -> Result<Tree, String> {
        let children = std::mem::take(&mut new.children).into_iter();
        new.children = children
            .map(|child| self.node(child))
            .collect::<Result<_, _>>()?;
        Ok(new)
    }

    fn stream(&self, mut new: Tree, held: Option<&Tree>) -> Result<Tree, String> {
        let Some(id) = new.id().map(str::to_owned) else {
            return Err("an element with phx-update=\"stream\" has no id".to_owned());
        };
        let held = held
            .filter(|_| !self.joining)
            .map_or(&[][..], |held| &held.children);
        let mut items: Vec<Tree> = held
            .iter()
            .filter(|item| self.stays(item))
            .cloned()
            .collect();
        for item in std::mem::take(&mut new.children) {
            if item.element().is_none() {
                continue;
            }
            let Some(item_id) = item.id().map(str::to_owned) else {
                return Err(format!("a child of the stream #{id} has no id"));
            };
            let item = self.node(item)?;
            self.changes.put(&mut items, &item_id, item);
        }
        new.children = items;
        Ok(new)
    }

    fn stays(&self, item: &Tree) -> bool {
        let reset = item
            .attr(STREAM)
            .is_some_and(|stream| self.changes.resets.contains(stream));
        let deleted = item
            .id()
            .is_some_and(|id| self.changes.deletes.contains(id));
        item.id().is_some() && !reset && !deleted
    }
}

/// The page keeps what a child shows: it patches itself. Its tokens stay those of its first rendering (2.3).
fn child_view(held: &Tree, new: Tree) -> Tree {
    let mut kept = Tree {
        children: held.children.clone(),
        ..new
    };
    for name in [SESSION, "data-phx-static"] {
        if let Some(value) = held.attr(name).filter(|value| !value.is_empty()) {
            kept.set_attr(name, value);
        }
    }
    kept
}

/// Of what is to be ignored only the `data-` attributes change (13.2).
fn ignored(held: &Tree, new: &Tree) -> Tree {
    let mut kept = held.clone();
    let attributes = new
        .element()
        .into_iter()
        .flat_map(|element| element.attrs());
    for (name, value) in attributes.filter(|(name, _)| name.starts_with("data-")) {
        kept.set_attr(name, value);
    }
    if let Node::Element(element) = &mut kept.value {
        element
            .attrs
            .retain(|name, _| !name.local.starts_with("data-") || new.attr(&name.local).is_some());
    }
    kept
}

/// The changes of all streams of a diff.
struct Changes<'p> {
    inserts: HashMap<&'p str, (&'p str, Insert)>,
    deletes: HashSet<&'p str>,
    resets: HashSet<&'p str>,
}

impl<'p> Changes<'p> {
    fn of(streams: &'p [StreamChanges]) -> Self {
        let inserts = streams.iter().flat_map(|stream| {
            let inserts = stream.inserts.iter();
            inserts.map(|(id, insert)| (id.as_str(), (stream.reference.as_str(), *insert)))
        });
        let resets = streams.iter().filter(|stream| stream.reset);
        Self {
            inserts: inserts.collect(),
            deletes: streams
                .iter()
                .flat_map(|stream| &stream.deletes)
                .map(String::as_str)
                .collect(),
            resets: resets.map(|stream| stream.reference.as_str()).collect(),
        }
    }

    /// Puts a rendered child among those that stayed.
    fn put(&self, items: &mut Vec<Tree>, id: &str, mut item: Tree) {
        let insert = self.inserts.get(id);
        if let Some((stream, _)) = insert {
            item.set_attr(STREAM, stream);
        }
        if let Some(held) = items.iter_mut().find(|held| held.id() == Some(id)) {
            *held = item;
            return;
        }
        match insert {
            None => items.push(item),
            Some((_, insert)) if insert.update_only => {}
            Some((_, insert)) => {
                items.insert(place(items, insert.at), item);
                limit(items, insert.limit);
            }
        }
    }
}

/// Where an item goes: -1 is the end, in front of whatever is no item and stands there.
fn place(items: &[Tree], at: i64) -> usize {
    if let Ok(at) = usize::try_from(at) {
        return at.min(items.len());
    }
    match items.last() {
        Some(last) if last.attr(STREAM).is_none() => {
            let foreign = items.iter().position(|item| item.attr(STREAM).is_none());
            foreign.unwrap_or(items.len())
        }
        _ => items.len(),
    }
}

/// A positive limit keeps the first children, a negative one the last.
fn limit(items: &mut Vec<Tree>, limit: Option<i64>) {
    let Some(limit) = limit.filter(|limit| *limit != 0) else {
        return;
    };
    let kept = usize::try_from(limit.unsigned_abs()).unwrap_or(usize::MAX);
    if limit > 0 {
        items.truncate(kept);
    } else {
        items.drain(..items.len().saturating_sub(kept));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing::live::dom::Document;

    fn stream(
        inserts: &[(&str, i64, Option<i64>, bool)],
        deletes: &[&str],
        reset: bool,
    ) -> StreamChanges {
        let inserts = inserts.iter().map(|&(id, at, limit, update_only)| {
            (
                id.to_owned(),
                Insert {
                    at,
                    limit,
                    update_only,
                },
            )
        });
        StreamChanges {
            reference: "0".to_owned(),
            inserts: inserts.collect::<BTreeMap<_, _>>(),
            deletes: deletes.iter().map(|&id| id.to_owned()).collect(),
            reset,
        }
    }

    fn list(items: &str) -> String {
        let items = items
            .split_terminator(' ')
            .map(|id| format!("<li id=\"{id}\"></li>"));
        format!(
            "<ul id=\"l\" phx-update=\"stream\">{}</ul>",
            items.collect::<String>()
        )
    }

    /// The ids of the list after each step.
    fn ids<const N: usize>(steps: [(&str, StreamChanges); N]) -> [String; N] {
        let mut page = Vec::new();
        steps.map(|(items, changes)| {
            let new = Tree::parse_fragment(&list(items));
            page = patch(&page, new, &[changes], false).expect("the list is in order");
            let ids = page[0].children.iter().filter_map(Tree::id);
            ids.collect::<Vec<_>>().join(" ")
        })
    }

    // 5.9
    #[test]
    fn items_go_where_they_are_sent() {
        let end = |id| (id, -1, None, false);
        let after = ids([
            ("a b", stream(&[end("a"), end("b")], &[], false)),
            ("c", stream(&[("c", 0, None, false)], &[], false)),
            ("d", stream(&[("d", 1, None, false)], &["a"], false)),
            ("e", stream(&[("e", 99, None, false)], &[], false)),
            ("b", stream(&[("b", -1, None, false)], &[], false)),
            ("b", stream(&[("b", 0, None, false)], &["b"], false)),
            (
                "x c",
                stream(&[("x", -1, None, true), ("c", -1, None, true)], &[], false),
            ),
            ("e z", stream(&[end("e"), end("z")], &[], true)),
        ]);
        let expected = [
            "a b", "c a b", "c d b", "c d b e", "c d b e", "b c d e", "b c d e", "e z",
        ];
        assert_eq!(after, expected);
    }

    // 5.9
    #[test]
    fn a_limit_prunes_the_other_end() {
        let after = ids([
            (
                "a b",
                stream(
                    &[("a", -1, Some(-2), false), ("b", -1, Some(-2), false)],
                    &[],
                    false,
                ),
            ),
            ("c", stream(&[("c", -1, Some(-2), false)], &[], false)),
            ("d", stream(&[("d", 0, Some(2), false)], &[], false)),
        ]);
        assert_eq!(after, ["a b", "b c", "d b"]);
    }

    // 13.2
    #[test]
    fn children_that_are_no_items_stay_behind_the_items() {
        let after = ids([
            ("empty", stream(&[], &[], false)),
            ("empty a", stream(&[("a", -1, None, false)], &[], false)),
            ("empty b", stream(&[("b", -1, None, false)], &[], true)),
        ]);
        assert_eq!(after, ["empty", "a empty", "b empty"]);
    }

    // 4.5
    #[test]
    fn a_join_removes_items_that_are_not_sent_again() {
        let page = Tree::parse_fragment(&list("a b"));
        let changes = [stream(&[("b", -1, None, false)], &[], false)];
        let page = patch(&page, Tree::parse_fragment(&list("b")), &changes, true).expect("a list");
        assert_eq!(page[0].children.len(), 1);
    }

    // 13.2
    #[test]
    fn of_an_ignored_element_only_data_attributes_change() {
        let old = Tree::parse_fragment(
            r#"<div id="i" class="a" data-x="1" data-y="1" phx-update="ignore">old</div>"#,
        );
        let new = Tree::parse_fragment(
            r#"<div id="i" class="b" data-x="2" phx-update="ignore">new</div>"#,
        );
        let page = patch(&old, new, &[], false).expect("nothing is wrong");
        let mut document = Document::parse("<main id=\"m\"></main>");
        document.change("m", |main| main.children = page);
        let expected = r#"<div id="i" class="a" data-x="2" phx-update="ignore">old</div>"#;
        assert_eq!(document.inner_html("m"), expected);
    }

    // 2.3
    #[test]
    fn a_child_view_keeps_its_content_and_its_tokens() {
        let old = Tree::parse_fragment(
            r#"<div id="c" data-phx-session="S" data-phx-static="T">shown</div>"#,
        );
        let new = Tree::parse_fragment(
            r#"<div id="c" data-phx-session="N" data-phx-static="" class="n"></div>"#,
        );
        let page = patch(&old, new, &[], false).expect("nothing is wrong");
        assert_eq!(page[0].children.len(), 1);
        let attributes = ["class", SESSION, "data-phx-static"].map(|name| page[0].attr(name));
        assert_eq!(attributes, [Some("n"), Some("S"), Some("T")]);
    }

    // 13.2
    #[test]
    fn streams_and_their_items_need_ids() {
        let no_id = Tree::parse_fragment(r#"<ul phx-update="stream"></ul>"#);
        assert!(patch(&[], no_id, &[], false).is_err());
        let no_item_id = Tree::parse_fragment(r#"<ul id="l" phx-update="stream"><li></li></ul>"#);
        assert!(patch(&[], no_item_id, &[], false).is_err());
    }
}
