use bennu::heex;

fn main() {
    let names = vec![String::new()];
    let _ = heex! { <p>{names}</p> };
    let _ = heex! { <p>{names.iter().map(|name| heex! { <b>{name}</b> })}</p> };
    let _ = heex! { <p>{&names[..]}</p> };
}
