//! Scripts and styles beside the markup they are for (feature 153; upstream `Phoenix.LiveView.ColocatedHook` and its kin).

use bennu::endpoint::{Endpoint, Router};
use bennu::live::colocated;
use bennu::live::differ::{DiffOptions, Differ};
use bennu::live::html;
use bennu::live::rendered::Render;
use bennu::live::{LiveView, LiveViews, MountError, Page, RootLayout, Socket};
use bennu::protocol::form::Params;
use bennu::session::Session;
use bennu::{component, heex, heex_file};

use crate::support::site::site;
use crate::support::{Request, Server, builder};

const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// What this program serves holds the scripts of all its modules; those of this one begin so.
const MODULE: &str = module_path!();

#[component]
fn phone() -> impl Render {
    heex! {
        <form>
            <input id="phone" phx-hook=".Phone">
            <script :type={ColocatedHook} name=".Phone">r#"
                export default { mounted() { this.el.value.replace(/\D/g, "") } }
            "#</script>
            <input id="other">
        </form>
        <script :type={ColocatedJs} name="start \"here\"">export default function (liveSocket) { return liveSocket }</script>
        <script :type={ColocatedJs} key="elements" name="x-phone">export default class extends HTMLElement {}</script>
        <script :type={ColocatedJs}>"globalThis.ran = true"</script>
        <style :type={ColocatedCss} global>
            .phone { color: red; }
        </style>
    }
}

#[component]
fn one_element() -> impl Render {
    heex! {
        <style :type={ColocatedCss} global>
            .one { color: blue }
        </style>
        <b class="one">1</b>
    }
}

fn page(rendered: impl Render) -> String {
    let mut page = Vec::new();
    html::write(rendered, &mut page).expect("the template renders");
    String::from_utf8(page).expect("the renderer writes text")
}

fn endpoint() -> Endpoint {
    let builder = builder().colocated("/assets/colocated/");
    builder.build().expect("the parts fit")
}

/// The module that `index` imports for the export of this name.
fn import<'i>(index: &'i str, export: &str) -> &'i str {
    let assigned = index.split_once(&format!("[{export}] = "));
    let (_, rest) = assigned.unwrap_or_else(|| panic!("{export} in {index}"));
    let (import, _) = rest.split_once(';').expect("a statement");
    let (_, path) = index
        .split_once(&format!("import {import} from \"./"))
        .expect("an import");
    path.split_once('"').expect("the end of a path").0
}

#[test]
fn what_is_colocated_leaves_the_page_without_a_gap() {
    assert_eq!(
        page(heex! { <.phone /> }),
        format!(
            "<form>\n    <input id=\"phone\" phx-hook=\"{MODULE}.Phone\">\n    <input id=\"other\">\n</form>"
        )
    );
    assert_eq!(page(heex! { <.one_element /> }), "<b class=\"one\">1</b>");
}

// 5.11: one element beside a style is one element.
#[test]
fn a_style_does_not_count_among_the_elements() {
    let mut diff = Vec::new();
    let rendered = heex! { <div><.one_element /></div> };
    let written = Differ::new().diff(rendered, &mut diff, DiffOptions::default());
    assert!(written.expect("the template renders"));
    let diff = String::from_utf8(diff).expect("the renderer writes text");
    assert!(diff.starts_with("\"0\":{\"s\":0,\"r\":1}"), "{diff}");
}

