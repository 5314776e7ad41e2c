use bennu::live::rendered::{Render, Slot};
use bennu::{SlotAttributes, component, heex};

#[derive(SlotAttributes)]
struct Column<'a> {
    label: &'a str,
}

#[derive(SlotAttributes)]
struct Unnamed(u32);

struct Plain;

#[component]
fn table(column: Slot<'_, u32, Column<'_>>) -> impl Render {
    heex! { <p :for={column in &column}>{column.render(1)}</p> }
}

#[component]
fn plain(column: Slot<'_, u32, Plain>) -> impl Render {
    heex! { <p :for={column in &column}>{column.render(1)}</p> }
}

fn main() {
    let _ = heex! { <.table><:column>a</:column></.table> };
    let _ = heex! { <.table><:column label="x" labl="y">a</:column></.table> };
    let _ = heex! { <.table><:columm label="x">a</:columm></.table> };
    let _ = heex! { <.table><:column :key={1} label="x">a</:column></.table> };
    let _ = heex! { <.table><p><:column label="x">a</:column></p></.table> };
    let _ = heex! { <.plain><:column>a</:column></.plain> };
    let _ = heex! { <p :for={n in 5}>{n}</p> };
}
