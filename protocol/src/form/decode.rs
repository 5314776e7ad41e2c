//! From url-encoded text to the tree.

use std::borrow::Cow;
use std::collections::HashMap;
use std::iter;

use percent_encoding::percent_decode_str;

use super::{Bounds, FormError, Param, Params};

/// Splits the name of a form field into the path of its value: LiveView's `_target`.
///
/// ```
/// use bennu_protocol::form::target_path;
///
/// assert_eq!(target_path("user[email]"), ["user", "email"]);
/// assert_eq!(target_path("tags[]"), ["tags"]);
/// ```
#[must_use]
pub fn target_path(name: &str) -> Vec<String> {
    let (first, path) = path_of(name);
    let named = path.filter(|segment| !segment.is_empty());
    iter::once(first).chain(named).map(str::to_owned).collect()
}

pub(super) fn decode(text: &str, bounds: Bounds) -> Result<Params, FormError> {
    let mut tree = Tree::default();
    let mut segments = 0;
    for (index, pair) in text.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        if index == bounds.pairs_max {
            return Err(FormError::TooManyPairs {
                pairs_max: bounds.pairs_max,
            });
        }
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (unescape(key)?, unescape(value)?);
        let (first, path) = path_of(&key);
        let path: Vec<&str> = iter::once(first)
            .chain(path)
            .take(1 + bounds.depth_max)
            .collect();
        check_segments(path.len(), &mut segments, bounds)?;
        tree.insert(&path, value.into_owned());
    }
    Ok(tree.into_params())
}

fn check_segments(count: usize, total: &mut usize, bounds: Bounds) -> Result<(), FormError> {
    *total += count;
    if count > bounds.depth_max {
        return Err(FormError::TooDeep {
            depth_max: bounds.depth_max,
        });
    }
    if *total > bounds.segments_max {
        return Err(FormError::TooManySegments {
            segments_max: bounds.segments_max,
        });
    }
    Ok(())
}

fn unescape(text: &str) -> Result<Cow<'_, str>, FormError> {
    if !text.contains(['+', '%']) {
        return Ok(Cow::Borrowed(text));
    }
    let spaced = text.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(text) => Ok(Cow::Owned(text.into_owned())),
        Err(_) => Err(FormError::InvalidUtf8),
    }
}

/// Splits `a[b][c]` into `a` and `b`, `c`. Only a closing bracket at the end and an opening one
/// after the start make a path.
fn path_of(key: &str) -> (&str, impl Iterator<Item = &str>) {
    let path = key.strip_suffix(']').and_then(|open| open.split_once('['));
    let (first, rest) = match path {
        Some((first, rest)) if !first.is_empty() => (first, Some(rest)),
        _ => (key, None),
    };
    (first, rest.into_iter().flat_map(|rest| rest.split("][")))
}

/// All pairs as they came; whether a node is a list or a map shows at the end.
struct Tree {
    /// The root is the first.
    nodes: Vec<Node>,
    /// Where each node's child of a name is. Equal paths share one node.
    children: HashMap<(usize, String), usize>,
}

/// Values by name, the empty name being that of list elements.
type Node = Vec<(String, Value)>;

enum Value {
    Text(String),
    Node(usize),
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            nodes: vec![Node::new()],
            children: HashMap::new(),
        }
    }
}

impl Tree {
    fn insert(&mut self, path: &[&str], value: String) {
        let (last, parents) = path.split_last().expect("a key has at least one segment");
        let node = parents.iter().fold(0, |node, name| self.child(node, name));
        self.nodes[node].push(((*last).to_owned(), Value::Text(value)));
    }

    /// The node of a name, which keeps its first place among its parent's values.
    fn child(&mut self, parent: usize, name: &str) -> usize {
        let next = self.nodes.len();
        let child = *self
            .children
            .entry((parent, name.to_owned()))
            .or_insert(next);
        if child == next {
            self.nodes.push(Node::new());
            self.nodes[parent].push((name.to_owned(), Value::Node(child)));
        }
        child
    }

    fn into_params(mut self) -> Params {
        let root = std::mem::take(&mut self.nodes[0]);
        self.params(root)
    }

    /// The last value decides: without a name the node is a list of all such, else a map.
    fn param(&mut self, value: Value) -> Param {
        let node = match value {
            Value::Text(text) => return Param::Text(text),
            Value::Node(index) => std::mem::take(&mut self.nodes[index]),
        };
        if node.last().is_some_and(|(name, _)| name.is_empty()) {
            let elements = node.into_iter().filter(|(name, _)| name.is_empty());
            return Param::List(elements.map(|(_, value)| self.param(value)).collect());
        }
        let named = node.into_iter().filter(|(name, _)| !name.is_empty());
        Param::Map(self.params(named))
    }

