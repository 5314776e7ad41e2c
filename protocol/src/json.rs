//! Finds and checks JSON values in place, without building them.
//!
//! `serde_json` could check as well, but its `IgnoredAny` and `RawValue` neither limit the depth
//! nor refuse lone surrogates, and a value that passes here is relayed to other clients verbatim.

use std::borrow::Cow;

use crate::DecodeError;

mod scanner;

pub(crate) use scanner::{Scanned, Scanner};

/// The deepest nesting of arrays and objects in one JSON value: the deepest that `serde_json`
/// reads back with its default limit. Deeper values are malformed.
pub const DEPTH_MAX: usize = 127;

/// Checks that `text` is one JSON value with nothing but whitespace around it.
pub(crate) fn check(text: &str) -> Result<Scanned<'_>, DecodeError> {
    let mut scanner = Scanner::new(text);
    let value = scanner.value()?;
    scanner.end()?;
    Ok(value)
}

/// Appends `text` as a JSON string.
pub(crate) fn write_str(buffer: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(buffer, text).expect("writing text to a Vec cannot fail");
}

/// The content of a checked JSON string, given with its quotes.
pub(crate) fn unquote(quoted: &str) -> Cow<'_, str> {
    if quoted.contains('\\') {
        Cow::Owned(unescape(quoted))
    } else {
        Cow::Borrowed(&quoted[1..quoted.len() - 1])
    }
}

/// The content of a checked JSON string that has escapes, given with its quotes.
pub(crate) fn unescape(quoted: &str) -> String {
    serde_json::from_str(quoted).expect("the scanner has accepted this string")
}

/// Removes the whitespace between the tokens of a checked JSON value.
pub(crate) fn compact(value: &str) -> String {
    let mut in_string = false;
    let mut escaped = false;
    let keep = |c: &char| {
        let blank = !in_string && matches!(c, ' ' | '\t' | '\n' | '\r');
        in_string ^= *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        !blank
    };
    value.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!("{open}{close}")
    }

    #[test]
    fn nesting_is_accepted_up_to_depth_max() {
        let deepest = nested(DEPTH_MAX);
        assert_eq!(check(&deepest).map(|value| value.text), Ok(&*deepest));
        assert_eq!(check(&nested(DEPTH_MAX + 1)), Err(DecodeError::TooDeep));
        assert!(serde_json::from_str::<serde_json::Value>(&nested(DEPTH_MAX)).is_ok());
        let objects = r#"{"a":"#.repeat(DEPTH_MAX) + "1" + &"}".repeat(DEPTH_MAX);
        assert!(check(&objects).is_ok());
        assert_eq!(check(&format!("[{objects}]")), Err(DecodeError::TooDeep));
    }

    // F-5
    #[test]
    fn lone_surrogates_are_invalid() {
        for text in [
            r#""\ud800""#,
            r#""\udc00""#,
            r#""\ud800\u0041""#,
            r#""\ud800x""#,
            r#""\ud83d\ud83d""#,
        ] {
            assert!(check(text).is_err(), "{text}");
        }
        assert!(check(r#""\ud83d\uDE00""#).is_ok());
    }

    // F-5
    #[test]
    fn integers_of_any_length_pass_and_infinite_fractions_do_not() {
        assert!(check(&"9".repeat(400)).is_ok());
        assert!(check("12345678901234567890123").is_ok());
        assert!(check("1e308").is_ok());
        assert!(check("1e309").is_err());
        assert!(check(&format!("{}.5", "9".repeat(400))).is_err());
    }

    #[test]
    fn agrees_with_serde_json_on_hand_picked_texts() {
        for text in [
            "",
            " ",
            "{}",
            "[]",
            "{ }",
            "[ ]",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{1:2}",
            "nul",
            "null",
            "true",
            "false",
            "tru",
            "-",
            "-0",
            "01",
            "1.",
            ".5",
            "1.5",
            "1e",
            "1e+",
            "1e+5",
            "1E-5",
            "+1",
            "\"",
            "\"a",
            "\"a\"",
            "\"\\",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\\u00e9\"",
            "\"a\nb\"",
            "\"\u{7f}\"",
            "[[],{}]",
            "[1 2]",
            "{\"a\":1 \"b\":2}",
            "[1}",
            "{\"a\":1]",
            " [ 1 , { \"a\" : [ ] } ] ",
            "1 2",
            "[]x",
            "\"01234567\\\"89\"",
            "\"0123456\u{1}789\"",
            "\"wörld wörld wörld\"",
            "[\"\\u0000\"]",
        ] {
            let serde = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(check(text).is_ok(), serde, "{text:?}");
        }
    }

    #[test]
    fn value_stops_at_its_end() {
        let mut scanner = Scanner::new(" {\"a\":[1,2]} , 7");
        assert_eq!(scanner.value().map(|value| value.text), Ok("{\"a\":[1,2]}"));
        assert!(scanner.eat(b','));
        assert_eq!(scanner.value().map(|value| value.text), Ok("7"));
        assert_eq!(scanner.end(), Ok(()));
    }

    #[test]
    fn compacting_leaves_strings_alone() {
        assert_eq!(
            compact("{ \"a b\" : [ 1 ,\n\"c \\\" d\" , \"\\\\\" ] }"),
            r#"{"a b":[1,"c \" d","\\"]}"#
        );
    }
}
