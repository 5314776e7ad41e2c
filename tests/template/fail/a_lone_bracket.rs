use bennu::heex;

fn main() {
    let _ = heex! { <p>a :) b</p> };
}
