use bennu::heex;

fn main() {
    let _ = heex! { <p>12" wide</p> };
}
