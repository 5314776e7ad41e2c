use bennu::live::attributes::Attributes;
use bennu::live::rendered::{Render, Slot};
use bennu::{component, heex};
use serde_json::json;

use super::{View, page};

#[component]
fn button(
    kind: &str,
    #[prop(default = "button")] r#type: &str,
    #[prop(default)] disabled: bool,
    label: Option<&str>,
    #[prop(rest)] rest: Attributes<'_>,
    inner_block: Slot<'_>,
) -> impl Render {
    heex! { <button class={["btn", kind]} type={r#type} disabled={disabled} title={label} {..rest}>{inner_block}</button> }
}

#[test]
fn props_have_defaults_and_the_rest_goes_on() {
    let kind = String::from("big");
    assert_eq!(
        page(
            heex! { <.button kind={&kind} disabled phx-click="go" id="b" label="L">Save <b>now</b></.button> }
        ),
        "<button class=\"btn big\" type=\"button\" disabled title=\"L\" phx-click=\"go\" id=\"b\">Save <b>now</b></button>"
    );
    let more = Attributes::new().with("hidden", true);
    assert_eq!(
        page(heex! { <.button kind="x" label={None} type="submit" {..more} /> }),
        "<button class=\"btn x\" type=\"submit\" hidden></button>"
    );
}

#[test]
fn a_list_of_classes_or_styles_reaches_a_component_as_its_text() {
    let (active, hidden) = (true, false);
    let rendered = heex! {
        <.button kind="x" label={None} class={["tab", active.then_some("a&b"), hidden.then_some("c")]} style={("x:1", "y:2")} />
    };
    assert_eq!(
        page(rendered),
        "<button class=\"btn x\" type=\"button\" class=\"tab a&amp;b\" style=\"x:1;y:2\"></button>"
    );
}

mod ui {
    use super::*;

    #[component]
    pub(super) fn list<T>(
        items: &[T],
        empty: impl Render,
        inner_block: Slot<'_, &T>,
    ) -> impl Render {
        heex! {
            <ul><li :for={item in items}>{inner_block.render(item)}</li></ul>
            {if items.is_empty() { empty }}
        }
    }

    #[component]
    pub(super) fn page_title(title: &'static str) -> impl Render {
        heex! { <title>{title}</title> }
    }
}

struct Row {
    name: &'static str,
}

#[test]
fn a_component_gives_values_to_its_content() {
    let rows = [Row { name: "a" }, Row { name: "b" }];
    let suffix = "!";
    assert_eq!(
        page(
            heex! { <ui::list items={&rows} empty="none" :let={row}><i>{row.name}{suffix}</i></ui::list> }
        ),
        "<ul><li><i>a!</i></li><li><i>b!</i></li></ul>\n"
    );
    let none: [Row; 0] = [];
    assert_eq!(
        page(
            heex! { <ui::list items={&none} empty={heex! { <p></p> }} :let={Row { name }}>{name}</ui::list> }
        ),
        "<ul></ul>\n<p></p>"
    );
    assert_eq!(
        page(heex! { <ui::page_title title="T" /> }),
        "<title>T</title>"
    );
}

#[test]
fn directives_work_on_components() {
    let render = |names: &'static [&'static str]| {
        heex! {
            <.button :for={name in names} :key={name} kind={name}>{name}</.button>
            <.button :if={names.is_empty()} kind="none" />
        }
    };
    let mut view = View::default();
    view.render(|| render(&["a", "b"]));
    let moved = view.render(|| render(&["b", "a"]));
    assert_eq!(
        moved,
        json!({"0": {"k": {"0": 1, "1": 0, "kc": 2, "km": true}}})
    );
    view.render(|| render(&[]));
}

// A change passes through a component and its content without touching the rest.
#[test]
fn changes_are_tracked_through_components() {
    let render = |kind: &'static str, text: &'static str| heex! { <p><.button kind={kind}>Hi {text}</.button></p> };
    let mut view = View::default();
    view.render(|| render("k", "a"));
    assert_eq!(
        view.render(|| render("k", "b")),
        json!({"0": {"5": {"0": "b"}}})
    );
    assert_eq!(
        view.render(|| render("l", "b")),
        json!({"0": {"0": "btn l"}})
    );
}

#[test]
fn a_slot_may_be_shown_more_than_once() {
    #[component]
    fn twice(inner_block: Slot<'_>) -> impl Render {
        heex! { {inner_block}-{inner_block}{if inner_block.is_empty() { "empty" }} }
    }
    let text = String::from("x");
    assert_eq!(page(heex! { <.twice>{text}</.twice> }), "x-x");
    assert_eq!(page(heex! { <.twice>   </.twice> }), "-empty");
}
