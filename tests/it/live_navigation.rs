//! Where views send their pages: patches, live redirects, redirects (liveview-wire 7.4, 9 and 15.5).

use bennu::endpoint::Router;
use serde_json::{Value, json};

use crate::support::live_page::{Loaded, ok};
use crate::support::site::{
    closed, crashed, go, push, site, tell, tell_component, walkers, walking,
};
use crate::support::{Request, Server};

fn live_patch(page: &Loaded, reference: &str, url: &str) -> Value {
    json!(["4", reference, page.topic(), "live_patch", {"url": url}])
}

// 9.2, 15.5
#[tokio::test]
async fn a_patch_is_told_before_the_reply_that_shows_it() {
    let (_server, page, mut client) = walking().await;
    client
        .send(go(&page, "5", json!({"go": "patch", "to": "/walk/1?q=a"})))
        .await;
    let told = json!({"to": "/walk/1?q=a", "kind": "push"});
    client.expect(push(&page, "live_patch", told)).await;
    client
        .expect(ok(&page, "5", json!({"diff": {"0": "a"}})))
        .await;
    let order = json!({"go": "patch", "to": "/walk/2?q=b", "replace": true});
    client.send(go(&page, "6", order)).await;
    let told = json!({"to": "/walk/2?q=b", "kind": "replace"});
    client.expect(push(&page, "live_patch", told)).await;
    client
        .expect(ok(&page, "6", json!({"diff": {"0": "b"}})))
        .await;
}

// 9.2
#[tokio::test]
async fn a_message_patches_with_pushes() {
    let (_server, page, mut client) = walking().await;
    let order = json!({"go": "patch", "to": "/walk/1?q=a"});
    client.send(tell(&page, "5", "later", order)).await;
    client.expect(ok(&page, "5", json!({}))).await;
    let told = json!({"to": "/walk/1?q=a", "kind": "push"});
    client.expect(push(&page, "live_patch", told)).await;
    client.expect(push(&page, "diff", json!({"0": "a"}))).await;
}

// 7.4
#[tokio::test]
async fn the_page_patches_itself_within_the_view_only() {
    let (_server, page, mut client) = walking().await;
    client
        .send(live_patch(&page, "5", "http://localhost/walk/1?q=a#top"))
        .await;
    client
        .expect(ok(&page, "5", json!({"diff": {"0": "a"}})))
        .await;
    for elsewhere in ["http://localhost/other", "http://localhost/admin"] {
        client.send(live_patch(&page, "6", elsewhere)).await;
        client
            .expect(ok(&page, "6", json!({"link_redirect": true})))
            .await;
    }
    client
        .send(live_patch(&page, "7", "http://localhost/nowhere"))
        .await;
    client.expect(crashed(&page)).await;
}

// 9.2
#[tokio::test]
async fn a_view_may_patch_itself_twenty_times_in_a_row() {
    let (_server, page, mut client) = walking().await;
    client
        .send(live_patch(
            &page,
            "5",
            "http://localhost/walk/1?countdown=20",
        ))
        .await;
    let told = json!({"to": "/walk/1?countdown=0", "kind": "push"});
    client.expect(push(&page, "live_patch", told)).await;
    client.expect(ok(&page, "5", json!({}))).await;
    client
        .send(live_patch(
            &page,
            "6",
            "http://localhost/walk/1?countdown=21",
        ))
        .await;
    client.expect(crashed(&page)).await;
}

// 9.2, 9.7
#[tokio::test]
async fn a_view_that_is_sent_where_it_may_not_go_ends() {
    for order in [
        json!({"go": "patch", "to": "/other"}),
        json!({"go": "patch", "to": "/nowhere"}),
        json!({"go": "patch", "to": "https://example.com/walk/1"}),
        json!({"go": "navigate", "to": "//example.com"}),
        json!({"go": "redirect", "to": "/\\example.com"}),
        json!({"go": "external", "to": "javascript:alert(1)"}),
    ] {
        let (_server, page, mut client) = walking().await;
        client.send(go(&page, "5", order)).await;
        client.expect(crashed(&page)).await;
    }
}

// 9.3, 15.5
#[tokio::test]
async fn a_navigation_is_the_reply_and_then_the_view_closes() {
    let (_server, page, mut client) = walking().await;
    let order = json!({"go": "navigate", "to": "/other", "event": true});
    client.send(go(&page, "5", order)).await;
    let events = json!({"e": [["left", {}]]});
    client.expect(push(&page, "diff", events)).await;
    let told = json!({"live_redirect": {"to": "/other", "kind": "push"}});
    client.expect(ok(&page, "5", told)).await;
    client.expect(closed(&page)).await;
}

