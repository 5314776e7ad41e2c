use bennu::live::rendered::{Render, Slot};
use bennu::{component, heex};

#[component]
fn button(kind: &str, #[prop(default)] disabled: bool) -> impl Render {
    heex! { <button class={kind} disabled={disabled}></button> }
}

#[component]
fn card(inner_block: Slot<'_>) -> impl Render {
    heex! { <div>{inner_block}</div> }
}

fn plain() -> impl Render {
    heex! { <hr> }
}

fn main() {
    let _ = heex! { <.button disabled /> };
    let _ = heex! { <.button kind="x" knd="y" /> };
    let _ = heex! { <.button kind={5} /> };
    let _ = heex! { <.button kind="x" phx-click="go" /> };
    let _ = heex! { <.button kind="x">text</.button> };
    let _ = heex! { <.card :let={x} /> };
    let _ = heex! { <.missing /> };
    let _ = heex! { <.plain /> };
}
