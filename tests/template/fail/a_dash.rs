use bennu::heex;

fn main() {
    let _ = heex! { <p>now — or never</p> };
}
