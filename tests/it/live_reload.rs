//! Live reload during development (liveview-wire 16).

mod pages;
#[cfg(feature = "live")]
mod views;

use std::fs;
use std::path::PathBuf;

use bennu::endpoint::{LiveReload, Router, WebConsoleLogger};
use serde_json::{Value, json};
use tempfile::TempDir;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{Client, Server, Vsn, builder};

const TOPIC: &str = "phoenix:live_reload";

/// A folder that is watched, and one beside it where files are made: moved over, each is one change.
struct Folder {
    watched: TempDir,
    beside: TempDir,
}

impl Folder {
    fn new() -> Self {
        let folder = || tempfile::tempdir().expect("there is room for a folder");
        Self {
            watched: folder(),
            beside: folder(),
        }
    }

    fn live_reload(&self) -> LiveReload {
        let live_reload = LiveReload::new().dir(self.watched.path());
        live_reload.pattern(r"/[a-z]+\.(js|css|png)$")
    }

    /// Makes or replaces a file.
    fn put(&self, name: &str, content: &str) {
        let made = self.beside.path().join("file");
        fs::write(&made, content).expect("a file can be written");
        fs::rename(made, self.path(name)).expect("a file can be moved");
    }

    /// Makes a folder with these files in it.
    fn put_folder(&self, name: &str, files: &[&str]) {
        let made = self.beside.path().join("folder");
        fs::create_dir(&made).expect("a folder can be made");
        for file in files {
            fs::write(made.join(file), "").expect("a file can be written");
        }
        fs::rename(made, self.path(name)).expect("a folder can be moved");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.watched.path().join(name)
    }
}

async fn connect(server: &Server) -> Client {
    let path = "/phoenix/live_reload/socket/websocket?vsn=2.0.0";
    let opened = Client::open(server.addr, path, Vsn::V2, &[]).await;
    opened.expect("everybody may connect")
}

/// Joins as a page's frame does, and gives what the reply says.
async fn join(client: &mut Client) -> Value {
    client.send(json!(["1", "1", TOPIC, "phx_join", {}])).await;
    let reply = client.next().await;
    assert_eq!(reply[4]["status"], "ok", "{reply}");
    reply[4]["response"].clone()
}

/// Changes that come together are told in the order of their types: a `png` comes after all that a test expects not to
/// be told.
async fn expect_change(client: &mut Client, asset_type: &str) {
    let payload = json!({"asset_type": asset_type});
    let push = json!([null, null, TOPIC, "assets_change", payload]);
    client.expect(push).await;
}

async fn watching(live_reload: LiveReload) -> (Server, Client) {
    let server = Server::start(builder().live_reload(live_reload)).await;
    let mut client = connect(&server).await;
    join(&mut client).await;
    (server, client)
}

#[tokio::test]
async fn a_changed_file_is_told_to_every_page() {
    let folder = Folder::new();
    let (server, mut first) = watching(folder.live_reload()).await;
    let mut second = connect(&server).await;
    join(&mut second).await;
    for (name, asset_type) in [("app.js", "js"), ("app.css", "css"), ("app.js", "js")] {
        folder.put(name, "new");
        expect_change(&mut first, asset_type).await;
        expect_change(&mut second, asset_type).await;
    }
    fs::remove_file(folder.path("app.css")).expect("the file is there");
    expect_change(&mut first, "css").await;
}

#[tokio::test]
async fn a_file_that_no_pattern_matches_is_not_told() {
    let folder = Folder::new();
    let (_server, mut client) = watching(folder.live_reload()).await;
    folder.put("notes.html", "");
    folder.put("app.js.map", "");
    folder.put("fence.png", "");
    expect_change(&mut client, "png").await;
}

#[tokio::test]
async fn reading_a_file_does_not_change_it() {
    let folder = Folder::new();
    folder.put("app.js", "");
    let (_server, mut client) = watching(folder.live_reload()).await;
    fs::read(folder.path("app.js")).expect("the file is there");
    folder.put("fence.png", "");
    expect_change(&mut client, "png").await;
}

#[tokio::test]
async fn files_that_come_together_are_told_once_for_each_kind() {
    let folder = Folder::new();
    let (_server, mut client) = watching(folder.live_reload()).await;
    folder.put_folder("assets", &["a.js", "b.js", "c.css", "d.js"]);
    expect_change(&mut client, "css").await;
    expect_change(&mut client, "js").await;
    folder.put("assets/logo.png", "");
    expect_change(&mut client, "png").await;
}

#[tokio::test]
async fn more_changes_than_are_told_one_by_one_are_a_change_of_anything() {
    let folder = Folder::new();
    let (_server, mut client) = watching(folder.live_reload().changes_max(2)).await;
    folder.put_folder("two", &["a.css", "b.css"]);
    expect_change(&mut client, "css").await;
    folder.put_folder("three", &["a.css", "b.css", "c.css"]);
    expect_change(&mut client, "").await;
}

