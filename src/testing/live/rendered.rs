//! What a page holds of one view: the tree that diffs change, as `Rendered` of the npm client (liveview-wire 5).
//!
//! It is stricter than the client: whatever would print garbage or break there is an error here, so that a test fails
//! at the diff that is wrong.

mod components;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::protocol::live as wire;

/// The members of a JSON object of a diff.
type Members = Map<String, Value>;
type Statics = Arc<[String]>;
/// The static parts that one message shares (5.4).
type Templates = BTreeMap<usize, Statics>;
type Result<T> = std::result::Result<T, MalformedDiff>;

/// The tree of a view and those of its components.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    root: Option<Tree>,
    components: BTreeMap<u64, Tree>,
}

/// A template with what stands between its static parts.
#[derive(Clone, Debug)]
struct Tree {
    statics: Statics,
    /// The template is exactly one element (5.5).
    is_element: bool,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    /// One dynamic fewer than there are statics.
    Once(Vec<Dynamic>),
    /// The entries of a comprehension, each with the dynamics of all the statics.
    Keyed {
        entries: Vec<Vec<Dynamic>>,
        stream: Option<StreamChanges>,
    },
}

#[derive(Clone, Debug)]
enum Dynamic {
    Html(String),
    Component(u64),
    Tree(Tree),
}

/// What a diff says about a stream (5.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StreamChanges {
    pub(super) reference: String,
    pub(super) inserts: BTreeMap<String, Insert>,
    pub(super) deletes: Vec<String>,
    pub(super) reset: bool,
}

/// Where an item of a stream goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Insert {
    pub(super) at: i64,
    pub(super) limit: Option<i64>,
    pub(super) update_only: bool,
}

/// The server sent a diff that a browser could not apply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MalformedDiff(String);

impl fmt::Display for MalformedDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn malformed<T>(what: impl Into<String>) -> Result<T> {
    Err(MalformedDiff(what.into()))
}

impl Rendered {
    /// Takes over a diff without its events, reply and title (5.10).
    pub(super) fn merge(&mut self, mut diff: Members) -> Result<()> {
        let components = read::object(diff.remove(wire::COMPONENTS))?;
        let templates = read::templates(diff.remove(wire::TEMPLATES))?;
        if diff.contains_key(wire::STATICS) {
            // A new root template: what was known of the components goes with the old one (5.7).
            self.components.clear();
            self.root = Some(Tree::read(diff, &templates)?);
        } else if !diff.is_empty() {
            let Some(root) = &mut self.root else {
                return malformed("the first diff has no statics");
            };
            root.merge(diff, &templates)?;
        }
        self.merge_components(&components)
    }

    /// The ids of the components that the page holds.
    pub(super) fn component_ids(&self) -> impl Iterator<Item = u64> {
        self.components.keys().copied()
    }

    /// Forgets components that the server has destroyed (6.5).
    pub(super) fn prune(&mut self, cids: &[u64]) {
        self.components.retain(|cid, _| !cids.contains(cid));
    }
}

impl Tree {
    fn merge(&mut self, mut change: Members, templates: &Templates) -> Result<()> {
        match &mut self.content {
            Content::Once(dynamics) => {
                if change.contains_key(wire::KEYED) {
                    return malformed("entries come for what is no comprehension");
                }
                merge_dynamics(dynamics, change, templates)
            }
            Content::Keyed { entries, stream } => {
                let own = change.remove(wire::TEMPLATES);
                let templates = read::own_templates(own, templates)?;
                *stream = change
                    .remove(wire::STREAM)
                    .map(read::stream_changes)
                    .transpose()?;
                let dynamics = self.statics.len() - 1;
                let keyed = read::object(change.remove(wire::KEYED))?;
                *entries = read::merge_entries(entries, keyed, dynamics, &templates)?;
                read::nothing_left(&change)
            }
        }
    }
}

fn merge_dynamics(dynamics: &mut [Dynamic], changes: Members, templates: &Templates) -> Result<()> {
    for (place, change) in changes {
        let dynamic = place
            .parse()
            .ok()
            .and_then(|place: usize| dynamics.get_mut(place));
        match dynamic {
            Some(dynamic) => dynamic.merge(change, templates)?,
            None => return malformed(format!("a change has the unknown place {place:?}")),
        }
    }
    Ok(())
}

impl Dynamic {
    fn merge(&mut self, change: Value, templates: &Templates) -> Result<()> {
        match (change, &mut *self) {
            (Value::Object(change), Self::Tree(tree)) if !change.contains_key(wire::STATICS) => {
                tree.merge(change, templates)
            }
            (change, dynamic) => {
                *dynamic = Self::read(change, templates)?;
                Ok(())
            }
        }
    }
}
