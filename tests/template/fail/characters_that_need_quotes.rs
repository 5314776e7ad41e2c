use bennu::heex;

fn main() {
    let _ = heex! { <p>1 < 2</p> };
    let _ = heex! { <p>"Tom &amp; Jerry"</p> };
    let _ = heex! { <p title="Tom &amp; Jerry"></p> };
}
