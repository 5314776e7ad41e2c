use std::borrow::Cow;
use std::sync::Arc;

use bennu::heex;
use bennu::live::attributes::Attributes;
use bennu::live::rendered::{Render, display, raw};

use super::{View, page};

#[test]
fn text_keeps_its_spacing_without_the_shared_indentation() {
    let rendered = heex! {
        <h1>Two  spaces, (brackets) and 1.5 numbers!</h1>

        <pre>
          kept
        </pre>
        "It's quoted — \"so\" & <so>"
    };
    assert_eq!(
        page(rendered),
        "<h1>Two  spaces, (brackets) and 1.5 numbers!</h1>\n\n<pre>\n  kept\n</pre>\n\
         It&#39;s quoted — &quot;so&quot; &amp; &lt;so&gt;"
    );
}

#[test]
fn a_document_keeps_its_doctype_comments_entities_and_scripts() {
    let nonce = "n1";
    let rendered = heex! {
        <!DOCTYPE html>
        <html lang="en"><head>
            <!-- for the client -->
            <meta charset="utf-8" /><script nonce={nonce}>"if (a && b < c) { go('x') }"</script>
            <script type="module">let a = {b: 1}; go("x");</script>
            <style>.a { color: red }</style>
            <script>{raw("let data = 1;")}</script>
        </head><body>&nbsp;&copy; </body></html>
    };
    assert_eq!(
        page(rendered),
        "<!DOCTYPE html>\n<html lang=\"en\"><head>\n    <!-- for the client -->\n    \
         <meta charset=\"utf-8\"><script nonce=\"n1\">if (a && b < c) { go('x') }</script>\n    \
         <script type=\"module\">let a = {b: 1}; go(\"x\");</script>\n    \
         <style>.a { color: red }</style>\n    <script>let data = 1;</script>\n\
         </head><body>&nbsp;&copy; </body></html>"
    );
}

#[test]
fn elements_without_content_are_closed_as_html_does() {
    assert_eq!(
        page(heex! { <br/><input disabled /><div class="x" /><my-element a-b="c" /> }),
        "<br><input disabled><div class=\"x\"></div><my-element a-b=\"c\"></my-element>"
    );
}

struct User {
    name: String,
    nick: Option<String>,
    motto: Arc<str>,
    title: Cow<'static, str>,
}

#[test]
fn everything_text_like_is_shown() {
    let user = User {
        name: "A&B".into(),
        nick: Some("<n>".into()),
        motto: "m".into(),
        title: "t".into(),
    };
    let (words, nothing) = (["x", "y"], None::<String>);
    let user = &user;
    let rendered = heex! {
        {user.name}|{user.nick}|{user.motto}|{user.title}|{nothing}|{words[0]}|{&words[1]}|{'c'}|{1_u8}|{-5}|{1.5}|{true}
        |{format!("{}<", 1)}|{format_args!("{:?}", words)}|{raw("<br>")}|{display(&user.name)}|{user.name.len()}|{"lit<"}
    };
    let expected = "A&amp;B|&lt;n&gt;|m|t||x|y|c|1|-5|1.5|true\n|1&lt;|[&quot;x&quot;, &quot;y&quot;]|<br>|A&amp;B|3|lit&lt;";
    assert_eq!(page(rendered), expected);
    assert_eq!(user.name, "A&B", "text is borrowed, not moved");
}

#[test]
fn attributes_follow_the_type_of_their_value() {
    let (yes, no, some, none) = (true, false, Some("x"), None::<u32>);
    let id = 7;
    let rendered = heex! {
        <a id={format_args!("row-{id}")} href="/a?b=1&c=2" title={"x"} hidden={yes} disabled={no} data-a={some}
            data-b={none} data-c={4} aria-label={Some("l")} download={"lit\""}></a>
    };
    assert_eq!(
        page(rendered),
        "<a id=\"row-7\" href=\"/a?b=1&amp;c=2\" title=\"x\" hidden data-a=\"x\" data-c=\"4\" aria-label=\"l\" \
         download=\"lit&quot;\"></a>"
    );
}

#[test]
fn class_and_style_lists_leave_out_what_is_nothing() {
    let (on, off, more) = (true, false, vec!["d", "", "e"]);
    let rendered = heex! {
        <p class={["a", on.then_some("b"), off.then_some("c"), more, ""]} style={["x:1", "y:2"]}></p>
        <p class={("a", 1)}></p><p class={off.then_some("x")}></p><p class={String::from("s")}></p>
    };
    assert_eq!(
        page(rendered),
        "<p class=\"a b d e\" style=\"x:1;y:2\"></p>\n<p class=\"a 1\"></p><p class=\"\"></p><p class=\"s\"></p>"
    );
}

