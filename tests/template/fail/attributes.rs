use bennu::heex;

fn main() {
    let rest = bennu::live::attributes::Attributes::new();
    let _ = heex! { <p width=5></p> };
    let _ = heex! { <p id="a" id="b"></p> };
    let _ = heex! { <p {rest}></p> };
    let _ = heex! { <p title=></p> };
    let _ = heex! { <p *></p> };
}
