//! Views of the engine.

use std::panic::AssertUnwindSafe;

use bennu::channel::Reason;
use bennu::testing::{Any, Redirected, View, build_conn, live};
use serde_json::json;

use super::desk::{Desk, Info, endpoint};

async fn desk() -> View {
    let opened = live(&build_conn(&endpoint()), "/desk").await;
    opened.expect("the desk is open").0
}

/// The words with which an assertion fails.
pub(super) async fn failure<T>(failing: impl Future<Output = T>) -> String {
    let mut failing = std::pin::pin!(AssertUnwindSafe(failing));
    let failed = std::future::poll_fn(|cx| {
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| failing.as_mut().poll(cx)));
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(cause) => std::task::Poll::Ready(Err(cause)),
        }
    });
    let Err(cause) = failed.await else {
        panic!("nothing failed");
    };
    let words = cause
        .downcast::<String>()
        .expect("assertions fail with words");
    assert!(
        words.contains("tests/it/live_view_test"),
        "it says where: {words}"
    );
    *words
}

#[tokio::test(start_paused = true)]
async fn a_page_is_loaded_and_connected() {
    let conn = build_conn(&endpoint()).init_test_session(|session| session.put("user", "ada"));
    let (view, html) = live(&conn, "/desk?count=4")
        .await
        .expect("the desk is open");
    assert!(html.contains(r#"<p id="count">4</p>"#), "{html}");
    assert!(html.contains("hello ada"), "{html}");
    assert_eq!(view.render().await, html);
    assert_eq!(
        (view.page_title().await, view.path()),
        ("Desk | Bennu".to_owned(), "/desk?count=4".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn redirections_come_back_in_place_of_a_view() {
    let conn = build_conn(&endpoint());
    for page in ["/desk?as=guest", "/desk?as=late"] {
        let redirected = live(&conn, page).await.expect_err("the desk is closed");
        assert_eq!(redirected.to(), "/login", "{page}");
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_are_no_live_views_fail_with_what_they_are() {
    let conn = build_conn(&endpoint());
    assert!(
        failure(live(&conn, "/desk?as=nobody"))
            .await
            .contains("404")
    );
    assert!(
        failure(live(&conn, "/plain"))
            .await
            .contains("shows no live view")
    );
    let broken = failure(live(&conn, "/desk?as=broken")).await;
    assert!(broken.contains("mount failed on purpose"), "{broken}");
}

#[tokio::test(start_paused = true)]
async fn clicks_carry_the_values_of_the_element() {
    let view = desk().await;
    let html = view
        .element("button.add")
        .text("Add two")
        .render_click()
        .await
        .expect("it stays");
    assert!(html.contains(r#"<p id="count">2</p>"#), "{html}");
    assert!(html.contains(r#"add {"by":"2"}"#), "{html}");
    let clicked = view
        .element("#one")
        .value(json!({"by": "10"}))
        .render_click()
        .await;
    assert!(
        clicked
            .expect("it stays")
            .contains(r#"<p id="count">12</p>"#)
    );
    let clicked = view.render_click("add", json!({"by": "-2"})).await;
    assert!(
        clicked
            .expect("it stays")
            .contains(r#"<p id="count">10</p>"#)
    );
}

#[tokio::test(start_paused = true)]
async fn elements_that_do_not_fit_are_shown_with_the_page() {
    let view = desk().await;
    let several = failure(view.element("button.add").render_click()).await;
    assert!(
        several.contains(r#"2 elements match "button.add""#),
        "{several}"
    );
    let none = failure(view.element("#one").text("three").render_click()).await;
    assert!(
        none.contains("although 1 match without the text") && none.contains("<p id=\"count\">"),
        "{none}"
    );
    assert!(
        failure(view.element("#off").render_click())
            .await
            .contains("is disabled")
    );
    assert!(
        failure(view.element("#plain").render_click())
            .await
            .contains("has a phx-click")
    );
    assert!(
        failure(view.element("#nothing").render_click())
            .await
            .contains("reaches the server")
    );
    assert!(
        failure(view.element("#plain").render_blur())
            .await
            .contains("no phx-blur")
    );
    assert!(
        failure(view.element("#plain").render_hook("x"))
            .await
            .contains("no phx-hook")
    );
    assert!(!view.has_element("#missing").await);
    assert!(view.has_text("button", "Add two").await && !view.has_text("button", "three").await);
    assert!(view.element("#one").exists().await && !view.element("#missing").exists().await);
    assert!(
        failure(view.element("button.add").exists())
            .await
            .contains("2 elements")
    );
    assert_eq!(
        view.element("#count").render().await,
        r#"<p id="count">0</p>"#
    );
}

#[tokio::test(start_paused = true)]
async fn keys_and_focus_reach_their_bindings() {
    let view = desk().await;
    let keys = || view.element("#keys");
    let down = keys()
        .value(json!({"key": "Enter"}))
        .render_keydown()
        .await
        .expect("it stays");
    assert!(down.contains(r#"down {"key":"Enter"}"#), "{down}");
    assert!(
        keys()
            .render_keyup()
            .await
            .expect("it stays")
            .contains("up {}")
    );
    assert!(
        keys()
            .render_focus()
            .await
            .expect("it stays")
            .contains("in {}")
    );
    assert!(
        keys()
            .render_blur()
            .await
            .expect("it stays")
            .contains("out {}")
    );
    let other = failure(keys().value(json!({"key": "a"})).render_keydown()).await;
    assert!(other.contains(r#"listens to "Enter""#), "{other}");
}

#[tokio::test(start_paused = true)]
async fn commands_push_in_their_order() {
    let view = desk().await;
    for (button, count) in [("#chain", 5), ("#steps", 10)] {
        let html = view.element(button).render_click().await.expect("it stays");
        assert!(
            html.contains(&format!(r#"<p id="count">{count}</p>"#)),
            "{html}"
        );
        assert!(html.contains("note {}"), "{html}");
    }
}

#[tokio::test(start_paused = true)]
async fn streams_keep_what_the_server_forgot() {
    let view = desk().await;
    let notes = async || {
        view.element("#notes")
            .render()
            .await
            .replace(r#" data-phx-stream="0""#, "")
    };
    assert!(
        notes()
            .await
            .ends_with(r#"<li id="notes-1">1</li><li id="notes-2">2</li></ul>"#)
    );
    view.render_click("note", json!({}))
        .await
        .expect("it stays");
    assert!(
        notes()
            .await
            .ends_with(r#"<li id="notes-3">3</li><li id="notes-2">2</li></ul>"#)
    );
    view.send::<Desk>(Info::Note(4));
    assert!(
        notes()
            .await
            .ends_with(r#"<li id="notes-2">2</li><li id="notes-4">4</li></ul>"#)
    );
}

#[tokio::test(start_paused = true)]
async fn messages_are_handled_before_a_render() {
    let view = desk().await;
    view.send::<Desk>(Info::Add(7));
    view.assert_html(r#"<p id="count">7</p>"#).await;
    view.render_click("later", json!({}))
        .await
        .expect("it stays");
    view.assert_html(r#"<p id="count">107</p>"#).await;
    assert!(
        failure(view.assert_html("missing"))
            .await
            .contains("is not in")
    );
}

#[tokio::test(start_paused = true)]
async fn a_delayed_change_is_waited_for() {
    let view = desk().await;
    let other = view.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        other.send::<Desk>(Info::Add(3));
    });
    view.assert_html(r#"<p id="count">0</p>"#).await;
    assert!(view.render_async().await.contains(r#"<p id="count">3</p>"#));
}

#[tokio::test(start_paused = true)]
async fn events_and_replies_are_asserted_once() {
    let view = desk().await;
    view.render_hook("alert", json!({}))
        .await
        .expect("it stays");
    assert_eq!(
        view.assert_push_event("alert", json!({"count": 0})).await,
        json!({"count": 0})
    );
    view.refute_push_event("alert", Any).await;
    let missing = failure(view.assert_push_event("alert", Any)).await;
    assert!(missing.contains("no event alert"), "{missing}");
    view.element("#hook")
        .value(json!({"of": 1}))
        .render_hook("ask")
        .await
        .expect("it stays");
    assert_eq!(
        view.assert_reply(json!({"count": 0})).await,
        json!({"count": 0})
    );
    assert!(failure(view.assert_reply(Any)).await.contains("nothing"));
}

#[tokio::test(start_paused = true)]
async fn titles_change() {
    let view = desk().await;
    view.render_click("rename", json!({}))
        .await
        .expect("it stays");
    assert_eq!(view.page_title().await, "Other desk | Bennu");
}

#[tokio::test(start_paused = true)]
async fn links_and_commands_patch_the_url() {
    let view = desk().await;
    let html = view
        .element("#next")
        .render_click()
        .await
        .expect("it is the same view");
    assert!(html.contains(r#"<p id="count">7</p>"#), "{html}");
    assert_eq!(
        (view.assert_patch().await, view.path()),
        ("/desk?count=7".into(), "/desk?count=7".into())
    );
    view.element("#patch")
        .render_click()
        .await
        .expect("it is the same view");
    view.assert_patch_to("?count=9").await;
    assert_eq!(view.path(), "/desk?count=9");
    let html = view
        .render_patch("/desk?count=8")
        .await
        .expect("it is the same view");
    assert!(html.contains(r#"<p id="count">8</p>"#), "{html}");
    assert!(
        failure(view.assert_patch_to("/desk?count=1"))
            .await
            .contains("count=8")
    );
    let patched = failure(view.refute_patched_to("/desk?count=8")).await;
    assert!(patched.contains("patched to /desk?count=8"), "{patched}");
    view.refute_patched_to("/desk?count=1").await;
    assert!(failure(view.refute_patched()).await.contains("count=8"));
    view.assert_patch_to("/desk?count=8").await;
    view.refute_patched().await;
    view.refute_redirected().await;
}

#[tokio::test(start_paused = true)]
async fn links_lead_elsewhere() {
    let view = desk().await;
    let away = view
        .element("#away")
        .render_click()
        .await
        .expect_err("it is another page");
    assert!(matches!(&away, Redirected::Redirect(redirect) if redirect.to == "/elsewhere"));
    assert_eq!(view.assert_redirect_to("/elsewhere").await, away);
    assert!(
        failure(view.render_click("add", json!({})))
            .await
            .contains("/elsewhere")
    );

    let view = desk().await;
    let other = view
        .element("#other")
        .render_click()
        .await
        .expect_err("it is another view");
    assert!(matches!(&other, Redirected::LiveRedirect(redirect) if redirect.to == "/other"));
    assert_eq!(view.assert_redirect().await, other);
    let conn = build_conn(&endpoint());
    let (_, html) = other
        .follow_redirect(&conn)
        .await
        .expect("the other view is open");
    assert_eq!(html.trim(), "<h1>Other</h1>");
}

#[tokio::test(start_paused = true)]
async fn a_patch_to_another_view_navigates() {
    let view = desk().await;
    let other = view
        .render_patch("/other")
        .await
        .expect_err("it is another view");
    assert!(matches!(other, Redirected::LiveRedirect(_)), "{other}");
}

#[tokio::test(start_paused = true)]
async fn navigation_reuses_the_connection() {
    let view = desk().await;
    let (other, html) = view.live_redirect("/other").await.expect("it is open");
    assert_eq!(html.trim(), "<h1>Other</h1>");
    assert_eq!((other.path(), other.id()), ("/other".to_owned(), view.id()));
    let (back, html) = other
        .live_redirect("/desk?count=3")
        .await
        .expect("it is open");
    assert!(html.contains(r#"<p id="count">3</p>"#), "{html}");
    assert!(back.has_element("#notes-1").await);
}

#[tokio::test(start_paused = true)]
async fn crashes_take_the_test_along() {
    let view = desk().await;
    let crashed = failure(view.render_click("crash", json!({}))).await;
    assert!(crashed.contains("event failed on purpose"), "{crashed}");
    assert!(matches!(view.ended().await, Reason::Error(_)));
    assert!(
        failure(view.render())
            .await
            .contains("event failed on purpose")
    );
}

#[tokio::test]
async fn real_time_works_too() {
    let view = desk().await;
    view.render_click("later", json!({}))
        .await
        .expect("it stays");
    assert!(view.render().await.contains(r#"<p id="count">100</p>"#));
}

#[test]
fn verbs_may_run_on_other_threads() {
    fn check<T: Send>(_: T) {}
    check(async {
        let view = desk().await;
        view.render().await;
        view.element("#one").render_click().await.expect("it stays");
        view.form("form", json!({}))
            .render_change()
            .await
            .expect("it stays");
        let _ = view.live_redirect("/other").await;
    });
}

#[tokio::test]
async fn pages_that_are_no_text_are_loaded_as_bytes() {
    let picture = build_conn(&endpoint()).get_bytes("/picture").await;
    assert_eq!(&**picture.body(), [0xff, 0xd8]);
}