// 8
#[tokio::test]
async fn a_message_sends_the_page_elsewhere_with_a_push() {
    for (go, told) in [
        ("navigate", json!({"to": "/other", "kind": "replace"})),
        ("redirect", json!({"to": "/other", "status": 302})),
    ] {
        let (_server, page, mut client) = walking().await;
        let order = json!({"go": go, "to": "/other", "replace": true});
        client.send(tell(&page, "5", "later", order)).await;
        client.expect(ok(&page, "5", json!({}))).await;
        let event = if go == "navigate" {
            "live_redirect"
        } else {
            "redirect"
        };
        client.expect(push(&page, event, told)).await;
        client.expect(closed(&page)).await;
    }
}

// 8
#[tokio::test]
async fn a_redirect_may_leave_the_site() {
    let (_server, page, mut client) = walking().await;
    let order = json!({"go": "external", "to": "https://example.com/x"});
    client.send(go(&page, "5", order)).await;
    let told = json!({"redirect": {"to": "https://example.com/x", "status": 302}});
    client.expect(ok(&page, "5", told)).await;
    client.expect(closed(&page)).await;
}

// 7.4
#[tokio::test]
async fn parameters_of_a_patch_may_send_the_page_away() {
    let (_server, page, mut client) = walking().await;
    client
        .send(live_patch(
            &page,
            "5",
            "http://localhost/walk/1?away=/other",
        ))
        .await;
    let reply = client.next().await;
    let redirect = &reply[4]["response"]["redirect"];
    assert_eq!(redirect["to"], "/other");
    assert!(redirect["flash"].is_string());
    client.expect(closed(&page)).await;
}

// 9.2, 15.5
#[tokio::test]
async fn a_component_is_shown_before_it_patches() {
    let (_server, page, mut client) = walking().await;
    let order = json!({"go": "patch", "to": "/walk/1?q=a", "event": true});
    client.send(tell_component(&page, "5", "go", order)).await;
    let shown = json!({"c": {"1": {"0": "1"}}, "e": [["left", {}]]});
    client.expect(push(&page, "diff", shown)).await;
    let told = json!({"to": "/walk/1?q=a", "kind": "push"});
    client.expect(push(&page, "live_patch", told)).await;
    client
        .expect(ok(&page, "5", json!({"diff": {"0": "a"}})))
        .await;
}

// 15.5
#[tokio::test]
async fn a_component_is_shown_before_it_leaves() {
    let (_server, page, mut client) = walking().await;
    let order = json!({"go": "navigate", "to": "/other"});
    client.send(tell_component(&page, "5", "go", order)).await;
    client
        .expect(push(&page, "diff", json!({"c": {"1": {"0": "1"}}})))
        .await;
    let told = json!({"live_redirect": {"to": "/other", "kind": "push"}});
    client.expect(ok(&page, "5", told)).await;
    client.expect(closed(&page)).await;
}

// 4.1, 4.3, 9.3
#[tokio::test]
async fn the_next_view_takes_over_the_topic() {
    let (_server, page, mut client) = walking().await;
    let mut payload = page.join_payload("");
    payload["url"] = Value::Null;
    payload["redirect"] = json!("http://localhost/other");
    client
        .send(json!(["8", "8", page.topic(), "phx_join", payload]))
        .await;
    client.expect(closed(&page)).await;
    let reply = client.next().await;
    assert_eq!(reply[0], "8");
    let response = &reply[4]["response"];
    assert_eq!(response["container"], json!(["div", {}]));
    let statics = &response["rendered"]["p"];
    assert!(statics.to_string().contains("other"), "{response}");
}

// 3.5, 9.1
#[tokio::test]
async fn nobody_navigates_into_another_live_session() {
    let (_server, page, mut client) = walking().await;
    for elsewhere in ["http://localhost/admin", "http://localhost/nowhere"] {
        let mut payload = page.join_payload("");
        payload["url"] = Value::Null;
        payload["redirect"] = json!(elsewhere);
        client
            .send(json!(["8", "8", page.topic(), "phx_join", payload]))
            .await;
        let mut reply = client.next().await;
        if reply[3] == "phx_close" {
            reply = client.next().await;
        }
        let unauthorized = json!({"status": "error", "response": {"reason": "unauthorized"}});
        assert_eq!(reply[4], unauthorized);
    }
}

