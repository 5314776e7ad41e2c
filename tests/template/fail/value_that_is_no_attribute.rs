use bennu::heex;

struct User;

fn main() {
    let user = User;
    let _ = heex! { <p title={user}></p> };
    let _ = heex! { <p class={["a", true]}></p> };
}
