//! The feature `root-tag-attribute`: a binary of its own, as it changes every template.

use bennu::live::differ::{DiffOptions, Differ};
use bennu::live::html;
use bennu::live::rendered::{Render, Slot};
use bennu::{component, heex, heex_file};

fn page(rendered: impl Render) -> String {
    let mut page = Vec::new();
    html::write(rendered, &mut page).expect("the template renders");
    String::from_utf8(page).expect("the renderer writes text")
}

/// The rules of this program's styles.
fn stylesheet() -> String {
    let folder = tempfile::tempdir().expect("a folder");
    bennu::live::colocated::write_to(folder.path()).expect("the folder can be written");
    std::fs::read_to_string(folder.path().join("colocated.css")).expect("the stylesheet is there")
}

#[component]
fn framed(inner_block: Slot<'_>, label: Slot<'_>) -> impl Render {
    heex! { <p>{label}{inner_block}</p> }
}

// Upstream: `Phoenix.LiveView.ColocatedCSS`, "Root tags".
#[test]
fn outermost_tags_are_those_of_a_template_and_of_each_slot() {
    let shown = page(heex! {
        <div><i>a</i><.framed><:label><b>b<u>c</u></b></:label><s>d<u>e</u></s></.framed></div>
        text <hr>
    });
    assert_eq!(
        shown,
        "<div phx-r><i>a</i><p phx-r><b phx-r>b<u>c</u></b><s phx-r>d<u>e</u></s></p></div>\ntext <hr phx-r>"
    );
}

#[test]
fn branches_and_rows_stand_where_their_braces_stand() {
    let (on, rows) = (true, [1, 2]);
    let shown = page(heex! {
        {if on { <i>a</i> }}
        <b :if={on}>b</b>
        <u :for={row in rows}>{row}</u>
        <p>{for row in rows { <s>{row}</s> }}{match on { _ => <i>c</i> }}</p>
    });
    assert_eq!(
        shown,
        "<i phx-r>a</i>\n<b phx-r>b</b>\n<u phx-r>1</u><u phx-r>2</u>\n<p phx-r><s>1</s><s>2</s><i>c</i></p>"
    );
}

#[test]
fn a_style_marks_the_outermost_tags_of_its_template_alone() {
    #[component]
    fn styled() -> impl Render {
        heex! {
            <style :type={ColocatedCss}>
                .title { color: red }
            </style>
            <h1 class="title"><b>a</b></h1>
            <.framed><i>b</i><:label></:label></.framed>
        }
    }
    let shown = page(heex! { <.styled /> });
    let (_, rest) = shown.split_once("<h1 phx-r phx-css-").expect("a mark");
    let (mark, rest) = rest.split_once(' ').expect("another attribute");
    assert_eq!(
        rest,
        format!("class=\"title\"><b>a</b></h1>\n<p phx-r><i phx-r phx-css-{mark}>b</i></p>")
    );
    let rules = format!("@scope ([phx-css-{mark}]) to ([phx-r]) {{\n.title {{ color: red }}\n}}\n");
    let stylesheet = stylesheet();
    assert!(stylesheet.contains(&rules), "{stylesheet}");
}

#[test]
fn the_lower_bound_of_a_style_may_include_the_tags_of_components() {
    let exclusive = page(heex! {
        <style :type={ColocatedCss} lower-bound="exclusive">.bound { flex: 1 }</style><p></p>
    });
    let inclusive = page(heex! {
        <style :type={ColocatedCss} lower-bound="inclusive">.bound { flex: 1 }</style><p></p>
    });
    assert_ne!(exclusive, inclusive);
    let mark = |shown: &str| {
        let (_, rest) = shown.split_once("<p phx-r ").expect("a mark");
        rest.trim_end_matches("></p>").to_owned()
    };
    let stylesheet = stylesheet();
    for (shown, bound) in [(exclusive, "[phx-r]"), (inclusive, "[phx-r] > *")] {
        let scope = format!("@scope ([{}]) to ({bound}) {{\n.bound {{", mark(&shown));
        assert!(stylesheet.contains(&scope), "{scope} in {stylesheet}");
    }
}

#[test]
fn a_template_may_have_several_styles_and_global_ones_mark_nothing() {
    let shown = page(heex! {
        <style :type={ColocatedCss}>.one { color: red }</style>
        <p></p>
        <style :type={ColocatedCss}>.two { color: red }</style>
        <style :type={ColocatedCss} global>.three { color: red }</style>
    });
    assert_eq!(shown.matches(" phx-css-").count(), 2, "{shown}");
    let stylesheet = stylesheet();
    assert!(
        stylesheet.contains("\n.three { color: red }\n"),
        "{stylesheet}"
    );
}

#[test]
fn a_template_in_a_file_has_outermost_tags() {
    let name = "Ada";
    let shown = page(heex_file!("annotations.html.heex"));
    assert!(shown.starts_with("<p phx-r>\n"), "{shown}");
    assert!(shown.contains("<b>Ada</b>"), "{shown}");
}

#[test]
fn a_hook_that_comes_with_the_page_is_a_tag_of_its_template() {
    let shown = page(heex! { <script :type={ColocatedHook} name=".A" runtime>{ }</script> });
    assert!(
        shown.starts_with("<script phx-r data-phx-runtime-hook="),
        "{shown}"
    );
}

#[test]
fn the_marks_are_statics() {
    let count = 1;
    let mut diff = Vec::new();
    let written = Differ::new().diff(heex! { <p>{count}</p> }, &mut diff, DiffOptions::default());
    assert!(written.expect("the template renders"));
    let diff = String::from_utf8(diff).expect("the renderer writes text");
    assert_eq!(diff, r#""0":"1","s":0,"p":{"0":["<p phx-r>","</p>"]}"#);
}
