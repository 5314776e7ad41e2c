use bennu::heex;

fn main() {
    let _ = heex! { <div><p>text</div> };
    let _ = heex! { <div><p>text</p> };
    let _ = heex! { text</p> };
    let _ = heex! { <br></br> };
    let _ = heex! { <p>see http://example.com</p>
    };
}
