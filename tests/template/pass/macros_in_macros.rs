//! A template put together by another macro keeps working, though its tokens have no common order.

use bennu::heex;
use bennu::live::html;

macro_rules! page {
    ($title:expr, $tag:ident) => {
        heex! { <$tag class={$title}>{$title} and more</$tag> }
    };
}

fn main() {
    let mut out = Vec::new();
    html::write(page!("a", em), &mut out).unwrap();
    assert_eq!(out, b"<em class=\"a\">a and more</em>");
}
