use bennu::heex;

fn main() {}

fn kinds() {
    let _ = heex! { <p :type={ColocatedHook}></p> };
    let _ = heex! { <script :type={ColocatedCss}></script> };
    let _ = heex! { <style :type={ColocatedJs}></style> };
    let _ = heex! { <script :type={ColocatedJS}></script> };
    let _ = heex! { <style :type={ColocatedCSS}></style> };
    let _ = heex! { <script :type={Hook::new()}></script> };
    let _ = heex! { <script :type={ColocatedJs} :if={true}>"run()"</script> };
    let _ = heex! { <script :type={ColocatedHook} name=".A" runtime :for={x in [1]}>{ }</script> };
}

fn hooks(name: &str) {
    let _ = heex! { <script :type={ColocatedHook} name="A" runtime>{ }</script> };
    let _ = heex! { <script :type={ColocatedHook} name=".A" runtime></script> };
    let _ = heex! { <script :type={ColocatedHook}>export default {}</script> };
    let _ = heex! { <script :type={ColocatedHook} name="A">export default {}</script> };
    let _ = heex! { <script :type={ColocatedHook} name={name}>export default {}</script> };
    let _ = heex! { <script :type={ColocatedHook} name=".A"></script> };
    let _ = heex! { <script :type={ColocatedHook} name=".A">{ mounted() {} }</script> };
    let _ = heex! { <script :type={ColocatedHook} name=".A" nonce="n">export default {}</script> };
}

fn scripts() {
    let _ = heex! { <script :type={ColocatedJs}></script> };
    let _ = heex! { <script :type={ColocatedJs} name="a">run()</script> };
    let _ = heex! { <script :type={ColocatedJs} key="a">export default 1</script> };
    let _ = heex! { <script :type={ColocatedJs} key="a-b" name="c">export default 1</script> };
    let _ = heex! { <script :type={ColocatedJs} key="default" name="c">export default 1</script> };
}

fn styles(rules: &str) {
    let _ = heex! { <style :type={ColocatedCss}>.a { color: red }</style> };
    let _ = heex! { <style :type={ColocatedCss} global>{rules}</style> };
    let _ = heex! { <style :type={ColocatedCss} global></style> };
    let _ = heex! { <style :type={ColocatedCss} global>".a {"</style> };
    let _ = heex! { <style :type={ColocatedCss} global>@import "a.css";</style> };
    let _ = heex! { <style :type={ColocatedCss} global lower-bound="inclusive">.a { color: red }</style> };
    let _ = heex! { <style :type={ColocatedCss} global media="print">.a { color: red }</style> };
}
