//! Reading the parts of a diff.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    Content, Dynamic, Insert, Members, Result, Statics, StreamChanges, Templates, Tree, malformed,
};
use crate::protocol::live as wire;

impl Tree {
    /// A tree that is sent whole (5.2, 5.8).
    pub(super) fn read(mut tree: Members, templates: &Templates) -> Result<Self> {
        let Some(statics) = tree.remove(wire::STATICS) else {
            return malformed(format!("a tree has no statics: {tree:?}"));
        };
        let statics = read_statics(statics, templates)?;
        let is_element = read_root(tree.remove(wire::ROOT))?;
        let content = if tree.contains_key(wire::KEYED) {
            read_keyed(tree, statics.len() - 1, templates)?
        } else {
            Content::Once(read_dynamics(tree, statics.len() - 1, templates)?)
        };
        Ok(Self {
            statics,
            is_element,
            content,
        })
    }
}

impl Dynamic {
    pub(super) fn read(dynamic: Value, templates: &Templates) -> Result<Self> {
        match dynamic {
            Value::String(html) => Ok(Self::Html(html)),
            Value::Number(cid) => match cid.as_u64() {
                Some(cid @ 1..) => Ok(Self::Component(cid)),
                _ => malformed(format!("{cid} is no component")),
            },
            Value::Object(tree) => Tree::read(tree, templates).map(Self::Tree),
            other => malformed(format!("{other} stands where text or a tree is due")),
        }
    }
}

fn read_statics(statics: Value, templates: &Templates) -> Result<Statics> {
    match statics {
        Value::Array(parts) => read_parts(parts),
        Value::Number(index) => {
            let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
            match index.and_then(|index| templates.get(&index)) {
                Some(statics) => Ok(statics.clone()),
                None => malformed(format!("there is no template {index:?} in this message")),
            }
        }
        other => malformed(format!("{other} is no list of statics")),
    }
}

fn read_parts(parts: Vec<Value>) -> Result<Statics> {
    if parts.is_empty() {
        return malformed("a list of statics is empty");
    }
    let parts = parts.into_iter().map(|part| match part {
        Value::String(part) => Ok(part),
        other => malformed(format!("{other} is no static part")),
    });
    parts.collect()
}

/// Whether the template is exactly one element.
pub(super) fn read_root(root: Option<Value>) -> Result<bool> {
    match root {
        None => Ok(false),
        Some(root) if root == 1 => Ok(true),
        Some(other) => malformed(format!("{other} is no root flag")),
    }
}

fn read_dynamics(
    mut members: Members,
    count: usize,
    templates: &Templates,
) -> Result<Vec<Dynamic>> {
    let dynamics = (0..count).map(|place| match members.remove(&place.to_string()) {
        Some(dynamic) => Dynamic::read(dynamic, templates),
        None => malformed(format!("the dynamic {place} of a new tree is missing")),
    });
    let dynamics = dynamics.collect::<Result<_>>()?;
    nothing_left(&members)?;
    Ok(dynamics)
}

fn read_keyed(mut tree: Members, dynamics: usize, templates: &Templates) -> Result<Content> {
    let templates = own_templates(tree.remove(wire::TEMPLATES), templates)?;
    let stream = tree.remove(wire::STREAM).map(stream_changes).transpose()?;
    let keyed = object(tree.remove(wire::KEYED))?;
    nothing_left(&tree)?;
    Ok(Content::Keyed {
        entries: merge_entries(&[], keyed, dynamics, &templates)?,
        stream,
    })
}