#[tokio::test]
async fn folders_that_tools_fill_are_left_out() {
    let folder = Folder::new();
    folder.put_folder("target", &["a.js"]);
    let (_server, mut client) = watching(folder.live_reload()).await;
    folder.put_folder("node_modules", &["a.js"]);
    folder.put_folder(".git", &["a.js"]);
    for left_out in ["target", "node_modules", ".git"] {
        folder.put(&format!("{left_out}/b.js"), "");
    }
    folder.put("fence.png", "");
    expect_change(&mut client, "png").await;
}

#[tokio::test]
async fn a_folder_that_is_made_anew_is_watched_again() {
    let folder = Folder::new();
    let assets = folder.path("assets");
    fs::create_dir(&assets).unwrap();
    let live_reload = LiveReload::new().dir(&assets).pattern(r"\.(js|css)$");
    let (_server, mut client) = watching(live_reload).await;
    fs::remove_dir(&assets).unwrap();
    folder.put_folder("assets", &["app.css"]);
    expect_change(&mut client, "css").await;
    folder.put("assets/app.js", "");
    expect_change(&mut client, "js").await;
}

#[tokio::test]
async fn no_more_than_folders_max_are_watched() {
    let folder = Folder::new();
    folder.put_folder("first", &[]);
    let (_server, mut client) = watching(folder.live_reload().folders_max(2)).await;
    folder.put_folder("second", &["a.js"]);
    folder.put("second/b.js", "");
    folder.put("first/fence.png", "");
    expect_change(&mut client, "png").await;
    // One that goes makes room for another.
    fs::remove_dir_all(folder.path("first")).expect("the folder is there");
    expect_change(&mut client, "png").await;
    folder.put_folder("third", &["a.js"]);
    expect_change(&mut client, "js").await;
    folder.put("third/b.png", "");
    expect_change(&mut client, "png").await;
}

#[tokio::test]
async fn topics_are_notified_once_however_many_pages_there_are() {
    let folder = Folder::new();
    let live_reload = folder.live_reload().notify("texts", r"\.md$");
    let (server, _first) = watching(live_reload).await;
    join(&mut connect(&server).await).await;
    let mut texts = server.pubsub.receiver("texts").expect("there is room");
    for name in ["a.md", "b.md"] {
        folder.put(name, "");
        let broadcast = texts.receive().await.expect("nothing was missed");
        assert_eq!(broadcast.event(), "phoenix_live_reload");
        let path = folder.path(name).canonicalize().expect("the file is there");
        let expected = json!({"topic": "texts", "path": path});
        let told: Value = broadcast.payload().deserialize().expect("an object");
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn each_process_has_an_id() {
    let (first, second) = (Folder::new(), Folder::new());
    let mut ids = Vec::new();
    for folder in [&first, &second] {
        let server = Server::start(builder().live_reload(folder.live_reload())).await;
        for _ in 0..2 {
            let reply = join(&mut connect(&server).await).await;
            ids.push(reply["boot_id"].as_str().expect("an id").to_owned());
        }
    }
    assert_eq!((&ids[0], &ids[2]), (&ids[1], &ids[3]));
    assert_ne!(ids[0], ids[2]);
}

#[tokio::test]
async fn an_editor_is_told_where_a_file_is() {
    let folder = Folder::new();
    let (_server, mut client) = watching(folder.live_reload()).await;
    let asked = json!({"rel_path": "src/main.rs", "app": "shop"});
    client
        .send(json!(["1", "2", TOPIC, "full_path", asked]))
        .await;
    let full_path = std::env::current_dir().expect("there is one");
    let expected = json!({"full_path": full_path.join("src/main.rs")});
    client.expect_ok("1", "2", TOPIC, expected).await;
}

#[tokio::test]
async fn lines_of_the_log_reach_the_page() {
    let folder = Folder::new();
    let logger = WebConsoleLogger::new();
    let subscriber = tracing_subscriber::registry().with(logger.clone());
    let (_server, mut client) = watching(folder.live_reload().web_console_logger(logger)).await;
    let line = line!() + 2;
    tracing::subscriber::with_default(subscriber, || {
        tracing::warn!(room = 7, "nobody is here");
        tracing::trace!("not told");
        tracing::info!("{}", "ä".repeat(4_096));
    });
    let push = client.next().await;
    assert_eq!(push[3], "log");
    let expected = json!({
        "level": "warning",
        "msg": "[warning] nobody is here room=7",
        "file": file!(),
        "line": line,
    });
    assert_eq!(push[4], expected);
    let push = client.next().await;
    let cut = format!("[info] {}", "ä".repeat(2_048));
    assert_eq!(push[4]["msg"], cut, "4,096 bytes are kept");
}

#[tokio::test]
async fn without_live_reload_there_is_none() {
    let router = Router::new();
    let server = Server::start(builder().router(router)).await;
    assert_eq!(server.get("/phoenix/live_reload/frame").await.status, 404);
    let path = "/phoenix/live_reload/socket/websocket?vsn=2.0.0";
    let opened = Client::open(server.addr, path, Vsn::V2, &[]).await;
    assert_eq!(opened.err().map(|refused| refused.status), Some(404));
}