#[test]
fn a_branch_and_a_slot_may_hold_a_script() {
    #[component]
    fn framed(inner_block: bennu::live::rendered::Slot<'_>) -> impl Render {
        heex! { <i>{inner_block}</i> }
    }
    let rows = ["a", "b"];
    let shown = page(heex! {
        {if rows.len() == 2 {
            <script :type={ColocatedHook} name=".Branch">export default {}</script>
            <u id="u" phx-hook=".Branch">{rows.len()}</u>
        }}
        {for row in rows {
            <script :type={ColocatedHook} name=".Row">export default {}</script>
            <s :key={row}>{row}</s>
        }}
        <.framed>
            <script :type={ColocatedHook} name=".Slot">export default {}</script>
        </.framed>
    });
    let expected =
        format!("<u id=\"u\" phx-hook=\"{MODULE}.Branch\">2</u>\n<s>a</s><s>b</s>\n<i></i>");
    assert_eq!(shown.replace("<i>\n    </i>", "<i></i>"), expected);
}

#[test]
fn a_template_in_a_file_has_colocated_scripts_too() {
    assert_eq!(page(heex_file!("colocated.html.heex")), "<p>{x}</p>");
}

#[tokio::test]
async fn one_module_imports_and_exports_the_scripts_of_the_program() {
    let server = Server::start(builder().colocated("assets/colocated")).await;
    let index = server.get("/assets/colocated/index.js").await;
    assert_eq!(index.status, 200);
    assert_eq!(
        index.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    assert_eq!(index.header("x-content-type-options"), Some("nosniff"));
    let index = index.text();
    for (export, content) in [
        (
            &*format!("\"{MODULE}.Phone\""),
            "export default { mounted() { this.el.value.replace(/\\D/g, \"\") } }",
        ),
        (
            "\"start \\\"here\\\"\"",
            "export default function (liveSocket) { return liveSocket }",
        ),
        ("\"x-phone\"", "export default class extends HTMLElement {}"),
        (&format!("\"{MODULE}.Branch\""), "export default {}"),
        (&format!("\"{MODULE}.Row\""), "export default {}"),
        (&format!("\"{MODULE}.Slot\""), "export default {}"),
        (
            &format!("\"{MODULE}.File\""),
            "export default { mounted() { `${\"{x}\"}` } }",
        ),
    ] {
        let path = format!("/assets/colocated/{}", import(index, export));
        assert!(path.contains("/it.colocated/"), "{path}");
        let module = server.get(&path).await;
        assert_eq!((module.status, module.text()), (200, content), "{path}");
        assert_eq!(module.header("cache-control"), Some(FOR_EVER), "{path}");
    }
    for export in ["default", "elements", "hooks"] {
        assert_eq!(
            index.matches(&format!(" as {export} }}")).count(),
            1,
            "{index}"
        );
    }
    let imported = index
        .lines()
        .filter(|line| line.starts_with("import \"./it.colocated/"));
    assert_eq!(imported.count(), 1, "{index}");
}

#[tokio::test]
async fn one_stylesheet_holds_the_styles_of_the_program() {
    let server = Server::start(builder().colocated("/assets/colocated")).await;
    let stylesheet = server.get("/assets/colocated/colocated.css").await;
    assert_eq!(
        stylesheet.header("content-type"),
        Some("text/css; charset=utf-8")
    );
    let rules: Vec<_> = stylesheet.text().lines().collect();
    let at = |rule: &str| rules.iter().position(|line| *line == rule);
    let (phone, one) = (at(".phone { color: red; }"), at(".one { color: blue }"));
    assert!(phone.is_some() && phone < one, "{rules:?}");
}

#[tokio::test]
async fn files_are_kept_by_their_digest_and_asked_for_by_their_name() {
    let endpoint = endpoint();
    let latest = endpoint.static_path("/assets/colocated/index.js");
    let server = Server::start(builder().colocated("/assets/colocated")).await;
    let kept = server.get(&latest).await;
    assert_eq!(kept.header("cache-control"), Some(FOR_EVER));
    let asked = server.get("/assets/colocated/index.js").await;
    assert_eq!(asked.header("cache-control"), Some("no-cache"));
    assert_eq!(asked.text(), kept.text());
    let etag = asked.header("etag").expect("a digest");
    assert!(latest.contains(etag.trim_matches('"')), "{latest}");
    for (known, status) in [
        (etag.to_owned(), 304),
        (format!("\"a\", W/{etag}"), 304),
        ("*".to_owned(), 304),
        ("\"a\"".to_owned(), 200),
    ] {
        let request = Request::get("/assets/colocated/index.js").header("if-none-match", &known);
        assert_eq!(server.send(request).await.status, status, "{known}");
    }
    for (method, path, status) in [
        ("HEAD", "/assets/colocated/index.js", 200),
        ("DELETE", "/assets/colocated/index.js", 404),
        ("GET", "/assets/colocated/", 404),
        ("GET", "/assets/colocated/other.js", 404),
        ("GET", "/assets/colocated/index-0123.js", 404),
        ("GET", "/index.js", 404),
    ] {
        let response = server.send(Request::new(method, path)).await;
        assert_eq!(response.status, status, "{method} {path}");
    }
}

// RFC 9110, 14.2 and 13.1.5
#[tokio::test]
async fn a_part_of_a_file_is_answered_alone() {
    let server = Server::start(builder().colocated("/assets/colocated")).await;
    let path = "/assets/colocated/index.js";
    let whole = server.get(path).await;
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let (etag, text) = (whole.header("etag").expect("a digest"), whole.text());
    let length = text.len();
    let (part, all) = (&text[2..5], format!("bytes */{length}"));
    let of_all = format!("bytes 2-4/{length}");
    for (method, known, range, expected) in [
        ("GET", None, "bytes=2-4", (206, part, Some(&*of_all))),
        ("GET", Some(etag), "bytes=2-4", (206, part, Some(&*of_all))),
        ("GET", Some("\"a\""), "bytes=2-4", (200, text, None)),
        ("GET", None, "bytes=2-4,6-7", (200, text, None)),
        (
            "GET",
            None,
            &format!("bytes={length}-"),
            (416, "", Some(&all)),
        ),
        ("HEAD", None, "bytes=2-4", (200, "", None)),
        ("GET", None, "bytes=-0", (416, "", Some(&all))),
        (
            "GET",
            None,
            "bytes=18446744073709551616-",
            (200, text, None),
        ),
        (
            "GET",
            Some(&*format!("W/{etag}")),
            "bytes=2-4",
            (200, text, None),
        ),
        (
            "GET",
            Some("Sun, 06 Nov 1994 08:49:37 GMT"),
            "bytes=2-4",
            (200, text, None),
        ),
    ] {
        let mut request = Request::new(method, path).header("range", range);
        if let Some(known) = known {
            request = request.header("if-range", known);
        }
        let response = server.send(request).await;
        let content_range = response.header("content-range");
        let answer = (response.status, response.text(), content_range);
        assert_eq!(answer, expected, "{method} {known:?} {range}");
    }
}

// 14.8
#[test]
fn a_page_with_former_scripts_learns_of_the_new_ones() {
    let endpoint = endpoint();
    let index = endpoint.static_path("/assets/colocated/index.js");
    assert!(
        endpoint
            .static_integrity("/assets/colocated/index.js")
            .is_some()
    );
    for (tracked, changed) in [
        (&*format!("http://localhost{index}"), false),
        ("http://localhost/assets/colocated/index.js", false),
        ("/assets/colocated/index-0123.js?vsn=d", true),
        ("/assets/colocated/colocated-0123.css", true),
        // Nothing is known of other files.
        ("/assets/app-0123.js?vsn=d", false),
    ] {
        assert_eq!(endpoint.static_changed(&[tracked]), changed, "{tracked}");
    }
}

struct Root;

impl RootLayout for Root {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! {
            <link phx-track-static rel="stylesheet" href={page.static_path("/colocated/colocated.css")}>
            {page.content()}
        }
    }
}

