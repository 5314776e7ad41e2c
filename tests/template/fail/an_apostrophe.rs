use bennu::heex;

fn main() {
    let _ = heex! { <p>Don't</p> };
}
