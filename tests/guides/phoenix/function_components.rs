//! Function components, their attributes and slots.

use bennu::live::attributes::Attributes;
use bennu::live::rendered::{Render, Slot};
use bennu::{SlotAttributes, component, heex};

#[component]
fn button(
    #[prop(default = "button")] r#type: &str,
    kind: &str,
    #[prop(default)] busy: bool,
    hint: Option<&str>,
    #[prop(rest, include(form, name, value))] rest: Attributes<'_>,
    inner_block: Slot<'_>,
) -> impl Render {
    heex! {
        <button type={r#type} class={["btn", kind]} disabled={busy} title={hint} {..rest}>
            {inner_block}
        </button>
    }
}

#[derive(SlotAttributes)]
struct Col<'a> {
    label: &'a str,
    class: Option<&'a str>,
}

#[component]
fn table<T>(id: &str, rows: &[T], col: Slot<'_, &T, Col<'_>>, action: Slot<'_, &T>) -> impl Render {
    heex! {
        <table id={id}>
            <tr><th :for={col in &col} class={col.class}>{col.label}</th></tr>
            <tr :for={row in rows}>
                <td :for={col in &col}>{col.render(row)}</td>
                <td :if={!action.is_empty()}>{action.render(row)}</td>
            </tr>
        </table>
    }
}

struct User {
    id: u32,
    name: String,
}

fn page(users: &[User], busy: bool) -> impl Render {
    heex! {
        <.table id="users" rows={users}>
            <:col :let={user} label="Id" class="narrow">{user.id}</:col>
            <:col :let={user} label="Name">{&user.name}</:col>
            <:action :let={user}>
                <.button kind="danger" busy={busy} phx-click="delete" phx-value-id={user.id}>Delete</.button>
            </:action>
        </.table>
    }
}

mod tests {
    use bennu::live::html;

    use super::*;

    #[test]
    fn a_table_shows_its_columns_and_actions() {
        let users = [User {
            id: 7,
            name: "Ada".to_owned(),
        }];
        let mut html = Vec::new();
        html::write(page(&users, true), &mut html).unwrap();
        let html = String::from_utf8(html).unwrap();
        assert!(html.contains(r#"<th class="narrow">Id</th>"#), "{html}");
        assert!(html.contains("<td>7</td><td>Ada</td>"), "{html}");
        let button = r#"<button type="button" class="btn danger" disabled phx-click="delete" phx-value-id="7">"#;
        assert!(html.contains(button), "{html}");
    }
}
