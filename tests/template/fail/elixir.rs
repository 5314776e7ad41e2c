use bennu::heex;

fn main() {
    let name = "x";
    let _ = heex! { <p><%= name %></p> };
    let _ = heex! { <p>{@name}</p> };
    let _ = heex! { <p title={@name}></p> };
    let _ = heex! { <p>"Hello #{name}"</p> };
    let _ = heex! { <p id="row-#{name}"></p> };
}
