use bennu::heex;

fn main() {
    let _ = heex! { <script>go('click')</script> };
}
