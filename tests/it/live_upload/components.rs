//! Uploads of components: they are addressed with the component's id, and end with it.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::rendered::Render;
use bennu::live::upload::{Accept, Upload, UploadEntry, UploadOptions, live_file_input};
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::json;
use tempfile::TempDir;

use super::page::{Page, file, serve, views};
use crate::support::{Server, patiently};

struct Album {
    photos: Upload,
    shown: String,
}

impl LiveComponent for Album {
    type Props = ();

    fn mount((): (), socket: &mut component::Socket<'_, Self>) -> Self {
        let options = UploadOptions::new(Accept::Any).max_entries(2);
        Self {
            photos: socket.allow_upload("photos", options),
            shown: "nothing".to_owned(),
        }
    }

    fn update(&mut self, (): (), _: &mut component::Socket<'_, Self>) {}

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        _: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "validate" => self.shown = format!("{} chosen", self.photos.entries().len()),
            "save" => {
                let saved = self.photos.consume_uploaded_entries()?;
                self.shown = format!("{} saved", saved.len());
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_progress(
        &mut self,
        upload: &str,
        entry: &UploadEntry,
        _: &mut component::Socket<'_, Self>,
    ) -> live::Result<()> {
        self.shown = format!("{upload} {}", entry.progress);
        Ok(())
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! {
            <form id="album" phx-target={myself} phx-change="validate" phx-submit="save">
                <.live_file_input upload={&self.photos} />
                <p>{&self.shown}</p>
            </form>
        }
    }
}

struct Shelf {
    shows: bool,
}

impl LiveView for Shelf {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self { shows: true })
    }

    async fn handle_event(&mut self, _: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        self.shows = false;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <div>{self.shows.then(|| live_component::<Album>("album", ()))}</div> }
    }
}

async fn shelf() -> (TempDir, Server, Page) {
    let dir = TempDir::new().expect("there is room");
    let server = serve(&views(dir.path()).view::<Shelf>("/upload"), |builder| {
        builder
    })
    .await;
    let page = Page::join(&server).await;
    assert!(page.joined["response"]["rendered"]["c"]["1"].is_object());
    (dir, server, page.in_component(1))
}

// Feature 140
#[tokio::test]
async fn a_component_takes_files_of_its_own() {
    let (_dir, _server, mut page) = shelf().await;
    let mut uploads = json!({});
    uploads[&page.upload] = json!([file("0", "a.txt", 3)]);
    let response = page.choose_all(uploads).await;
    assert_eq!(response["diff"]["c"]["1"]["2"], "1 chosen", "{response}");
    page.upload("0", b"abc").await;
    let response = page.event("save", json!({})).await;
    assert_eq!(response["diff"]["c"]["1"]["2"], "1 saved", "{response}");
    let gone = page.diff().await;
    let refs = &gone["c"]["1"]["1"]["4"];
    assert_eq!(*refs, " data-phx-active-refs=\"\"", "{gone}");
    page.closed("0").await;
}

#[tokio::test]
async fn progress_comes_to_the_component() {
    let (_dir, _server, mut page) = shelf().await;
    page.begin("0", 4).await;
    page.chunk("0", b"ab").await;
    let response = page.progress("0", json!(50)).await;
    assert_eq!(response["diff"]["c"]["1"]["2"], "photos 50", "{response}");
}

// 10.7
#[tokio::test]
async fn a_component_that_goes_takes_its_files_with_it() {
    let (dir, _server, mut page) = shelf().await;
    page.begin("0", 4).await;
    page.chunk("0", b"ab").await;
    let hide = json!({"type": "click", "event": "hide", "value": {}, "cid": null});
    let topic = page.loaded.topic();
    page.client
        .send(json!(["4", "80", topic, "event", hide]))
        .await;
    page.reply("80").await;
    page.ask("cids_will_destroy", json!({"cids": [1]})).await;
    page.ask("cids_destroyed", json!({"cids": [1]})).await;
    page.closed("0").await;
    patiently("the file to be removed", async {
        let files = || {
            let mut processes = std::fs::read_dir(dir.path()).expect("it is there");
            let process = processes.next().expect("a process").expect("a directory");
            std::fs::read_dir(process.path()).map_or(0, Iterator::count)
        };
        while files() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // What the page still says of it is stale.
    let refused = page.allow(json!([file("1", "b.txt", 1)])).await;
    assert_eq!(refused["error"][0][1], "disallowed");
}