#[test]
fn attributes_are_spread() {
    let attributes = Attributes::new()
        .with("a", "1")
        .with("b", true)
        .with("c", false)
        .with("d", 4)
        .with("a", "<2>");
    assert_eq!(
        page(heex! { <p x="y" {..attributes}>z</p> }),
        "<p x=\"y\" a=\"&lt;2&gt;\" b d=\"4\">z</p>"
    );
}

#[test]
#[should_panic(expected = "is not the name of an attribute")]
fn a_name_that_would_break_out_of_the_tag_is_refused() {
    let _ = Attributes::new().with("x onclick", "1");
}

#[test]
fn branches_hold_markup_or_rust() {
    let render = |n: u32, name: Option<&'static str>| {
        heex! {
            {if n == 0 { "none" } else if n == 1 { <b>one</b> } else { let twice = n * 2; <i>{twice}</i>! }}
            {if let Some(name) = name && n > 0 { <>Dear {name}</> }}
            {match n { 0 | 1 => "few", n if n > 9 => <b>many: {n}, really</b>, _ => {n} }}
            {for i in 0..n { <i :key={i}>{i}</i> }}
            {if n > 1 { "a" } else { "b" }.len()}
        }
    };
    assert_eq!(page(render(0, None)), "none\n\nfew\n\n1");
    assert_eq!(
        page(render(1, Some("Ada"))),
        "<b>one</b>\nDear Ada\nfew\n<i>0</i>\n1"
    );
    assert_eq!(page(render(2, None)), "<i>4</i>!\n\n2\n<i>0</i><i>1</i>\n1");
    assert!(page(render(10, None)).contains("<b>many: 10, really</b>"));
}

#[test]
fn templates_nest_as_values() {
    let header = heex! { <h1>{1}</h1> };
    let footer: Option<_> = Some(heex! { <hr> });
    fn wrap(content: impl Render) -> impl Render {
        heex! { <main>{content}</main> }
    }
    assert_eq!(
        page(heex! { {header}{wrap(heex! { <p></p> })}{footer} }),
        "<h1>1</h1><main><p></p></main><hr>"
    );
}

#[test]
fn user_variables_do_not_meet_generated_ones() {
    let (sink, rows, list, dynamic) = ("s", ["r"], "l", "d");
    let rendered = heex! { {sink}{for row in rows { <i class={[list, sink]}>{row}{dynamic}</i> }} };
    assert_eq!(page(rendered), "s<i class=\"l s\">rd</i>");
}

#[test]
fn attribute_names_may_be_rust_keywords() {
    let name = "n";
    assert_eq!(
        page(
            heex! { <label for={name} type="x" async @click="go" x-on:click.prevent="a">x</label> }
        ),
        "<label for=\"n\" type=\"x\" async @click=\"go\" x-on:click.prevent=\"a\">x</label>"
    );
}

// 13.6
#[test]
fn a_hook_stands_beside_its_markup() {
    let nonce = "n";
    let rendered = heex! {
        <ul id="l" phx-hook=".Sort"></ul>
        <script :type={ColocatedHook} name=".Sort" runtime nonce={nonce}>
            {
                mounted() { this.el.dataset.sorted = "yes" }
            }
        </script>
    };
    let module = module_path!();
    assert_eq!(
        page(rendered),
        format!(
            "<ul id=\"l\" phx-hook=\"{module}.Sort\"></ul>\n\
             <script data-phx-runtime-hook=\"{module}.Sort\" nonce=\"n\">window[\"phx_hook_{module}.Sort\"] = function() {{\n  \
             return {{\n                mounted() {{ this.el.dataset.sorted = \"yes\" }}\n            }}\n}}</script>"
        )
    );
    let mut view = View::default();
    let rendered = view.render(|| {
        heex! {
            <i id="i" phx-hook=".A"></i>
            <script :type={ColocatedHook} name=".A" runtime>"{ mounted() { go('x') } }"</script>
        }
    });
    let text = rendered.to_string();
    assert!(text.contains(&format!("phx_hook_{module}.A")), "{text}");
    assert!(text.contains("return { mounted() { go('x') } }"), "{text}");
}

/// A list of variables with their names, which only a macro knows.
macro_rules! definitions {
    ($($name:ident),*) => {
        heex! { <dl>{concat!($("<", stringify!($name), ">"),*)}{[$(&*$name),*].concat()}</dl> }
    };
}

#[test]
fn a_macro_makes_markup_when_it_is_compiled() {
    let (city, year) = ("Rome".to_owned(), "2026".to_owned());
    assert_eq!(
        page(heex! { <p>{definitions!(city, year)}</p> }),
        "<p><dl>&lt;city&gt;&lt;year&gt;Rome2026</dl></p>"
    );
}

#[test]
fn braces_in_quotes_are_text_where_they_hold_no_rust() {
    assert_eq!(
        page(heex! { <p x-data="{ open: false }" data-a={"{name}"}>"{}"{"{name}"}</p> }),
        "<p x-data=\"{ open: false }\" data-a=\"{name}\">{}{name}</p>"
    );
}
