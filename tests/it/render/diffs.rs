use bennu::heex;
use bennu::live::differ::{DiffOptions, Differ};
use bennu::live::rendered::{BoxedRendered, Render, RenderError, TEMPLATE_DEPTH_MAX};
use serde_json::json;

use super::{View, page};

// 5.4: a view with one static list and two dynamics, then an update of the second.
#[test]
fn only_what_changed_is_sent() {
    let mut view = View::default();
    let weather = |city: &'static str, degrees: i32| heex! { <p>{city}: {degrees} C</p> };
    let first = view.render(|| weather("Oslo", 4));
    assert_eq!(
        first,
        json!({"0": "Oslo", "1": "4", "s": ["<p>", ": ", " C</p>"]})
    );
    assert_eq!(view.render(|| weather("Oslo", 5)), json!({"1": "5"}));
    assert_eq!(view.render(|| weather("Oslo", 5)), json!({}));
}

// 5.4: each distinct static list once per message, at the top of it.
#[test]
fn statics_are_shared_within_a_message() {
    let items = ["a", "b"];
    let mut out = Vec::new();
    let list = heex! { <ul><li :for={item in items}><b :if={true}>{item}</b></li></ul> };
    Differ::new()
        .diff(list, &mut out, DiffOptions::default())
        .unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#""0":{"k":{"0":{"0":{"0":"a","s":0}},"1":{"0":{"0":"b","s":0}},"kc":2},"s":1},"s":2,"p":{"0":["<b>","</b>"],"1":["<li>","</li>"],"2":["<ul>","</ul>"]}"#
    );
}

fn button(label: &str) -> impl Render {
    heex! { <button id="b1">{label}</button> }
}

// 5.5: `r` on a nested template that is one element, never at the top.
#[test]
fn the_root_flag_stands_on_nested_templates_alone() {
    let mut view = View::default();
    let render =
        |text: &'static str, label: &'static str| heex! { <div>{text}{button(label)}</div> };
    let first = view.render(|| render("a", "Save"));
    let button = json!({"0": "Save", "s": ["<button id=\"b1\">", "</button>"], "r": 1});
    assert_eq!(
        first,
        json!({"0": "a", "1": button, "s": ["<div>", "", "</div>"]})
    );
    assert_eq!(view.render(|| render("b", "Save")), json!({"0": "b"}));
    assert_eq!(
        view.render(|| render("b", "Saved")),
        json!({"1": {"0": "Saved"}})
    );
}

// 5.5: white space and comments around the element do not matter, anything else does.
#[test]
fn the_root_flag_is_for_exactly_one_element() {
    let flag = |diff: serde_json::Value| diff["0"].get("r").is_some();
    let ((yes, no), items) = ((true, false), [1]);
    assert!(flag(View::default().render(
        || heex! { {heex! { <!-- one --> <p>{yes}</p> <!-- two --> }} }
    )));
    assert!(flag(View::default().render(|| heex! { {heex! { <br> }} })));
    assert!(!flag(
        View::default().render(|| heex! { {heex! { <p></p><p></p> }} })
    ));
    assert!(!flag(
        View::default().render(|| heex! { {heex! { text <p></p> }} })
    ));
    assert!(!flag(
        View::default().render(|| heex! { {heex! { <p :if={no}></p> }} })
    ));
    assert!(!flag(
        View::default().render(|| heex! { {heex! { <p :for={_ in items}></p> }} })
    ));
    assert!(!flag(
        View::default().render(|| heex! { {heex! { {button("x")} }} })
    ));
}

