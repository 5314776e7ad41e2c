//! The components of a diff, which may share the statics of others (6.3, 6.4).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::read::{object, read_root};
use super::{Members, Rendered, Result, Templates, Tree, malformed};
use crate::protocol::live as wire;

impl Rendered {
    pub(super) fn merge_components(&mut self, changes: &Members) -> Result<()> {
        let mut sharing = Sharing {
            changes,
            held: &self.components,
            merged: BTreeMap::new(),
            under_way: BTreeSet::new(),
        };
        for cid in changes.keys() {
            match cid.parse() {
                Ok(cid @ 1..) => sharing.merge(cid)?,
                _ => return malformed(format!("{cid:?} is no component")),
            }
        }
        let merged = sharing.merged;
        self.components.extend(merged);
        Ok(())
    }
}

struct Sharing<'m> {
    changes: &'m Members,
    /// The components as they were before this message.
    held: &'m BTreeMap<u64, Tree>,
    merged: BTreeMap<u64, Tree>,
    /// Those whose statics are being looked for.
    under_way: BTreeSet<u64>,
}

impl Sharing<'_> {
    fn merge(&mut self, cid: u64) -> Result<()> {
        if self.merged.contains_key(&cid) {
            return Ok(());
        }
        if !self.under_way.insert(cid) {
            return malformed(format!("component {cid} shares its own statics"));
        }
        let Some(change) = self.changes.get(&cid.to_string()) else {
            return malformed(format!("component {cid} is not in this message"));
        };
        let tree = self.tree(cid, object(Some(change.clone()))?)?;
        if !tree.is_element {
            return malformed(format!("component {cid} is not marked as one element"));
        }
        self.merged.insert(cid, tree);
        Ok(())
    }

    fn tree(&mut self, cid: u64, mut change: Members) -> Result<Tree> {
        // What the view's tree shares is out of a component's reach (5.4).
        let templates = Templates::new();
        let base = match change.get(wire::STATICS) {
            Some(Value::Number(other)) => self.shared(other.as_i64())?,
            Some(_) => return Tree::read(change, &templates),
            None => self.held_by(cid)?,
        };
        change.remove(wire::STATICS);
        read_root(change.remove(wire::ROOT))?;
        let mut tree = base;
        tree.merge(change, &templates)?;
        Ok(tree)
    }

    /// A component of this message by a positive number, one held before by a negative.
    fn shared(&mut self, other: Option<i64>) -> Result<Tree> {
        match other {
            Some(other @ 1..) => {
                let other = other.unsigned_abs();
                self.merge(other)?;
                Ok(self.merged[&other].clone())
            }
            Some(other @ ..=-1) => self.held_by(other.unsigned_abs()),
            _ => malformed("there is no component 0 to share with"),
        }
    }

    fn held_by(&self, cid: u64) -> Result<Tree> {
        match self.held.get(&cid) {
            Some(tree) => Ok(tree.clone()),
            None => malformed(format!("the page does not hold component {cid}")),
        }
    }
}
