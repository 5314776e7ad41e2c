use bennu::component;
use bennu::live::rendered::Render;

struct Page;

impl Page {
    #[component]
    fn method(&self) -> impl Render {
        "a"
    }
}

#[component]
fn pattern((a, _): (u32, u32)) -> impl Render {
    a
}

#[component]
fn options(#[prop(defualt)] a: u32) -> impl Render {
    a
}

#[component(inline)]
fn arguments() -> impl Render {
    1
}

fn main() {}