// 2.6
#[tokio::test]
async fn a_page_that_is_loaded_is_sent_elsewhere_by_http() {
    let server = Server::start(site(&walkers(), Router::new())).await;
    for (path, status, location) in [
        ("/walk/1?mount=redirect", 302, "/walk/elsewhere"),
        ("/walk/1?mount=navigate", 302, "/walk/elsewhere"),
        ("/walk/1?mount=see_other", 303, "/walk/elsewhere"),
        ("/walk/1?mount=external", 302, "https://example.com/x"),
        ("/walk/1?countdown=1", 302, "/walk/1?countdown=0"),
        ("/walk/1?away=/other", 302, "/other"),
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status, status, "{path}");
        assert_eq!(response.header("location"), Some(location), "{path}");
    }
    for path in [
        "/walk/1?mount=patch",
        "/walk/1?mount=halted",
        "/walk/1?mount=unsafe",
        "/walk/1?away=//example.com",
    ] {
        assert_eq!(server.get(path).await.status, 500, "{path}");
    }
}

// 4.4
#[tokio::test]
async fn a_join_is_sent_elsewhere_with_the_events_and_the_flash() {
    let server = Server::start(site(&walkers(), Router::new())).await;
    for (how, key) in [
        ("redirect", "redirect"),
        ("navigate", "live_redirect"),
        ("external", "redirect"),
    ] {
        let path = format!("/walk/1?when=connected&mount={how}");
        let page = Loaded::load(&server, &path).await;
        let mut client = page.connect(&server).await;
        let reply = page
            .join(&mut client, &format!("http://localhost{path}"))
            .await;
        assert_eq!(reply["status"], "error", "{how}");
        let response = &reply["response"];
        assert_eq!(response["events"], json!([["left", {}]]), "{how}");
        assert!(response[key]["flash"].is_string(), "{how}");
    }
}

// 2.6, 4.4
#[tokio::test]
async fn a_join_whose_mount_goes_nowhere_crashes() {
    let server = Server::start(site(&walkers(), Router::new())).await;
    for how in ["patch", "halted", "unsafe"] {
        let path = format!("/walk/1?when=connected&mount={how}");
        let page = Loaded::load(&server, &path).await;
        let mut client = page.connect(&server).await;
        let reply = page
            .join(&mut client, &format!("http://localhost{path}"))
            .await;
        assert_eq!(
            reply["response"],
            json!({"reason": "join crashed"}),
            "{how}"
        );
    }
}

// 4.3
#[tokio::test]
async fn a_join_tells_of_the_patch_that_its_parameters_asked_for() {
    let server = Server::start(site(&walkers(), Router::new())).await;
    let page = Loaded::load(&server, "/walk/1").await;
    let mut client = page.connect(&server).await;
    let reply = page
        .join(&mut client, "http://localhost/walk/1?countdown=2")
        .await;
    let patched = json!({"to": "/walk/1?countdown=0", "kind": "push"});
    assert_eq!(reply["response"]["live_patch"], patched);
}

// 2.7, 4.4
#[tokio::test]
async fn a_status_of_a_connected_mount_becomes_that_of_the_page() {
    let server = Server::start(site(&walkers(), Router::new())).await;
    let path = "/walk/1?when=connected&mount=missing";
    let page = Loaded::load(&server, path).await;
    let mut client = page.connect(&server).await;
    let reply = page
        .join(&mut client, &format!("http://localhost{path}"))
        .await;
    let response = &reply["response"];
    assert_eq!(
        (&response["reason"], &response["status"]),
        (&json!("reload"), &json!(404))
    );
    let token = response["token"].as_str().expect("the reply has a token");
    let with_cookie = |token: &str| {
        let cookie = format!("__phoenix_reload_status__={token}");
        Request::get(path).header("cookie", &cookie)
    };
    let reloaded = server.send(with_cookie(token)).await;
    assert_eq!(reloaded.status, 404);
    let forgotten = reloaded.header("set-cookie").unwrap_or_default();
    assert!(
        forgotten.starts_with("__phoenix_reload_status__=;"),
        "{forgotten}"
    );
    assert!(forgotten.contains("max-age=0"), "{forgotten}");
    assert_eq!(server.send(with_cookie("forged")).await.status, 200);
}

#[tokio::test]
async fn a_view_knows_how_a_link_should_lead_to_a_path() {
    let (_server, page, mut client) = walking().await;
    for (path, expected) in [
        ("/walk/2?q=1#end", "Patch"),
        ("/other", "Navigate"),
        ("/admin", "Href"),
        ("/nowhere", "Href"),
        ("", "Href"),
    ] {
        client
            .send(tell(&page, "5", "type", json!({"to": path})))
            .await;
        let reply = client.next().await;
        assert_eq!(
            reply[4]["response"]["diff"]["r"]["type"], expected,
            "{path}"
        );
    }
}
