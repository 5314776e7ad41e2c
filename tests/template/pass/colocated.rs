#![forbid(unsafe_code)]
#![deny(warnings)]

use bennu::live::rendered::Render;
use bennu::{component, heex};

/// What the linker gathers needs neither a concrete type nor `unsafe` of the application's.
#[component]
fn generic<T: std::fmt::Display>(value: T) -> impl Render {
    let shown = value.to_string();
    heex! {
        <p id="p" phx-hook=".Generic">{shown}</p>
        <script :type={ColocatedHook} name=".Generic">export default {}</script>
        <style :type={ColocatedCss} global>.a { color: red }</style>
    }
}

fn main() {
    let _ = heex! { <.generic value={1} /> };
}