enum Shown {
    Nothing,
    Bold(&'static str),
    Pair(&'static str, &'static str),
}

fn shown(shown: &Shown) -> impl Render {
    heex! {
        <main>{match shown {
            Shown::Nothing => "",
            Shown::Bold(text) => <b>{text}</b>,
            Shown::Pair(left, right) => { <i>{left}-{right}</i> }
        }}</main>
    }
}

// 5.6: off, on, inner change, other branch, off.
#[test]
fn a_branch_is_sent_whole_when_it_is_entered() {
    let mut view = View::default();
    let main = json!(["<main>", "</main>"]);
    assert_eq!(
        view.render(|| shown(&Shown::Nothing)),
        json!({"0": "", "s": main})
    );
    assert_eq!(
        view.render(|| shown(&Shown::Bold("hi"))),
        json!({"0": {"0": "hi", "s": ["<b>", "</b>"]}})
    );
    assert_eq!(
        view.render(|| shown(&Shown::Bold("ho"))),
        json!({"0": {"0": "ho"}})
    );
    let pair = json!({"0": {"0": "x", "1": "y", "s": ["<i>", "-", "</i>"]}});
    assert_eq!(view.render(|| shown(&Shown::Pair("x", "y"))), pair);
    assert_eq!(view.render(|| shown(&Shown::Pair("x", "y"))), json!({}));
    assert_eq!(view.render(|| shown(&Shown::Nothing)), json!({"0": ""}));
    assert_eq!(view.render(|| shown(&Shown::Nothing)), json!({}));
}

fn named(first: &str, last: &str) -> impl Render {
    heex! { <main>{let name = format!("{first} {last}"); <p title={name}>{name}</p>}</main> }
}

#[test]
fn what_let_names_is_shown_in_the_markup_behind_it() {
    let mut view = View::default();
    assert_eq!(
        view.render(|| named("Ada", "L")),
        json!({"0": {"0": " title=\"Ada L\"", "1": "Ada L", "s": ["<p", ">", "</p>"]}, "s": ["<main>", "</main>"]})
    );
    assert_eq!(view.render(|| named("Ada", "L")), json!({}));
    let changed = json!({"0": {"0": " title=\"Bo L\"", "1": "Bo L"}});
    assert_eq!(view.render(|| named("Bo", "L")), changed);
}

#[test]
fn let_stands_before_rust_and_before_a_choice() {
    let shown = |on: bool| {
        heex! { {let n = 2; n + 1} {let on = on; if on { <b>on</b> } else { "off" }} {let (a, b) = ("x", "y"); <>{a}-{b}</>} }
    };
    assert_eq!(page(shown(true)), "3 <b>on</b> x-y");
    assert_eq!(page(shown(false)), "3 off x-y");
}

fn rows(rows: &[(u32, &str)]) -> impl Render {
    heex! { <ul><li :for={(id, name) in rows} :key={id}>{name}</li></ul> }
}

// 5.8: three rows; change one; swap ends; move and change, new row, drop one; empty; refill.
#[test]
fn keyed_rows_move() {
    let mut view = View::default();
    let (ul, li) = (json!(["<ul>", "</ul>"]), json!(["<li>", "</li>"]));
    assert_eq!(
        view.render(|| rows(&[(1, "ant"), (2, "bee"), (3, "cat")])),
        json!({"0": {"s": li, "k": {"0": {"0": "ant"}, "1": {"0": "bee"}, "2": {"0": "cat"}, "kc": 3}}, "s": ul})
    );
    assert_eq!(
        view.render(|| rows(&[(1, "ant"), (2, "BEE"), (3, "cat")])),
        json!({"0": {"k": {"1": {"0": "BEE"}, "kc": 3}}})
    );
    assert_eq!(
        view.render(|| rows(&[(3, "cat"), (2, "BEE"), (1, "ant")])),
        json!({"0": {"k": {"0": 2, "2": 0, "kc": 3, "km": true}}})
    );
    assert_eq!(
        view.render(|| rows(&[(2, "wasp"), (4, "dog")])),
        json!({"0": {"k": {"0": [1, {"0": "wasp"}], "1": {"0": "dog"}, "kc": 2, "km": true}}})
    );
    assert_eq!(view.render(|| rows(&[])), json!({"0": {"k": {"kc": 0}}}));
    assert_eq!(view.render(|| rows(&[])), json!({}));
    assert_eq!(
        view.render(|| rows(&[(5, "eel")])),
        json!({"0": {"k": {"0": {"0": "eel"}, "kc": 1}}})
    );
}

// 5.8: empty at first is the empty text, and the statics come with the first row.
#[test]
fn no_rows_at_first_are_the_empty_text() {
    let mut view = View::default();
    assert_eq!(
        view.render(|| rows(&[])),
        json!({"0": "", "s": ["<ul>", "</ul>"]})
    );
    assert_eq!(view.render(|| rows(&[])), json!({}));
    assert_eq!(
        view.render(|| rows(&[(1, "ant")])),
        json!({"0": {"s": ["<li>", "</li>"], "k": {"0": {"0": "ant"}, "kc": 1}}})
    );
}

// 5.8: a row with a conditional; the second row turns its badge on, the template is sent again for it.
#[test]
fn a_branch_inside_a_row_is_sent_with_its_statics() {
    let mut view = View::default();
    let render = |items: &'static [(&'static str, Option<&'static str>)]| {
        heex! { <ol><li :for={(name, badge) in items}>{name} <em :if={let Some(badge) = badge}>{badge}</em></li></ol> }
    };
    let (li, em) = (json!(["<li>", " ", "</li>"]), json!(["<em>", "</em>"]));
    assert_eq!(
        view.render(|| render(&[("a", Some("!")), ("b", None)])),
        json!({
            "0": {"s": li, "k": {"0": {"0": "a", "1": {"0": "!", "s": em}}, "1": {"0": "b", "1": ""}, "kc": 2}},
            "s": ["<ol>", "</ol>"]
        })
    );
    assert_eq!(
        view.render(|| render(&[("a", Some("!")), ("b", Some("?"))])),
        json!({"0": {"k": {"1": {"1": {"0": "?", "s": em}}, "kc": 2}}})
    );
}

