//! Messages for the visitor, over patches, navigations and page loads (liveview-wire 9.5 and 2.7).

use bennu::endpoint::Router;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::live_page::{Loaded, click, event, ok};
use crate::support::site::{crashed, go, push, site, tell_component, walkers, walking};
use crate::support::{Client, Request, Server};

fn clear(page: &Loaded, reference: &str, value: Value) -> Value {
    let payload = json!({"type": "click", "event": "lv:clear-flash", "value": value});
    event(page, reference, payload)
}

async fn put(page: &Loaded, client: &mut Client, message: &str) {
    client.send(go(page, "5", json!({"flash": message}))).await;
    client
        .expect(ok(page, "5", json!({"diff": {"1": message}})))
        .await;
}

#[tokio::test]
async fn a_message_stays_until_it_is_cleared() {
    let (_server, page, mut client) = walking().await;
    for value in [json!({"key": "info"}), json!({})] {
        put(&page, &mut client, "saved").await;
        client
            .send(clear(&page, "6", json!({"key": "error"})))
            .await;
        client.expect(ok(&page, "6", json!({}))).await;
        client.send(clear(&page, "7", value)).await; // 7.6
        client
            .expect(ok(&page, "7", json!({"diff": {"1": ""}})))
            .await;
    }
}

// 7.6
#[tokio::test]
async fn other_names_of_the_framework_are_errors() {
    let (_server, page, mut client) = walking().await;
    client.send(click(&page, "5", "lv:nonsense")).await;
    client.expect(crashed(&page)).await;
}

#[tokio::test]
async fn a_patch_keeps_what_was_put_with_it() {
    let (_server, page, mut client) = walking().await;
    put(&page, &mut client, "old").await;
    let order = json!({"go": "patch", "to": "/walk/1?q=a", "flash": "new"});
    client.send(go(&page, "6", order)).await;
    assert_eq!(client.next().await[3], "live_patch");
    client
        .expect(ok(&page, "6", json!({"diff": {"0": "a", "1": "new"}})))
        .await;
    let order = json!({"go": "patch", "to": "/walk/1?q=b"});
    client.send(go(&page, "7", order)).await;
    assert_eq!(client.next().await[3], "live_patch");
    client
        .expect(ok(&page, "7", json!({"diff": {"0": "b", "1": ""}})))
        .await;
}

#[tokio::test]
async fn a_patch_of_the_client_clears_all() {
    let (_server, page, mut client) = walking().await;
    put(&page, &mut client, "old").await;
    let url = json!({"url": "http://localhost/walk/1"});
    client
        .send(json!(["4", "6", page.topic(), "live_patch", url]))
        .await;
    client
        .expect(ok(&page, "6", json!({"diff": {"1": ""}})))
        .await;
}

/// Goes elsewhere with a message and gives the token that carries it.
async fn leave(page: &Loaded, client: &mut Client, order: Value) -> Option<String> {
    client.send(go(page, "5", order)).await;
    let reply = client.next().await;
    let response = reply[4]["response"].as_object().expect("an object");
    let elsewhere = response.values().next().expect("it says where to");
    elsewhere["flash"].as_str().map(str::to_owned)
}

async fn navigate(server: &Server, page: &Loaded, flash: Option<&str>) -> Value {
    let mut client = page.connect(server).await;
    let mut payload = page.join_payload("");
    payload["url"] = Value::Null;
    payload["redirect"] = json!("http://localhost/other");
    payload["flash"] = json!(flash);
    client
        .send(json!(["8", "8", page.topic(), "phx_join", payload]))
        .await;
    client.next().await[4]["response"]["rendered"]["0"].clone()
}

#[tokio::test]
async fn a_message_goes_along_to_the_next_view() {
    let (server, page, mut client) = walking().await;
    let order = json!({"go": "navigate", "to": "/other", "flash": "moved"});
    let token = leave(&page, &mut client, order).await;
    assert!(token.is_some());
    assert_eq!(navigate(&server, &page, token.as_deref()).await, "moved"); // 4.2
    assert_eq!(navigate(&server, &page, Some("forged")).await, "");
    assert_eq!(navigate(&server, &page, None).await, "");
}

#[tokio::test]
async fn only_what_the_callback_put_goes_along() {
    let (_server, page, mut client) = walking().await;
    put(&page, &mut client, "old").await;
    let order = json!({"go": "navigate", "to": "/other"});
    assert_eq!(leave(&page, &mut client, order).await, None);
}

