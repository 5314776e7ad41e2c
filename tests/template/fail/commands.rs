use bennu::live::js;

fn main() {
    let _ = js::push("save").to("#form");
    let _ = js::show().replace();
    let _ = js::focus().with_transition("fade");
}
