//! Callbacks of live views (liveview-wire 14.11).

use bennu::live::upload::{Accept, TempFile, UploadOptions};
use serde_json::json;
use tracing::Level;

use super::capture::Capture;
use crate::live_upload::page::{Files, Page, Site, serve, views as upload_views};
use crate::support::live_page::click;
use crate::support::site::{crashed, go, tell_component, walking};

#[tokio::test]
async fn each_callback_of_a_view_is_told() {
    let captured = Capture::start(Level::DEBUG);
    let (_server, page, mut client) = walking().await;
    let mounts = captured.named("phoenix.live_view.mount");
    assert_eq!(mounts.len(), 2, "once loaded, once connected");
    assert!(mounts[1].field("view").ends_with("Walker"));
    assert_eq!(mounts[1].field("uri"), "http://localhost/walk/1");
    assert_eq!(mounts[1].field("result"), "ok");
    assert_eq!(mounts[1].level, Level::DEBUG);
    assert_eq!(captured.named("phoenix.live_view.handle_params").len(), 2);
    let rendered = captured.named("phoenix.live_view.render").len();
    client.send(go(&page, "5", json!({}))).await;
    client.next().await;
    let handled = captured.one("phoenix.live_view.handle_event");
    assert_eq!(handled.field("event"), "go");
    assert!(handled.message().starts_with("HANDLE EVENT in "));
    let events = captured.named("phoenix.live_view.render");
    assert_eq!(events.len(), rendered + 1);
    client.send(click(&page, "6", "no such event")).await;
    client.expect(crashed(&page)).await;
    let handled = captured.named("phoenix.live_view.handle_event");
    assert_eq!(handled[1].field("result"), "error");
}

#[tokio::test]
async fn the_channel_of_a_view_is_not_told() {
    let captured = Capture::start(Level::TRACE);
    let (_server, page, mut client) = walking().await;
    client.send(go(&page, "5", json!({}))).await;
    client.next().await;
    captured.one("phoenix.live_view.handle_event");
    assert!(captured.named("phoenix.channel_joined").is_empty());
    assert!(captured.named("phoenix.channel_handled_in").is_empty());
}

#[tokio::test]
async fn the_channel_of_a_file_is_told_without_its_token() {
    let captured = Capture::start(Level::INFO);
    let site = Site::of(UploadOptions::new(Accept::Any)).await;
    Page::join(&site.server).await.upload("0", b"abc").await;
    let joined = captured.one("phoenix.channel_joined");
    assert_eq!(joined.field("topic"), "lvu:0");
    let message = joined.message();
    let shown = "  Parameters: {\"token\":\"[FILTERED]\"}";
    assert!(message.ends_with(shown), "{message}");
}

#[tokio::test]
async fn a_file_that_cannot_be_stored_is_told() {
    let captured = Capture::start(Level::INFO);
    let not_a_directory = tempfile::NamedTempFile::new().expect("there is room");
    let views = upload_views(not_a_directory.path()).view::<Files<TempFile>>("/upload");
    let options = UploadOptions::new(Accept::Any);
    let server = serve(&views, |builder| Site::assigns(builder, options)).await;
    let mut page = Page::join(&server).await;
    let token = page.token("0", 5).await;
    page.join_entry("0", json!({"token": token})).await;
    let lines = captured.lines();
    let told =
        |line: &&String| line.contains("an uploaded file could not be stored: Not a directory");
    assert_eq!(lines.iter().filter(told).count(), 1, "{lines:?}");
}

#[tokio::test]
async fn each_callback_of_a_component_is_told() {
    let captured = Capture::start(Level::DEBUG);
    let (_server, page, mut client) = walking().await;
    client.send(go(&page, "5", json!({}))).await;
    client.next().await;
    let updated = captured.one("phoenix.live_component.update");
    assert!(updated.field("component").ends_with("Step"));
    assert_eq!(updated.field("cid"), "1");
    client
        .send(tell_component(&page, "6", "go", json!({})))
        .await;
    client.next().await;
    let handled = captured.one("phoenix.live_component.handle_event");
    assert_eq!((handled.field("cid"), handled.field("event")), ("1", "go"));
    for event in ["cids_will_destroy", "cids_destroyed"] {
        let cids = json!({"cids": [1]});
        client
            .send(json!(["4", "7", page.topic(), event, cids]))
            .await;
        client.next().await;
    }
    let destroyed = captured.one("phoenix.live_component.destroyed");
    assert_eq!(destroyed.field("cid"), "1");
}

/// What a client says stands in the log, and not all of it.
#[tokio::test]
async fn a_client_cannot_write_lines_of_any_length() {
    let captured = Capture::start(Level::DEBUG);
    let (_server, page, mut client) = walking().await;
    let long = "x".repeat(1 << 20);
    let events = [
        ("event", json!({"event": long})),
        ("event", json!({"event": "go", "value": long})),
        (
            "live_patch",
            json!({"url": format!("http://localhost/{long}")}),
        ),
    ];
    for (event, payload) in events {
        client
            .send(json!(["4", "5", page.topic(), event, payload]))
            .await;
        client.expect(crashed(&page)).await;
        page.join(&mut client, "http://localhost/walk/1").await;
    }
    let lines = captured.lines();
    let crashes = lines.iter().filter(|line| line.contains("crashed"));
    assert_eq!(crashes.count(), 3);
    for line in captured.lines() {
        assert!(line.len() < 10_000, "{line:.100} and {} bytes", line.len());
    }
    for handled in captured.named("phoenix.live_view.handle_event") {
        assert!(handled.field("event").len() < 10_000);
    }
}

#[test]
fn a_hook_that_no_template_of_its_module_has_is_told_at_the_start() {
    let _ = bennu::heex! { <p id="sort" phx-hook=".Sotr"></p> };
    let captured = Capture::start(Level::WARN);
    let _ = crate::support::builder().colocated("/colocated");
    let name = concat!(module_path!(), ".Sotr");
    let line = format!("a template names the hook {name}, and no template of that module has it");
    assert_eq!(captured.lines(), [line]);
}
