//! Styles, which apply to the elements of their template alone unless they are global.

use syn::Result;

use super::{Asset, Kind, Tag, content};
use crate::compiler::{ROOT_TAG_ATTRIBUTE, ROOT_TAG_ATTRIBUTE_ENABLED};
use crate::tree::{Node, Value};

/// A style for the stylesheet of the program.
pub(super) fn style(tag: Tag<'_>, children: &[Node]) -> Result<Asset> {
    tag.has_only(&["global", "lower-bound"])?;
    let rules = rules(tag, children)?;
    if tag.has("global") {
        return match tag.attribute("lower-bound") {
            Some(_) => Err(tag.error("a global style applies everywhere: it has no `lower-bound`")),
            None => Ok(tag.asset(Kind::Style(None), rules.to_owned())),
        };
    }
    if !ROOT_TAG_ATTRIBUTE_ENABLED {
        return Err(tag.error(
            "a style of its own component needs to see where others begin: enable the feature `root-tag-attribute` of `bennu`, or write `global`",
        ));
    }
    let inclusive = is_inclusive(tag)?;
    let scope = format!("phx-css-{:016x}", fnv_1a(rules, inclusive));
    let children = if inclusive { " > *" } else { "" };
    let scoped =
        format!("@scope ([{scope}]) to ([{ROOT_TAG_ATTRIBUTE}]{children}) {{\n{rules}\n}}");
    Ok(tag.asset(Kind::Style(Some(scope)), scoped))
}

/// Whether the style reaches the outermost tags of the components in its template.
fn is_inclusive(tag: Tag<'_>) -> Result<bool> {
    match tag.attribute("lower-bound") {
        None => Ok(false),
        Some(Value::Text(bound, _)) if bound == "exclusive" => Ok(false),
        Some(Value::Text(bound, _)) if bound == "inclusive" => Ok(true),
        Some(_) => Err(tag.error("`lower-bound` is \"inclusive\" or \"exclusive\"")),
    }
}

/// Rules that can stand among those of others.
fn rules<'t>(tag: Tag<'_>, children: &'t [Node]) -> Result<&'t str> {
    let Some(rules) = content(children).filter(|rules| !rules.starts_with('{')) else {
        return Err(tag.error(
            "a colocated style holds rules: `.name { ... }`; nothing in them can change while the program runs",
        ));
    };
    if !is_balanced(rules) {
        return Err(tag.error("the braces, quotes and comments of this style do not close"));
    }
    if rules.contains("@import") || rules.contains("@charset") {
        return Err(tag.error("`@import` and `@charset` stand at the beginning of a stylesheet, and this is put among others"));
    }
    Ok(rules)
}

/// Whether what follows these rules is read as if they were not there.
fn is_balanced(rules: &str) -> bool {
    let mut rest = rules;
    let mut open = Vec::new();
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let behind = match c {
            '"' | '\'' => behind_quote(after, c),
            '\\' => Some(behind_first(after)),
            '/' if after.starts_with('*') => after[1..].split_once("*/").map(|(_, behind)| behind),
            '{' | '(' | '[' => {
                open.push(c);
                Some(after)
            }
            '}' | ')' | ']' => closes(open.pop(), c).then_some(after),
            _ => Some(after),
        };
        let Some(behind) = behind else {
            return false;
        };
        rest = behind;
    }
    open.is_empty()
}

fn behind_first(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}

fn behind_quote(text: &str, quote: char) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return None,
            c if c == quote => return Some(&text[at + 1..]),
            _ => {}
        }
    }
    None
}

fn closes(open: Option<char>, close: char) -> bool {
    matches!(
        (open, close),
        (Some('{'), '}') | (Some('('), ')') | (Some('['), ']')
    )
}

/// The same number for the same rules wherever they are compiled.
fn fnv_1a(rules: &str, inclusive: bool) -> u64 {
    let bytes = rules.bytes().chain([u8::from(inclusive)]);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::is_balanced;

    #[test]
    fn what_closes_is_told_from_what_does_not() {
        for (rules, balanced) in [
            ("", true),
            (".a { color: red }", true),
            (".a:is(.b, [c]) { }", true),
            ("/* } ' */ .a { content: '}'; content: \"\\\"}\" }", true),
            ("\\{ .a { }", true),
            (".a { ", false),
            (".a } ", false),
            (".a { color: (red } )", false),
            ("/* .a { }", false),
            (".a { content: '}", false),
            (".a { content: '\n' }", false),
            ("\\", true),
            ("\\é { ", false),
        ] {
            assert_eq!(is_balanced(rules), balanced, "{rules}");
        }
    }
}
