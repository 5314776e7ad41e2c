use serde_json::{Value, json};

use super::{MalformedDiff, Rendered};

/// Merges diffs and gives the HTML after each, without the client's own attributes.
fn steps<const N: usize>(diffs: [Value; N]) -> [Result<String, String>; N] {
    let mut rendered = Rendered::default();
    diffs.map(|diff| apply(&mut rendered, diff).map_err(|malformed| malformed.to_string()))
}

fn apply(rendered: &mut Rendered, diff: Value) -> Result<String, MalformedDiff> {
    let Value::Object(diff) = diff else {
        panic!("a diff is an object: {diff}");
    };
    rendered.merge(diff)?;
    let (mut html, _) = rendered.take_html("v")?;
    for cid in 1..5 {
        html = html.replace(
            &format!(r#" data-phx-component="{cid}" data-phx-view="v""#),
            "",
        );
    }
    Ok(html)
}

fn all<const N: usize>(diffs: [Value; N]) -> [String; N] {
    steps(diffs).map(|html| html.expect("the diff is well-formed"))
}

fn refused<const N: usize>(diffs: [Value; N]) -> String {
    let [.., last] = &steps(diffs)[..] else {
        panic!("there are no steps");
    };
    last.clone().expect_err("the last diff is malformed")
}

// 5.4
#[test]
fn statics_come_from_the_message_or_inline() {
    let html = all([
        json!({"0": "Oslo", "1": "4 C", "s": 0, "p": {"0": ["<p>", ": ", "</p>"]}}),
        json!({"1": "5 C"}),
        json!({"0": "x", "s": ["<b>", "</b>"]}),
    ]);
    assert_eq!(html, ["<p>Oslo: 4 C</p>", "<p>Oslo: 5 C</p>", "<b>x</b>"]);
}

// 5.6
#[test]
fn a_branch_replaces_the_other_and_changes_in_place() {
    let html = all([
        json!({"0": "", "s": 0, "p": {"0": ["<main>", "</main>"]}}),
        json!({"0": {"0": "hi", "s": 0}, "p": {"0": ["<b>", "</b>"]}}),
        json!({"0": {"0": "ho"}}),
        json!({"0": {"0": "x", "1": "y", "s": 0}, "p": {"0": ["<i>", "-", "</i>"]}}),
        json!({"0": ""}),
    ]);
    let expected = ["", "<b>hi</b>", "<b>ho</b>", "<i>x-y</i>", ""];
    assert_eq!(html, expected.map(|inner| format!("<main>{inner}</main>")));
}

// 5.8
#[test]
fn entries_change_move_go_and_come() {
    let html = all([
        json!({"0": {"s": 1, "k": {"0": {"0": "ant"}, "1": {"0": "bee"}, "2": {"0": "cat"}, "kc": 3}},
            "s": 0, "p": {"0": ["<ul>", "</ul>"], "1": ["<li>", "</li>"]}}),
        json!({"0": {"k": {"1": {"0": "BEE"}, "kc": 3}}}),
        json!({"0": {"k": {"0": 2, "2": 0, "kc": 3, "km": true}}}),
        json!({"0": {"k": {"0": [1, {"0": "wasp"}], "1": {"0": "dog"}, "kc": 2, "km": true}}}),
        json!({"0": {"k": {"kc": 0}}}),
        json!({"0": {"k": {"0": {"0": "eel"}, "kc": 1}}}),
    ]);
    let expected = [
        "<li>ant</li><li>bee</li><li>cat</li>",
        "<li>ant</li><li>BEE</li><li>cat</li>",
        "<li>cat</li><li>BEE</li><li>ant</li>",
        "<li>wasp</li><li>dog</li>",
        "",
        "<li>eel</li>",
    ];
    assert_eq!(html, expected.map(|inner| format!("<ul>{inner}</ul>")));
}

// 5.8
#[test]
fn a_tree_inside_an_entry_may_come_later() {
    let html = all([
        json!({"0": {"s": 2, "k": {"0": {"0": "a", "1": {"0": "!", "s": 1}}, "1": {"0": "b", "1": ""}, "kc": 2}},
            "s": 0, "p": {"0": ["<ol>", "</ol>"], "1": ["<em>", "</em>"], "2": ["<li>", " ", "</li>"]}}),
        json!({"0": {"k": {"1": {"1": {"0": "?", "s": 0}}, "kc": 2}}, "p": {"0": ["<em>", "</em>"]}}),
    ]);
    assert_eq!(html[0], "<ol><li>a <em>!</em></li><li>b </li></ol>");
    assert_eq!(
        html[1],
        "<ol><li>a <em>!</em></li><li>b <em>?</em></li></ol>"
    );
}

// 6.3, 6.4
#[test]
fn components_share_statics_of_this_message_and_of_the_past() {
    let html = all([
        json!({"0": {"s": 1, "k": {"0": {"0": 1}, "1": {"0": 2}, "kc": 2}}, "s": 0,
            "p": {"0": ["<ul>", "</ul>"], "1": ["", ""]},
            "c": {"1": {"0": "red", "1": "5", "s": ["<li>", " x", "</li>"], "r": 1},
                "2": {"0": "blue", "1": "7", "s": 1}}}),
        json!({"c": {"2": {"1": "8"}}}),
        json!({"0": {"k": {"2": {"0": 3}, "kc": 3}}, "c": {"3": {"0": "green", "1": "1", "s": -1}}}),
    ]);
    assert_eq!(html[0], "<ul><li>red x5</li><li>blue x7</li></ul>");
    assert_eq!(html[1], "<ul><li>red x5</li><li>blue x8</li></ul>");
    assert_eq!(
        html[2],
        "<ul><li>red x5</li><li>blue x8</li><li>green x1</li></ul>"
    );
}

// 6.3
#[test]
fn a_component_that_shares_may_have_another_branch() {
    let html = all([
        json!({"0": 1, "s": 0, "p": {"0": ["<div>", "</div>"]},
            "c": {"1": {"0": {"0": "on", "s": ["<b>", "</b>"]}, "s": ["<p>", "</p>"], "r": 1}}}),
        json!({"0": 2, "c": {"2": {"0": {"0": "off", "s": ["<i>", "</i>"]}, "s": -1}}}),
    ]);
    assert_eq!(
        html,
        [
            "<div><p><b>on</b></p></div>",
            "<div><p><i>off</i></p></div>"
        ]
    );
}

// 6.2
#[test]
fn components_are_marked_behind_spaces_and_comments() {
    let mut rendered = Rendered::default();
    let diff =
        json!({"0": 1, "s": ["", ""], "c": {"1": {"s": ["\n<!-- a > b --> <hr/>"], "r": 1}}});
    let Value::Object(diff) = diff else { return };
    rendered.merge(diff).expect("the diff is well-formed");
    let (html, _) = rendered.take_html("v").expect("the component was sent");
    assert_eq!(
        html,
        "\n<!-- a > b --> <hr data-phx-component=\"1\" data-phx-view=\"v\"/>"
    );
}

// 5.9
#[test]
fn items_of_streams_are_sent_once() {
    let mut rendered = Rendered::default();
    let first = json!({"0": {"s": 1, "k": {"0": {"0": "a"}, "kc": 1},
        "stream": ["0", [["a", -1, null, null], ["a", 0, -5, true]], ["b"]]},
        "s": 0, "p": {"0": ["<ul>", "</ul>"], "1": ["<li>", "</li>"]}});
    let Value::Object(first) = first else { return };
    rendered.merge(first).expect("the diff is well-formed");
    let (html, streams) = rendered.take_html("v").expect("the tree is complete");
    assert_eq!(html, "<ul><li>a</li></ul>");
    assert_eq!(
        (streams.len(), &*streams[0].deletes),
        (1, &["b".to_owned()][..])
    );
    let insert = streams[0].inserts["a"];
    assert_eq!(
        (insert.at, insert.limit, insert.update_only),
        (0, Some(-5), true)
    );
    let (html, streams) = rendered.take_html("v").expect("the tree is complete");
    assert_eq!((&*html, streams.len()), ("<ul></ul>", 0));
}

// 18
#[test]
fn what_a_browser_could_not_apply_is_refused() {
    let list = json!({"0": {"s": ["<li>", "</li>"], "k": {"0": {"0": "a"}, "kc": 1}}, "s": ["<ul>", "</ul>"]});
    let update = |keyed: Value| refused([list.clone(), json!({"0": {"k": keyed}})]);
    assert!(update(json!({"0": {"0": "b"}})).contains("how many"));
    assert!(update(json!({"0": 0, "kc": 1})).contains("does not say so"));
    assert!(update(json!({"kc": 2})).contains("no entry 1"));
    assert!(update(json!({"1": {}, "kc": 2})).contains("dynamic 0"));
    assert!(update(json!({"0": {"7": "x"}, "kc": 1})).contains("place \"7\""));
    assert!(refused([json!({"0": null, "s": ["", ""]})]).contains("null"));
    assert!(refused([json!({"0": 4, "s": ["", ""]})]).contains("never sent"));
    assert!(refused([json!({"0": "a", "s": 0})]).contains("no template"));
    assert!(refused([json!({"0": "a"})]).contains("no statics"));
    assert!(refused([json!({"s": [""], "c": {"1": {"s": ["<p>"]}}})]).contains("one element"));
    assert!(refused([json!({"s": [""], "c": {"1": {"s": 2}, "2": {"s": 1}}})]).contains("its own"));
    let stream = json!(["0", [], [], false]);
    let streamed = json!({"s": [""], "k": {"kc": 0}, "stream": stream});
    assert!(refused([json!({"0": streamed, "s": ["", ""]})]).contains("fourth"));
    let endless =
        json!({"0": 1, "s": ["", ""], "c": {"1": {"0": 1, "s": ["<p>", "</p>"], "r": 1}}});
    assert!(refused([endless]).contains("contains itself"));
}