struct Plain;

impl LiveView for Plain {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p></p> }
    }
}

#[tokio::test]
async fn a_page_names_the_latest_stylesheet() {
    let views = LiveViews::new("live salt", Root).view::<Plain>("/");
    let builder = || site(&views, Router::new()).colocated("/colocated");
    let latest = builder().build().expect("the parts fit");
    let latest = latest.static_path("/colocated/colocated.css");
    let server = Server::start(builder()).await;
    let page = server.get("/").await;
    assert!(
        page.text().contains(&format!("href=\"{latest}\"")),
        "{}",
        page.text()
    );
    assert_eq!(server.get(&latest).await.status, 200);
}

#[test]
fn a_bundler_finds_the_same_files_in_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    colocated::write_to(folder.path()).expect("the folder can be written");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name));
    let index = read("index.js").expect("the index is there");
    let module = read(import(&index, "\"x-phone\"")).expect("a module is there");
    assert_eq!(module, "export default class extends HTMLElement {}");
    let stylesheet = read("colocated.css").expect("the stylesheet is there");
    assert!(
        stylesheet.contains(".phone { color: red; }"),
        "{stylesheet}"
    );
    let written = || std::fs::metadata(folder.path().join("index.js")).and_then(|it| it.modified());
    let first = written().expect("a time");
    std::fs::write(folder.path().join("colocated.css"), "old").expect("a file");
    colocated::write_to(folder.path()).expect("the folder can be written");
    assert_eq!(written().expect("a time"), first);
    assert_eq!(read("colocated.css").expect("a file"), stylesheet);
    let file = folder.path().join("index.js");
    colocated::write_to(file).expect_err("a file is no folder");
}

