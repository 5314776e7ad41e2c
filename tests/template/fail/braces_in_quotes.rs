use bennu::heex;

struct Row {
    id: u32,
}

fn main() {
    let (name, row) = ("x", Row { id: 1 });
    let _ = heex! { <p id="row-{name}"></p> };
    let _ = heex! { <p id="row-{row.id}"></p> };
    let _ = heex! { <p>"Hello {name}"</p> };
}
