//! What is known of a template's constant part: whether it is one element, and its JSON.

use crate::tree::Node;

/// Whether a template is exactly one element, so that the client may treat it as a whole.
pub(super) fn is_one_element(nodes: &[Node]) -> bool {
    let mut elements = 0;
    let others_invisible = nodes.iter().all(|node| match node {
        Node::Element(element) => {
            elements += 1;
            !element.directives.any()
        }
        Node::Text(html) => is_comments(html),
        Node::Expression(_) | Node::Component(_) | Node::Slot(_) => false,
    });
    others_invisible && elements == 1
}

fn is_comments(html: &str) -> bool {
    let mut rest = html.trim();
    while let Some(comment) = rest.strip_prefix("<!--") {
        let Some((_, after)) = comment.split_once("-->") else {
            return false;
        };
        rest = after.trim_start();
    }
    rest.is_empty()
}

pub(super) fn json_array(statics: &[String]) -> String {
    let strings: Vec<String> = statics.iter().map(|text| json_string(text)).collect();
    format!("[{}]", strings.join(","))
}

fn json_string(text: &str) -> String {
    use std::fmt::Write as _;
    let mut json = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(c));
            }
            c => json.push(c),
        }
    }
    json.push('"');
    json
}