#[test]
fn rows_without_a_key_are_known_by_position() {
    let mut view = View::default();
    let render = |items: &'static [&'static str]| heex! { <p :for={item in items}>{item}</p> };
    view.render(|| render(&["a", "b"]));
    let diff = view.render(|| render(&["new", "a", "b"]));
    assert_eq!(
        diff,
        json!({"0": {"k": {"0": {"0": "new"}, "1": {"0": "a"}, "2": {"0": "b"}, "kc": 3}}})
    );
    assert_eq!(
        view.render(|| render(&["new"])),
        json!({"0": {"k": {"kc": 1}}})
    );
}

#[test]
fn a_row_without_dynamics_is_an_empty_object() {
    let mut view = View::default();
    let render = |count: u32| heex! { <hr :for={_ in 0..count}> };
    view.render(|| render(1));
    assert_eq!(
        view.render(|| render(2)),
        json!({"0": {"k": {"1": {}, "kc": 2}}})
    );
}

#[test]
fn rows_are_filtered_by_if() {
    let mut view = View::default();
    let render = |max: u32| heex! { <p :for={n in 0..10_u32} :if={n % 2 == 0 && n < max}>{n}</p> };
    view.render(|| render(4));
    assert_eq!(page(render(4)), "<p>0</p><p>2</p>");
    assert_eq!(
        view.render(|| render(6)),
        json!({"0": {"k": {"2": {"0": "4"}, "kc": 3}}})
    );
}

// 5.8: a row that takes the place of another carries everything, nested rows included.
#[test]
fn a_new_row_in_an_old_place_is_sent_whole() {
    let mut view = View::default();
    let render = |rows: &'static [(u32, &'static [&'static str])]| {
        heex! { <div :for={(id, tags) in rows} :key={id}><i :for={tag in *tags}>{tag}</i></div> }
    };
    view.render(|| render(&[(1, &["a", "b"])]));
    assert_eq!(
        view.render(|| render(&[(2, &[])])),
        json!({"0": {"k": {"0": {"0": ""}, "kc": 1}}})
    );
    view.render(|| render(&[(3, &["c"]), (2, &["d"])]));
    view.render(|| render(&[(2, &["d"]), (3, &["c"])]));
}

