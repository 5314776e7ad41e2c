use bennu::heex;

fn main() {
    let header = heex! { <h1></h1> };
    let _ = heex! { <p :for={_ in 0..2}>{header}</p> };
}