/// The entries after a change (5.8).
pub(super) fn merge_entries(
    old: &[Vec<Dynamic>],
    mut keyed: Members,
    dynamics: usize,
    templates: &Templates,
) -> Result<Vec<Vec<Dynamic>>> {
    let Some(count) = keyed.remove(wire::KEYED_COUNT).and_then(|kc| kc.as_u64()) else {
        return malformed("a comprehension does not say how many entries it has");
    };
    let moved = keyed.remove(wire::KEYED_MOVED) == Some(Value::Bool(true));
    let held = |place: usize| match old.get(place) {
        Some(entry) => Ok(entry.clone()),
        None => malformed(format!("there is no entry {place} to keep")),
    };
    let from = |place: &Value| match place.as_u64().and_then(|place| usize::try_from(place).ok()) {
        Some(place) if moved => held(place),
        Some(_) => malformed("entries move in a comprehension that does not say so"),
        None => malformed(format!("{place} is no entry")),
    };
    let mut entries = Vec::new();
    for place in 0..usize::try_from(count).unwrap_or(usize::MAX) {
        entries.push(match keyed.remove(&place.to_string()) {
            None => held(place)?,
            Some(Value::Object(change)) => match old.get(place) {
                Some(entry) => changed(entry.clone(), change, templates)?,
                None => read_dynamics(change, dynamics, templates)?,
            },
            Some(Value::Array(pair)) => match <[Value; 2]>::try_from(pair) {
                Ok([place, Value::Object(change)]) => changed(from(&place)?, change, templates)?,
                _ => return malformed("a moved entry is a place and a change"),
            },
            Some(place) => from(&place)?,
        });
    }
    nothing_left(&keyed)?;
    Ok(entries)
}

fn changed(
    mut entry: Vec<Dynamic>,
    change: Members,
    templates: &Templates,
) -> Result<Vec<Dynamic>> {
    super::merge_dynamics(&mut entry, change, templates)?;
    Ok(entry)
}

/// The `stream` member of a comprehension (5.9).
pub(super) fn stream_changes(stream: Value) -> Result<StreamChanges> {
    type Inserts = Vec<(String, i64, Option<i64>, Option<bool>)>;
    type Parts = (String, Inserts, Vec<String>);
    let Value::Array(mut parts) = stream else {
        return malformed("a stream is no list");
    };
    let reset = match parts.len() {
        3 => false,
        // The client tests only whether it is there.
        4 if parts.pop() == Some(Value::Bool(true)) => true,
        _ => return malformed("the fourth part of a stream is absent or true"),
    };
    let (reference, inserts, deletes): Parts = match serde_json::from_value(Value::Array(parts)) {
        Ok(parts) => parts,
        Err(cause) => return malformed(format!("a stream is not readable: {cause}")),
    };
    let inserts = inserts.into_iter().map(|(id, at, limit, update_only)| {
        let insert = Insert {
            at,
            limit,
            update_only: update_only.unwrap_or(false),
        };
        (id, insert)
    });
    Ok(StreamChanges {
        reference,
        inserts: inserts.collect(),
        deletes,
        reset,
    })
}

pub(super) fn templates(templates: Option<Value>) -> Result<Templates> {
    let read = |(index, statics): (String, Value)| match (index.parse(), statics) {
        (Ok(index), Value::Array(parts)) => Ok((index, read_parts(parts)?)),
        (_, statics) => malformed(format!("{index:?} is no template: {statics}")),
    };
    object(templates)?.into_iter().map(read).collect()
}

/// The templates of a comprehension: its own, or those around it, but never both (5.4).
pub(super) fn own_templates<'t>(
    own: Option<Value>,
    around: &'t Templates,
) -> Result<Cow<'t, Templates>> {
    match own {
        None => Ok(Cow::Borrowed(around)),
        Some(_) if !around.is_empty() => malformed("templates stand inside of templates"),
        own => Ok(Cow::Owned(templates(own)?)),
    }
}

/// An object that may be missing.
pub(super) fn object(value: Option<Value>) -> Result<Members> {
    match value {
        None => Ok(Members::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(other) => malformed(format!("{other} is no object")),
    }
}

pub(super) fn nothing_left(members: &Members) -> Result<()> {
    match members.keys().next() {
        None => Ok(()),
        Some(name) => malformed(format!("nobody knows the member {name:?}")),
    }
}
