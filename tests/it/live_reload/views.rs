//! Live views that render anew when a file changes.

use std::fs;
use std::path::PathBuf;

use bennu::channel::Flow;
use bennu::endpoint::Router;
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, LiveViews, MountError, Page, RootLayout, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::json;

use super::Folder;
use crate::support::live_page::{Loaded, click, ok};
use crate::support::site::site;
use crate::support::{Client, Server};

struct Root;

impl RootLayout for Root {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! {
            <html>
                <head><meta name="csrf-token" content={page.csrf_token()}></head>
                <body>{page.content()}</body>
            </html>
        }
    }
}

/// Shows a file that it reads while it renders, and how often it was clicked.
struct Reader {
    file: PathBuf,
    clicks: u32,
}

/// The file that a [`Reader`] shows.
struct Shown(PathBuf);

impl LiveView for Reader {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        let Shown(file) = socket.assigns();
        Ok(Self {
            file: file.clone(),
            clicks: 0,
        })
    }

    async fn handle_event(&mut self, _: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        self.clicks += 1;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        heex! {
            <p>{text}</p>
            <b>{self.clicks}</b>
            {live_component::<Still>("still", ())}
        }
    }
}

/// Never changes.
struct Still;

impl LiveComponent for Still {
    type Props = ();

    fn mount((): (), _: &mut component::Socket<'_, Self>) -> Self {
        Self
    }

    fn update(&mut self, (): (), _: &mut component::Socket<'_, Self>) {}

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        heex! { <i>still</i> }
    }
}

async fn reading(folder: &Folder, topic: &'static str) -> (Server, Loaded, Client) {
    folder.put("text.md", "before");
    let views = LiveViews::new("live salt", Root).view::<Reader>("/");
    let live_reload = folder.live_reload().notify(topic, r"\.md$");
    let builder = site(&views, Router::new())
        .assign(Shown(folder.path("text.md")))
        .live_reload(live_reload);
    let server = Server::start(builder).await;
    let page = Loaded::load(&server, "/").await;
    let mut client = page.connect(&server).await;
    let reply = page.join(&mut client, "http://localhost/").await;
    assert_eq!(reply["response"]["rendered"]["0"], "before", "{reply}");
    (server, page, client)
}

#[tokio::test]
async fn every_live_view_renders_anew_with_its_state() {
    let folder = Folder::new();
    let (_server, page, mut client) = reading(&folder, "live_view").await;
    client.send(click(&page, "5", "inc")).await;
    client
        .expect(ok(&page, "5", json!({"diff": {"1": "1"}})))
        .await;
    folder.put("text.md", "after");
    let diff = client.next().await;
    assert_eq!(diff[3], "diff");
    let whole = &diff[4];
    assert_eq!(whole["0"], "after");
    assert_eq!(whole["1"], "1", "the view has its state");
    assert!(!whole["s"].is_null() && !whole["p"].is_null(), "{whole}");
    assert!(!whole["c"]["1"]["s"].is_null(), "{whole}");
    // What follows is the difference again.
    client.send(click(&page, "6", "inc")).await;
    client
        .expect(ok(&page, "6", json!({"diff": {"1": "2"}})))
        .await;
}

#[tokio::test]
async fn live_views_stay_as_they_are_when_other_topics_are_notified() {
    let folder = Folder::new();
    let (server, page, mut client) = reading(&folder, "other").await;
    let mut other = server.pubsub.receiver("other").expect("there is room");
    folder.put("text.md", "after");
    other.receive().await.expect("nothing was missed");
    client.send(click(&page, "5", "inc")).await;
    let diff = json!({"diff": {"0": "after", "1": "1"}});
    client.expect(ok(&page, "5", diff)).await;
}
