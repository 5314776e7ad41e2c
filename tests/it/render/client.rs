//! What the npm client does with a diff, by the rules 5.2 to 5.10.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

#[derive(Debug, Default)]
pub(super) struct Client {
    tree: Option<Value>,
    components: BTreeMap<u64, Value>,
}

impl Client {
    pub(super) fn merge(&mut self, diff: &Value) {
        let mut diff = resolve(diff);
        let components = diff.as_object_mut().and_then(|diff| diff.remove("c"));
        match &mut self.tree {
            Some(tree) if diff.get("s").is_none() => merge_node(tree, &diff),
            tree => {
                self.components.clear();
                *tree = Some(diff);
            }
        }
        let Some(diffs) = components.as_ref().and_then(Value::as_object) else {
            return;
        };
        let merged: Vec<_> = diffs
            .keys()
            .map(|id| id.parse().expect("the id of a component is a number"))
            .map(|id| (id, self.component(id, diffs)))
            .collect();
        self.components.extend(merged);
    }

    /// The tree of a component after a diff, where the trees of before are still those of before (6.3, 6.4).
    fn component(&self, id: u64, diffs: &Map<String, Value>) -> Value {
        assert!(id > 0, "0 is no component");
        let diff = &diffs[&id.to_string()];
        let mut change = diff.clone();
        let mut tree = match diff.get("s") {
            None => self.held(id).clone(),
            Some(Value::Number(other)) => {
                change
                    .as_object_mut()
                    .expect("a diff is an object")
                    .remove("s");
                self.referred(other.as_i64().expect("a reference is an integer"), diffs)
            }
            Some(_) => {
                assert_eq!(diff["r"], json!(1), "a component is one element");
                return change;
            }
        };
        merge_node(&mut tree, &change);
        tree
    }

    /// The tree that another component takes over.
    fn referred(&self, reference: i64, diffs: &Map<String, Value>) -> Value {
        match u64::try_from(reference) {
            Ok(id) => self.component(id, diffs),
            Err(_) => self.held(reference.unsigned_abs()).clone(),
        }
    }

    fn held(&self, id: u64) -> &Value {
        let held = self.components.get(&id);
        held.unwrap_or_else(|| panic!("component {id} was never sent"))
    }

    /// Removes components, as the client does when the server has deleted them.
    pub(super) fn remove(&mut self, ids: &[u64]) {
        self.components.retain(|id, _| !ids.contains(id));
    }

    pub(super) fn html(&self) -> String {
        let mut html = String::new();
        self.write(
            self.tree
                .as_ref()
                .expect("the first diff is the whole tree"),
            &mut html,
        );
        html
    }

    fn write(&self, node: &Value, html: &mut String) {
        match node {
            Value::String(text) => html.push_str(text),
            Value::Number(id) => {
                let component = id.as_u64().and_then(|id| self.components.get(&id));
                self.write(component.expect("a component in the tree was sent"), html);
            }
            Value::Object(members) if members.contains_key("k") => {
                for position in 0..members["k"]["kc"].as_u64().unwrap() {
                    self.write_statics(&members["s"], &members["k"][position.to_string()], html);
                }
            }
            Value::Object(_) => self.write_statics(&node["s"], node, html),
            other => panic!("{other} is no dynamic"),
        }
    }

    fn write_statics(&self, statics: &Value, dynamics: &Value, html: &mut String) {
        let statics = statics.as_array().expect("a node has statics");
        html.push_str(statics[0].as_str().unwrap());
        for (index, text) in statics[1..].iter().enumerate() {
            self.write(&dynamics[index.to_string()], html);
            html.push_str(text.as_str().unwrap());
        }
    }
}

/// Replaces every integer `s` by its array in the nearest `p` around it, and drops `p`.
pub(super) fn resolve(diff: &Value) -> Value {
    let mut diff = diff.clone();
    let components = diff.as_object_mut().and_then(|diff| diff.remove("c"));
    resolve_node(&mut diff, &json!({}));
    if let Some(mut components) = components {
        for component in components.as_object_mut().into_iter().flatten() {
            resolve_component(component.1);
        }
        diff["c"] = components;
    }
    diff
}

/// A component's own statics are an array or another component's.
fn resolve_component(component: &mut Value) {
    let statics = component
        .as_object_mut()
        .and_then(|component| component.remove("s"));
    resolve_node(component, &json!({}));
    if let Some(statics) = statics {
        component["s"] = statics;
    }
}

fn resolve_node(node: &mut Value, shared: &Value) {
    match node {
        Value::Object(members) => {
            let own = members.remove("p");
            assert!(own.is_none() || *shared == json!({}), "`p` inside `p`");
            let shared = own.as_ref().unwrap_or(shared);
            for (name, member) in members {
                if let ("s", Some(index)) = (name.as_str(), member.as_u64()) {
                    *member = shared[index.to_string()].clone();
                    assert!(member.is_array(), "statics {index} are not in `p`");
                } else {
                    resolve_node(member, shared);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| resolve_node(item, shared)),
        _ => {}
    }
}

fn merge_node(node: &mut Value, diff: &Value) {
    if diff.get("s").is_some() {
        *node = diff.clone();
    } else if let Some(rows) = diff.get("k") {
        merge_rows(&mut node["k"], rows.as_object().unwrap());
    } else {
        let node = node.as_object_mut().unwrap();
        for (index, change) in diff.as_object().unwrap() {
            match node.get_mut(index) {
                Some(held) if held.is_object() && change.is_object() => merge_node(held, change),
                _ => {
                    node.insert(index.clone(), change.clone());
                }
            }
        }
    }
}

fn merge_rows(rows: &mut Value, changes: &Map<String, Value>) {
    let held = rows.clone();
    let count = changes["kc"].as_u64().expect("`kc` is in every `k`");
    for position in (0..count).map(|position| position.to_string()) {
        match changes.get(&position) {
            None => assert!(
                rows.get(&position).is_some(),
                "row {position} was never sent"
            ),
            Some(Value::Number(from)) => {
                assert_eq!(changes["km"], json!(true));
                rows[&position] = held[from.to_string()].clone();
            }
            Some(Value::Array(moved)) => {
                assert_eq!(changes["km"], json!(true));
                rows[&position] = held[moved[0].to_string()].clone();
                merge_node(&mut rows[&position], &moved[1]);
            }
            Some(change) if rows.get(&position).is_some() => {
                merge_node(&mut rows[&position], change);
            }
            Some(row) => rows[&position] = row.clone(),
        }
    }
    rows.as_object_mut().unwrap().retain(|position, _| {
        position
            .parse::<u64>()
            .is_ok_and(|position| position < count)
    });
    rows["kc"] = json!(count);
}
