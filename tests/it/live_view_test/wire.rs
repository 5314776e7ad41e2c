//! What the engine of a server may send, followed on the page.

use bennu::testing::Redirected;
use serde_json::{Value, json};

use super::engine::failure;
use super::scripted::{Script, container, heard, whole};

/// The names of the messages that a view's channel heard.
fn names(heard: &[Value]) -> Vec<&str> {
    heard
        .iter()
        .filter_map(|message| message["event"].as_str())
        .collect()
}

fn components() -> Script {
    let first = json!({"0": 1, "1": 2, "s": ["<main>", "", "</main>"], "c": {
        "1": {"0": "a", "s": ["<div id=\"one\"><button phx-click=\"hit\" phx-target=\"1\">", "</button></div>"], "r": 1},
        "2": {"0": "b", "s": ["<div id=\"two\" class=\"part\"><i phx-click=\"hit\" phx-target=\".part\">", "</i></div>"], "r": 1},
    }});
    Script::default()
        .on("lv:main", json!({"rendered": first}))
        .on("hit", json!({"diff": {"c": {"1": {"0": "hit"}}}}))
        .on("drop", json!({"diff": {"1": ""}}))
        .on("cids_destroyed", json!({"cids": [2]}))
        .on("show", json!({"diff": {"1": 2}}))
}

// 6.6
#[tokio::test(start_paused = true)]
async fn events_go_to_the_component_they_target() {
    let view = components().view_of().await;
    let html = view
        .element("button")
        .render_click()
        .await
        .expect("it stays");
    assert!(html.contains(">hit</button>"), "{html}");
    view.element("i").render_click().await.expect("it stays");
    view.with_target("#two i")
        .render_click("hit", json!({}))
        .await
        .expect("it stays");
    view.render_click("hit", json!({})).await.expect("it stays");
    let cids: Vec<_> = heard(&view).await[1..]
        .iter()
        .map(|message| message["payload"]["cid"].clone())
        .collect();
    assert_eq!(cids, [json!(1), json!(2), json!(2), Value::Null]);
    assert!(
        failure(view.with_target("#three").render_click("hit", json!({})))
            .await
            .contains("#three")
    );
}

// 6.5
#[tokio::test(start_paused = true)]
async fn components_that_are_gone_are_destroyed_in_two_steps() {
    let view = components().view_of().await;
    view.render_click("drop", json!({}))
        .await
        .expect("it stays");
    assert!(!view.has_element("#two").await);
    let heard = heard(&view).await;
    let destroyed: Vec<_> = heard
        .iter()
        .filter(|message| message["payload"]["cids"] == json!([2]))
        .cloned()
        .collect();
    assert_eq!(names(&destroyed), ["cids_will_destroy", "cids_destroyed"]);
    let forgotten = failure(view.render_click("show", json!({}))).await;
    assert!(
        forgotten.contains("component 2 is shown but was never sent"),
        "{forgotten}"
    );
}

fn family() -> Script {
    Script::default()
        .view("main", &container("child", Some("main"), ""))
        .view(
            "child",
            &format!(
                "<b phx-click=\"grow\">child</b>{}",
                container("grandchild", Some("child"), "")
            ),
        )
        .view("grandchild", "<i>grandchild</i>")
        .on("grow", json!({"diff": whole("<b>grown</b>")}))
        .on("empty", json!({"diff": whole("nobody")}))
}

// 4.5
#[tokio::test(start_paused = true)]
async fn nested_views_are_joined_and_patch_themselves() {
    let view = family().view_of().await;
    view.assert_html("<i>grandchild</i>").await;
    let child = view.find_live_child("child");
    let ids: Vec<_> = child
        .live_children()
        .iter()
        .map(|child| child.id().to_owned())
        .collect();
    assert_eq!(ids, ["grandchild"]);
    let other = failure(view.element("b").render_click()).await;
    assert!(
        other.contains("although one of the live view #child does"),
        "{other}"
    );
    let join = &heard(&child).await[0];
    assert_eq!(
        (&join["url"], &join["session"], &join["static"]),
        (&Value::Null, &json!("S-child"), &Value::Null)
    );
    assert_eq!(
        child.element("b").render_click().await.expect("it stays"),
        "<b>grown</b>"
    );
    assert!(child.live_children().is_empty());
    view.assert_html("<b>grown</b>").await;
    view.render_click("empty", json!({}))
        .await
        .expect("it stays");
    assert!(
        failure(child.render())
            .await
            .contains("does not show the live view #child")
    );
}

// 4.1
#[tokio::test(start_paused = true)]
async fn the_join_says_what_the_page_says() {
    let endpoint = Script::default().view("main", "joined").endpoint();
    let conn = bennu::testing::build_conn(&endpoint)
        .host("bennu.test")
        .put_connect_params(json!({"locale": "de"}));
    let (view, html) = bennu::testing::live(&conn, "/")
        .await
        .expect("the view is joined");
    assert_eq!(html, "joined");
    let join = &heard(&view).await[0];
    assert_eq!(join["url"], "http://bennu.test/");
    assert_eq!(
        (&join["params"]["locale"], &join["params"]["_mounts"]),
        (&json!("de"), &json!(0))
    );
    assert_eq!(
        (&join["session"], &join["sticky"]),
        (&json!("S-main"), &json!(false))
    );
}