// 2.7
#[tokio::test]
async fn a_message_goes_along_to_the_next_page_in_a_cookie() {
    let (server, page, mut client) = walking().await;
    let order = json!({"go": "redirect", "to": "/other", "flash": "gone"});
    let token = leave(&page, &mut client, order).await.expect("a token");
    let cookie = format!("__phoenix_flash__={token}");
    let response = server
        .send(Request::get("/other").header("cookie", &cookie))
        .await;
    assert!(response.text().contains("<i>gone</i>"));
    assert!(response.text().contains("data-flash=\"gone\""));
    let forgotten = response.header_values("set-cookie");
    let forgotten = forgotten
        .iter()
        .find(|cookie| cookie.starts_with("__phoenix_flash__=;"));
    assert!(forgotten.is_some_and(|cookie| cookie.contains("max-age=0")));
    let forged = Request::get("/other").header("cookie", "__phoenix_flash__=x");
    assert!(server.send(forged).await.text().contains("<i></i>"));
}

// 2.6, 3.2, 4.2
#[tokio::test]
async fn a_redirect_of_a_page_leaves_the_message_in_the_session() {
    let server = Server::start(site(&walkers(), Router::new())).await;
    let sent = server.get("/walk/1?mount=redirect").await;
    let cookie = sent.cookie().expect("the session is written").to_owned();
    let visit = || Request::get("/walk/1").header("cookie", &cookie);
    let shown = server.send(visit()).await;
    assert!(shown.text().contains("<i>from mount</i>"));
    let seen = shown.cookie().expect("the session is written").to_owned();
    let page = Loaded::read(&shown, &seen);
    let mut client = page.connect(&server).await;
    let reply = page.join(&mut client, "http://localhost/walk/1").await;
    assert_eq!(reply["response"]["rendered"]["1"], "from mount");
    // Once the page has been mounted, what it was loaded with is history.
    let mut payload = page.join_payload("http://localhost/walk/1");
    payload["params"]["_mounts"] = json!(1);
    client
        .send(json!(["9", "9", page.topic(), "phx_join", payload]))
        .await;
    assert_eq!(client.next().await[3], "phx_close");
    let reply = client.next().await;
    assert_eq!(reply[4]["response"]["rendered"]["1"], "");
    let again = Request::get("/walk/1").header("cookie", &seen);
    assert!(server.send(again).await.text().contains("<i></i>"));
}

#[tokio::test]
async fn a_handler_leaves_a_message_for_the_page_it_redirects_to() {
    let router = Router::new()
        .get("/save", async |mut conn| {
            conn.put_flash("info", "saved");
            conn.redirect("/hop")
        })
        .get("/hop", async |conn| conn.redirect("/shown"))
        .get("/shown", async |conn| {
            let shown = conn.flash("info").unwrap_or("nothing").to_owned();
            conn.text(StatusCode::OK, shown)
        });
    let server = Server::start(site(&walkers(), router)).await;
    let mut cookie = String::new();
    let mut visited = Vec::new();
    for path in ["/save", "/hop", "/shown", "/shown"] {
        let request = Request::get(path).header("cookie", &cookie);
        let response = server.send(request).await;
        if let Some(set) = response.cookie() {
            set.clone_into(&mut cookie);
        }
        visited.push(response.text().to_owned());
    }
    assert_eq!(visited[2..], ["saved", "nothing"]);
}

#[tokio::test]
async fn a_component_has_a_flash_of_its_own() {
    let (_server, page, mut client) = walking().await;
    let order = json!({"flash": "inside"});
    client.send(tell_component(&page, "5", "go", order)).await;
    let counted = json!({"diff": {"c": {"1": {"0": "1"}}}});
    client.expect(ok(&page, "5", counted)).await;
    let ask = || tell_component(&page, "6", "flash", json!({}));
    client.send(ask()).await;
    let told = json!({"diff": {"r": {"flash": "inside"}}});
    client.expect(ok(&page, "6", told)).await;
    put(&page, &mut client, "outside").await;
    let payload = json!({"type": "click", "event": "lv:clear-flash", "value": {}, "cid": 1});
    client.send(event(&page, "7", payload)).await; // 7.6
    client.expect(ok(&page, "7", json!({}))).await;
    client.send(ask()).await;
    let told = json!({"diff": {"r": {"flash": null}}});
    client.expect(ok(&page, "6", told)).await;
}

#[tokio::test]
async fn a_component_hands_its_flash_up_when_it_goes_elsewhere() {
    let (_server, page, mut client) = walking().await;
    let order = json!({"go": "patch", "to": "/walk/1?q=a", "flash": "handed up"});
    client.send(tell_component(&page, "5", "go", order)).await;
    client
        .expect(push(&page, "diff", json!({"c": {"1": {"0": "1"}}})))
        .await;
    assert_eq!(client.next().await[3], "live_patch");
    let shown = json!({"diff": {"0": "a", "1": "handed up"}});
    client.expect(ok(&page, "5", shown)).await;
}
