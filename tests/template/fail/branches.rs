use bennu::heex;

fn main() {
    let (on, name) = (true, "x");
    let _ = heex! { {if on { {name} <b>!</b> }} };
    let _ = heex! { {if on { Hello <b>{name}</b> } else { <i></i> }} };
    let _ = heex! { {match on { true => { {name} <br> } false => "" }} };
}
