//! What `heex!` and `#[component]` accept, and what they say about what they do not.

#![cfg(feature = "live")]

#[test]
fn templates_compile_and_mistakes_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/template/pass/*.rs");
    cases.compile_fail("tests/template/fail/*.rs");
}
