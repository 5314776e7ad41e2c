use bennu::live::attributes::Attributes;
use bennu::live::rendered::{Render, Slot};
use bennu::{SlotAttributes, component, heex};
use serde_json::json;

use super::{View, page};

#[derive(SlotAttributes)]
struct Column<'a> {
    label: &'a str,
    #[prop(default = 1)]
    span: u32,
    hint: Option<&'a str>,
    #[prop(rest)]
    rest: Attributes<'a>,
}

#[component]
fn table<T>(
    rows: &[T],
    column: Slot<'_, &T, Column<'_>>,
    action: Slot<'_, &T>,
    inner_block: Slot<'_>,
) -> impl Render {
    heex! {
        <table>{inner_block}<tr><th :for={column in &column} colspan={column.span} title={column.hint} {..column.rest.clone()}>{column.label}</th></tr>
            <tr :for={row in rows}><td :for={column in &column}>{column.render(row)}</td>
                <td :if={!action.is_empty()}>{action.render(row)}</td></tr></table>
    }
}

#[test]
fn entries_have_attributes_and_a_value() {
    let label = String::from("Name");
    let people = [("Ada", 36)];
    let rendered = heex! {
        <.table rows={&people}>
            <:column :let={(name, _)} label={&label} span={2} phx-click="sort" id="n"><b>{name}</b></:column>
            <:column :let={(_, age)} label="Age" hint="in years">{age}</:column>
            People
        </.table>
    };
    let expected = "<table>\n    \n    \n    People\n\
        <tr><th colspan=\"2\" phx-click=\"sort\" id=\"n\">Name</th><th colspan=\"1\" title=\"in years\">Age</th></tr>\n    \
        <tr><td><b>Ada</b></td><td>36</td>\n        </tr></table>";
    assert_eq!(page(rendered), expected);
}

#[test]
fn entries_may_be_repeated_and_left_out() {
    let mut view = View::default();
    let render = |labels: &'static [&'static str], admin: bool| {
        heex! {
            <.table rows={&[1, 2]}>
                <:column :for={label in labels} :if={!label.is_empty()} :let={n} label={label}>{label}{n}</:column>
                <:action :let={n} :if={admin}><a href={format_args!("/{n}")}>Edit</a></:action>
                <:action><hr></:action>
            </.table>
        }
    };
    view.render(|| render(&["a", "", "b"], true));
    view.render(|| render(&["a", "", "b"], false));
    view.render(|| render(&["b"], false));
    view.render(|| render(&[], true));
    assert_eq!(view.render(|| render(&[], true)), json!({}));
}

#[test]
fn a_slot_knows_its_entries() {
    #[component]
    fn count(item: Slot<'_>) -> impl Render {
        heex! { {item.len()}:{item} }
    }
    assert_eq!(page(heex! { <.count /> }), "0:");
    assert_eq!(page(heex! { <.count><:item>a</:item></.count> }), "1:a");
    assert_eq!(
        page(heex! { <.count><:item>a</:item><:item /><:item>c</:item></.count> }),
        "3:ac"
    );
}