#[test]
fn rows_with_the_same_key_are_still_shown_right() {
    let mut view = View::default();
    view.render(|| rows(&[(1, "a"), (1, "b"), (2, "c")]));
    view.render(|| rows(&[(2, "c"), (1, "b"), (1, "a")]));
    view.render(|| rows(&[(1, "x"), (2, "c"), (1, "y"), (1, "z")]));
}

#[test]
fn another_root_template_is_sent_whole() {
    let mut view = View::default();
    let render = |second: bool| {
        if second {
            heex! { <b>{"x".len()}</b> }.boxed()
        } else {
            heex! { <i>{1}</i> }.boxed()
        }
    };
    view.render(|| render(false));
    assert_eq!(
        view.render(|| render(true)),
        json!({"0": "1", "s": ["<b>", "</b>"]})
    );
    assert_eq!(view.render(|| render(true)), json!({}));
}

#[test]
fn a_root_that_is_text_is_a_template_around_it() {
    let mut view = View::default();
    assert_eq!(view.render(|| "a"), json!({"0": "a", "s": ["", ""]}));
    assert_eq!(view.render(|| "b"), json!({"0": "b"}));
}

// 12.2: what the user typed is dropped only when the value is sent again.
#[test]
fn form_values_are_sent_again_on_request() {
    let mut view = View::default();
    let render = |value: &'static str| {
        heex! {
            <form title={value}>
                <input value={value} checked={true}><textarea>{value}</textarea>
                <select><option :for={n in 0..2} value={n} selected={n == 0}>{n}</option></select>
            </form>
        }
    };
    let resend = DiffOptions {
        resend_form_values: true,
    };
    view.render(|| render("x"));
    assert_eq!(view.render(|| render("x")), json!({}));
    assert_eq!(
        view.render_with(resend, || render("x")),
        json!({
            "1": " value=\"x\"", "2": " checked", "3": "x",
            "4": {"k": {"0": {"1": " selected"}, "1": {"1": ""}, "kc": 2}}
        })
    );
}

fn nested(depth: usize) -> BoxedRendered<'static> {
    heex! { <p>{if depth > 1 { nested(depth - 1) }}</p> }.boxed()
}

#[test]
fn templates_nested_too_deep_are_an_error() {
    let (mut differ, mut out) = (Differ::new(), b"kept".to_vec());
    let options = DiffOptions::default();
    assert_eq!(
        differ.diff(nested(TEMPLATE_DEPTH_MAX), &mut out, options),
        Ok(true)
    );
    assert_eq!(
        page(nested(TEMPLATE_DEPTH_MAX)).matches("<p>").count(),
        TEMPLATE_DEPTH_MAX
    );

    out.truncate(4);
    let too_deep = || nested(TEMPLATE_DEPTH_MAX + 1);
    assert_eq!(
        differ.diff(too_deep(), &mut out, options),
        Err(RenderError::TooDeep)
    );
    assert_eq!(
        bennu::live::html::write(too_deep(), &mut out),
        Err(RenderError::TooDeep)
    );
    assert_eq!(out, b"kept");

    differ.diff(nested(1), &mut out, options).unwrap();
    assert_eq!(
        out, br#"kept"0":"","s":0,"p":{"0":["<p>","</p>"]}"#,
        "after an error everything is sent again"
    );
}

#[test]
fn members_are_appended_without_braces() {
    let mut differ = Differ::new();
    let mut out = b"{\"t\":\"x\",".to_vec();
    differ
        .diff(heex! { <p>{1}</p> }, &mut out, DiffOptions::default())
        .unwrap();
    assert_eq!(out, br#"{"t":"x","0":"1","s":0,"p":{"0":["<p>","</p>"]}"#);
}
