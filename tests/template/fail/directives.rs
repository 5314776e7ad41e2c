use bennu::heex;

fn main() {
    let items = [1];
    let _ = heex! { <p :unless={true}></p> };
    let _ = heex! { <p :if="true"></p> };
    let _ = heex! { <p :if={true} :if={true}></p> };
    let _ = heex! { <p :key={1}></p> };
    let _ = heex! { <p :for={items}></p> };
    let _ = heex! { <p :let={x}></p> };
    let _ = heex! { <p :for={n in items} :key={1.5}>{n}</p> };
}
