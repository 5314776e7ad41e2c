use bennu::live::attributes::Attributes;
use bennu::live::rendered::{Render, Slot};
use bennu::{component, heex, heex_file};

#[component]
fn frame(title: &str, note: Slot<'_>, inner_block: Slot<'_>) -> impl Render {
    heex! { <div title={title}><i>{note}</i>{inner_block}</div> }
}

#[test]
fn a_template_in_a_file_is_written_as_it_stands() {
    let (title, items) = ("t", &[1, 2]);
    let rest = Attributes::new().with("hidden", true);
    let expected = "<!DOCTYPE html>\n\n<!-- a comment for the \"client\" -->\n\
        <p class=\"it&#39;s &quot;quoted&quot;\" title=\"t\" hidden>It's &copy; braces: {} — don't \"quote\"</p>\n\
        <ul>\n  <li><b disabled hidden>one <i>1</i></b></li><li>2</li>\n</ul>\n\
        <div title=\"a &amp; b\"><i>}</i>\n  text</div>\n\
        <br><script>if (a < b) { c(\"</p>\") }</script>";
    assert_eq!(super::page(heex_file!("page.html.heex")), expected);
}
