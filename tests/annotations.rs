//! The feature `debug-annotations`: a binary of its own, as it changes every template.

use bennu::live::differ::{DiffOptions, Differ};
use bennu::live::html;
use bennu::live::rendered::Render;
use bennu::{component, heex, heex_file};

#[component]
fn badge(text: &str) -> impl Render {
    heex! { <b>{text}</b> }
}

fn page(rendered: impl Render) -> String {
    let mut page = Vec::new();
    html::write(rendered, &mut page).expect("the template renders");
    String::from_utf8(page).expect("the renderer writes text")
}

#[test]
fn a_template_says_where_it_comes_from() {
    let first = line!() + 1;
    let shown = page(heex! { <p><.badge text="x" /></p> });
    let (file, badge) = (file!(), 10);
    assert_eq!(
        shown,
        format!(
            "<!-- {file}:{first} --><p data-phx-loc=\"{first}\"><!-- {file}:{badge} -->\
             <b data-phx-loc=\"{badge}\">x</b><!-- /{file}:{badge} --></p><!-- /{file}:{first} -->"
        )
    );
}

#[test]
fn a_template_in_a_file_names_the_file() {
    let name = "Ada";
    let shown = page(heex_file!("annotations.html.heex"));
    assert!(
        shown.starts_with("<!-- tests/annotations.html.heex:1 --><p data-phx-loc=\"1\">\n"),
        "{shown}"
    );
    assert!(shown.contains("<b data-phx-loc=\"2\">Ada</b>"), "{shown}");
}

#[test]
fn a_document_begins_with_its_declaration() {
    let shown = page(heex! { <!DOCTYPE html><html></html> });
    assert!(
        shown.starts_with("<!DOCTYPE html><html data-phx-loc="),
        "{shown}"
    );
}

// 5.11: comments may stand before a root.
#[test]
fn one_element_stays_one_element() {
    let mut diff = Vec::new();
    let rendered = heex! { <main><.badge text="x" /></main> };
    let written = Differ::new().diff(rendered, &mut diff, DiffOptions::default());
    assert!(written.expect("the template renders"));
    let diff = String::from_utf8(diff).expect("the renderer writes text");
    assert!(diff.contains("\"r\":1"), "{diff}");
}