    fn params(&mut self, node: impl IntoIterator<Item = (String, Value)>) -> Params {
        Params(
            node.into_iter()
                .map(|(name, value)| (name, self.param(value)))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        serde_json::to_string(&Params::decode(text).unwrap()).unwrap()
    }

    // P-1, liveview 7.3
    #[test]
    fn pairs_nest_as_in_plug() {
        for (text, expected) in [
            ("", "{}"),
            ("a=1&b=2", r#"{"a":"1","b":"2"}"#),
            ("b=2&a=1&b=3", r#"{"b":"3","a":"1"}"#),
            ("a[]=1&a[]=2", r#"{"a":["1","2"]}"#),
            ("b[0]=x&b[1]=y", r#"{"b":{"0":"x","1":"y"}}"#),
            ("f[g][h]=1&f[g][i]=2", r#"{"f":{"g":{"h":"1","i":"2"}}}"#),
            ("a[][b]=1&a[][b]=2&a[][c]=3", r#"{"a":[{"b":"2","c":"3"}]}"#),
            ("a[][][]=1", r#"{"a":[[["1"]]]}"#),
            ("a[b][]=1&a[b][]=2", r#"{"a":{"b":["1","2"]}}"#),
            ("key", r#"{"key":""}"#),
            ("key=", r#"{"key":""}"#),
            ("&&a=1&&", r#"{"a":"1"}"#),
            ("a=b=c", r#"{"a":"b=c"}"#),
            ("a=1+2%2B3", r#"{"a":"1 2+3"}"#),
            ("a=%zz%4", r#"{"a":"%zz%4"}"#),
            (
                "user%5Bname%5D=Jos%C3%A9+%26",
                r#"{"user":{"name":"José &"}}"#,
            ),
            ("a[b=1&a]=2&[a]=3", r#"{"a[b":"1","a]":"2","[a]":"3"}"#),
            ("a[b]c]=1", r#"{"a":{"b]c":"1"}}"#),
            ("=1", r#"{"":"1"}"#),
        ] {
            assert_eq!(json(text), expected, "{text}");
        }
    }

    #[test]
    fn where_shapes_conflict_the_later_one_wins() {
        assert_eq!(json("a=1&a[b]=2"), r#"{"a":{"b":"2"}}"#);
        assert_eq!(json("a[b]=2&a=1"), r#"{"a":"1"}"#);
        assert_eq!(json("a[b]=2&a[]=1"), r#"{"a":["1"]}"#);
        assert_eq!(json("a[]=1&a[b]=2"), r#"{"a":{"b":"2"}}"#);
        assert_eq!(json("a[b]=1&a[]=2&a[c]=3"), r#"{"a":{"b":"1","c":"3"}}"#);
    }

    // P-1
    #[test]
    fn what_is_not_utf8_is_refused() {
        assert_eq!(Params::decode("a=%FF"), Err(FormError::InvalidUtf8));
        assert_eq!(Params::decode("%C3=1"), Err(FormError::InvalidUtf8));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("a{}=1", "[b]".repeat(depth - 1));
        assert!(Params::decode(&nested(32)).is_ok());
        assert_eq!(
            Params::decode(&nested(33)),
            Err(FormError::TooDeep { depth_max: 32 })
        );
    }

    #[test]
    fn pairs_are_bounded() {
        let pairs = |count: usize| "a[]=1&".repeat(count);
        assert!(Params::decode(&pairs(10_000)).is_ok());
        assert_eq!(
            Params::decode(&pairs(10_001)),
            Err(FormError::TooManyPairs { pairs_max: 10_000 })
        );
    }

    #[test]
    fn segments_are_bounded() {
        let keys = |count: usize| format!("a{}=1&", "[b]".repeat(19)).repeat(count);
        assert!(Params::decode(&keys(2_000)).is_ok());
        assert_eq!(
            Params::decode(&format!("{}a=1", keys(2_000))),
            Err(FormError::TooManySegments {
                segments_max: 40_000
            })
        );
    }

    // liveview 7.3
    #[test]
    fn targets_become_paths() {
        for (name, path) in [
            ("user[email]", vec!["user", "email"]),
            ("tags[]", vec!["tags"]),
            ("rows[0][tags][]", vec!["rows", "0", "tags"]),
            ("undefined", vec!["undefined"]),
            ("", vec![""]),
        ] {
            assert_eq!(target_path(name), path, "{name}");
        }
    }
}
