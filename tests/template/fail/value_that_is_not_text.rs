use bennu::heex;

struct User {
    name: String,
}

fn main() {
    let user = User { name: String::new() };
    let names = vec![String::new()];
    let _ = heex! { <p>{user}</p> };
    let _ = heex! { <p>{&names}{user.name}</p> };
}