// 4.4
#[tokio::test(start_paused = true)]
async fn a_join_may_redirect_or_be_refused() {
    let on_join = |error: Value| {
        Script::default()
            .on("lv:main", json!({"error": error}))
            .live()
    };
    let redirected =
        on_join(json!({"live_redirect": {"to": "/x", "kind": "push", "flash": "F"}, "events": []}))
            .await;
    let redirected = redirected.expect_err("it goes elsewhere");
    assert!(matches!(redirected, Redirected::LiveRedirect(_)));
    assert_eq!(
        (redirected.to(), redirected.flash_token()),
        ("/x", Some("F"))
    );
    assert!(
        failure(on_join(json!({"reason": "stale"})))
            .await
            .contains("stale")
    );
}

// 8, 15
#[tokio::test(start_paused = true)]
async fn the_server_changes_the_url_and_leaves() {
    let script = Script::default()
        .view("main", "main")
        .view("main navigated", "next")
        .on("lv:main navigated", json!({"rendered": whole("next"), "container": ["div", {"class": "wide"}]}))
        .on("patch", json!({"push": [["live_patch", {"to": "/next?page=2", "kind": "push"}]], "diff": whole("two")}))
        .on("navigate", json!({"live_redirect": {"to": "/next", "kind": "push", "flash": "F"}, "diff": {"e": [["bye", {}]]}}))
        .on("redirect", json!({"push": [["redirect", {"to": "/next", "flash": "F"}]]}));
    let view = script.clone().view_of().await;
    view.refute_redirected().await;
    assert_eq!(
        view.render_click("patch", json!({})).await,
        Ok("two".to_owned())
    );
    assert_eq!(
        (view.assert_patch().await, view.path()),
        ("/next?page=2".to_owned(), "/next?page=2".to_owned())
    );
    let left = view
        .render_click("navigate", json!({}))
        .await
        .expect_err("it goes elsewhere");
    assert_eq!(
        (left.to(), view.assert_redirect().await.flash_token()),
        ("/next", Some("F"))
    );
    view.assert_push_event("bye", json!({})).await;
    assert!(failure(view.refute_redirected()).await.contains("/next"));
    let (next, html) = view
        .live_redirect("/next")
        .await
        .expect("it is of the same session");
    assert_eq!((&*html, &*next.path()), ("next", "/next"));
    assert!(next.page_html().contains("class=\"wide\""));
    let join = &heard(&next).await[0];
    assert_eq!(
        (&join["redirect"], &join["flash"]),
        (&json!("http://www.example.com/next"), &json!("F"))
    );
    assert_eq!(
        join["params"]["_live_referer"],
        "http://www.example.com/next?page=2"
    );

    let view = script.clone().view_of().await;
    let left = view
        .render_click("redirect", json!({}))
        .await
        .expect_err("it goes elsewhere");
    let conn = bennu::testing::build_conn(&script.endpoint());
    let (_, html) = left
        .follow_redirect(&conn)
        .await
        .expect("the view is joined");
    assert_eq!(html, "main");
    assert_eq!(left.get(&conn).await.status(), 200);
}

// 4.4
#[tokio::test(start_paused = true)]
async fn navigation_out_of_the_live_session_loads_the_page() {
    let view = Script::default().view("main", "main").view_of().await;
    let left = view
        .live_redirect("/next")
        .await
        .expect_err("the join is not authorized");
    assert!(
        matches!(&left, Redirected::Redirect(redirect) if redirect.to == "/next"),
        "{left}"
    );
}

// 5.10, 18
#[tokio::test(start_paused = true)]
async fn diffs_that_no_browser_could_apply_fail_the_test() {
    let broken = |diff: Value| async move {
        let view = Script::default()
            .view("main", "main")
            .on("break", json!({"diff": diff}))
            .view_of()
            .await;
        failure(view.render_click("break", json!({}))).await
    };
    assert!(
        broken(json!({"0": "x"}))
            .await
            .contains("could not apply this diff")
    );
    let twice = broken(whole("<p id=\"a\"></p><p id=\"a\"></p>")).await;
    assert!(
        twice.contains("two elements of the page have the id \"a\""),
        "{twice}"
    );
    assert!(
        broken(whole("<ul phx-update=\"stream\"></ul>"))
            .await
            .contains("has no id")
    );
}

// 1.7
#[tokio::test(start_paused = true)]
async fn a_view_that_crashes_or_closes_says_so() {
    let view = Script::default().view("main", "main").view_of().await;
    let crashed = failure(view.render_click("crash", json!({}))).await;
    assert!(crashed.contains("failed on purpose"), "{crashed}");
}

// 2.5
#[tokio::test(start_paused = true)]
async fn titles_come_with_diffs() {
    let script = Script::default()
        .view("main", "main")
        .on("t", json!({"diff": {"t": "New"}}));
    let view = script.view_of().await;
    assert_eq!(view.page_title().await, "Page");
    view.render_click("t", json!({})).await.expect("it stays");
    assert_eq!(view.page_title().await, "New");
}