#[test]
fn what_an_earlier_build_wrote_is_removed_and_nothing_else() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("colocated");
    colocated::write_to(&folder).expect("the folder can be written");
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    let put = |name: &str, content: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        std::fs::write(path, content).expect("the file can be written");
    };
    let index = read("index.js").expect("the index is there");
    let module = import(&index, "\"x-phone\"");
    let content = read(module).expect("a module is there");
    let (_, digest) = module.split_once('_').expect("a digest behind the line");
    let [gone, removed, changed, outside] =
        ["gone/1", "kept/1", "kept/2", "../kept/1"].map(|place| format!("{place}_{digest}"));
    let others = ["app.js", "kept/own.js", &changed, &outside];
    for name in [&gone, &removed, "app.js", "kept/own.js", &outside] {
        put(name, &content);
    }
    put(&changed, "changed");
    let imports = [&gone, &removed, module].into_iter().chain(others);
    let imports: Vec<_> = imports.map(|it| format!("import \"./{it}\";")).collect();
    put("index.js", &imports.join("\n"));
    colocated::write_to(&folder).expect("the folder can be written");
    assert_eq!(read("index.js").expect("the index"), index);
    for name in [&gone, &removed, "gone"] {
        assert!(!folder.join(name).exists(), "{name}");
    }
    for name in others.into_iter().chain([module]) {
        assert!(folder.join(name).exists(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_stays() {
    let root = tempfile::tempdir().expect("a folder");
    let [folder, elsewhere] = ["colocated", "elsewhere"].map(|name| root.path().join(name));
    colocated::write_to(&folder).expect("the folder can be written");
    let index = folder.join("index.js");
    let written = std::fs::read_to_string(&index).expect("the index is there");
    let module = import(&written, "\"x-phone\"");
    let (_, digest) = module.split_once('_').expect("a digest behind the line");
    let name = format!("1_{digest}");
    std::fs::create_dir(&elsewhere).expect("it can be made");
    std::fs::copy(folder.join(module), elsewhere.join(&name)).expect("a copy");
    std::os::unix::fs::symlink(&elsewhere, folder.join("link")).expect("a link");
    let forged = format!("import \"./link/{name}\";");
    std::fs::write(&index, forged).expect("the index can be written");
    colocated::write_to(&folder).expect("the folder can be written");
    assert!(elsewhere.join(&name).exists());
}
