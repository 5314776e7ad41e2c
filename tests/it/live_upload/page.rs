//! A page that takes files, the frames that its script would send, and the directory where the files come to lie.

use std::path::Path;
use std::sync::Arc;

use bennu::channel::{Flow, Reason};
use bennu::endpoint::{Builder, Mount, Router};
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::upload::{
    PresignError, TempFile, Upload, UploadEntry, UploadOptions, live_file_input, live_img_preview,
};
use bennu::live::{self, LiveView, LiveViews, MountError, Page as Document, RootLayout, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::{Anyone, Routes};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::live_page::Loaded;
use crate::support::{Client, Server, builder, masked, patiently};

/// The first byte of a whole binary message (RFC 6455, section 5.2).
const BINARY_FRAME: u8 = 0x82;

/// What consuming an entry tells the page.
pub(crate) trait Told: Send + 'static {
    fn told(&self) -> String;
}

impl Told for TempFile {
    fn told(&self) -> String {
        let content = std::fs::read(self.path()).expect("the file is there");
        format!("{} bytes", content.len())
    }
}

impl Told for String {
    fn told(&self) -> String {
        self.clone()
    }
}

impl Told for Value {
    fn told(&self) -> String {
        self.to_string()
    }
}

/// Where an external upload goes.
pub(crate) type Presign = fn(&UploadEntry) -> Result<Value, PresignError>;

/// A page whose upload has the options that its server was given.
pub(crate) struct Files<M: Told> {
    doc: Upload<M>,
    done: Vec<String>,
    progress: Vec<String>,
    /// Consumes entries as soon as they are done.
    eager: bool,
}

/// Keeps what was consumed from the browser's view.
struct Eager(bool);

impl<M: Told> LiveView for Files<M> {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        let options = socket.assigns::<UploadOptions<M>>().clone();
        Ok(Self {
            doc: socket.allow_upload("doc", options),
            done: Vec::new(),
            progress: Vec::new(),
            eager: socket.assigns::<Eager>().0,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "validate" => {}
            "cancel" => {
                let cancelled = self
                    .doc
                    .cancel_upload(params.text("ref").unwrap_or_default());
                return Flow::ok(json!({"cancelled": cancelled}));
            }
            "save" => {
                for uploaded in self.doc.consume_uploaded_entries()? {
                    let name = &uploaded.entry().client_name;
                    self.done.push(format!("{name}: {}", uploaded.told()));
                }
            }
            "postpone" => {
                for uploaded in self.doc.consume_uploaded_entries()? {
                    self.done.push("postponed".to_owned());
                    uploaded.postpone();
                }
            }
            "disallow" => self.doc.disallow_upload(),
            "again" => {
                let options = socket.assigns::<UploadOptions<M>>().clone();
                self.doc = socket.allow_upload("doc", options);
            }
            "panic" => panic!("on purpose"),
            "stop" => return Ok(Flow::Stop(Reason::Normal)),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_progress(
        &mut self,
        upload: &str,
        entry: &UploadEntry,
        _: &mut Socket<Self>,
    ) -> live::Result<()> {
        let progress = entry.progress;
        self.progress.push(format!("{upload} {progress}"));
        if self.eager && entry.done {
            let uploaded = self.doc.consume_uploaded_entry(entry)?;
            self.done.push(uploaded.told());
        }
        Ok(())
    }

    async fn presign_upload(
        &mut self,
        _: &str,
        entry: &UploadEntry,
        socket: &mut Socket<Self>,
    ) -> Result<Value, PresignError> {
        let presign: Presign = *socket.assigns();
        presign(entry)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <form id="up" phx-change="validate" phx-submit="save"><.live_file_input upload={&self.doc} class="f" /></form>
            <p>{self.shown()}</p>
            <p>{self.doc.upload_errors().iter().map(ToString::to_string).collect::<Vec<_>>().join(",")}</p>
            <p>{self.done.join(",")}</p>
            <p>{self.progress.join(",")}</p>
            <i :for={entry in self.doc.entries()}><.live_img_preview entry={&entry} width="75" /></i>
        }
    }
}

impl<M: Told> Files<M> {
    /// The entries with their progress and their errors.
    fn shown(&self) -> String {
        let entries = self.doc.entries();
        let shown = entries.iter().map(|entry| {
            let errors = self.doc.entry_errors(entry);
            let errors: String = errors.iter().map(|error| format!(" {error:?}")).collect();
            let done = if entry.done { " done" } else { "" };
            format!("{} {}%{done}{errors}", entry.client_name, entry.progress)
        });
        shown.collect::<Vec<_>>().join("; ")
    }
}

struct Layout;

impl RootLayout for Layout {
    fn render(&self, page: &Document<'_>) -> impl Render {
        heex! { <html><head><meta name="csrf-token" content={page.csrf_token()}/></head><body>{page.content()}</body></html> }
    }
}

/// A server for one page, and the directory of its files.
pub(crate) struct Site {
    pub(crate) server: Server,
    dir: Arc<TempDir>,
}

impl Site {
    pub(crate) async fn of<M: Told>(options: UploadOptions<M>) -> Self {
        Self::with(options, |_| Ok(json!({"uploader": "S3"})), false).await
    }

    pub(crate) async fn with<M: Told>(
        options: UploadOptions<M>,
        presign: Presign,
        eager: bool,
    ) -> Self {
        let dir = TempDir::new().expect("there is room");
        let dir = Arc::new(dir);
        let views = views(dir.path()).view::<Files<M>>("/upload");
        let server = serve(&views, |builder| {
            builder.assign(options).assign(presign).assign(Eager(eager))
        });
        let server = server.await;
        Self { server, dir }
    }

    /// What a page of a lazy application needs.
    pub(crate) fn assigns<M: Told>(builder: Builder, options: UploadOptions<M>) -> Builder {
        builder.assign(options).assign(Eager(false))
    }

    /// Stops the server and waits until it has.
    pub(crate) async fn stop(self) -> Arc<TempDir> {
        self.server.stop().await;
        self.dir
    }

    /// How many files were uploaded and not removed.
    pub(crate) fn files(&self) -> usize {
        files(self.dir.path())
    }

    /// Waits until no file is left.
    pub(crate) async fn cleared(&self) {
        emptied(self.dir.path()).await;
    }
}

fn files(parent: &Path) -> usize {
    let processes = std::fs::read_dir(parent).expect("the directory is there");
    let files = processes.map(|process| {
        let process = process.expect("it can be listed").path();
        // A server that has stopped removes the directory at any moment.
        std::fs::read_dir(process).map_or(0, Iterator::count)
    });
    files.sum()
}

/// Waits until no file is left.
pub(crate) async fn emptied(parent: &Path) {
    patiently("the files to be removed", async {
        while files(parent) > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

pub(crate) fn views(dir: &Path) -> LiveViews {
    LiveViews::new("live salt", Layout).upload_dir(dir)
}

pub(crate) async fn serve(views: &LiveViews, more: impl FnOnce(Builder) -> Builder) -> Server {
    let builder = builder()
        .session(SessionOptions::new("_test_key", "session salt"))
        .socket("/live", Mount::new(Anyone, Routes::new().live(views)))
        .router(Router::new().live(views));
    Server::start(more(builder)).await
}

/// A page that has joined.
pub(crate) struct Page {
    pub(crate) loaded: Loaded,
    pub(crate) client: Client,
    /// What the page knows the upload by.
    pub(crate) upload: String,
    /// The response to the join.
    pub(crate) joined: Value,
    /// Frames that came while a reply was awaited.
    pub(crate) pushed: Vec<Value>,
    cid: Option<u64>,
    last_ref: u32,
}

impl Page {
    pub(crate) async fn join(server: &Server) -> Self {
        let loaded = Loaded::load(server, "/upload").await;
        let client = loaded.connect(server).await;
        Self::join_on(loaded, client).await
    }

    pub(crate) async fn join_on(loaded: Loaded, mut client: Client) -> Self {
        let joined = loaded.join(&mut client, "http://localhost/upload").await;
        assert_eq!(joined["status"], "ok", "{joined}");
        let upload = reference(&joined);
        Self {
            loaded,
            client,
            upload,
            joined,
            pushed: Vec::new(),
            cid: None,
            last_ref: 10,
        }
    }

    /// As seen from a component.
    pub(crate) fn in_component(mut self, cid: u64) -> Self {
        self.cid = Some(cid);
        self
    }

    /// Sends a message of the view.
    pub(crate) async fn send(&mut self, event: &str, mut payload: Value) -> String {
        if let Some(cid) = self.cid {
            payload["cid"] = json!(cid);
        }
        let reference = self.next_ref();
        self.client
            .send(json!(["4", reference, self.loaded.topic(), event, payload]))
            .await;
        reference
    }

    fn next_ref(&mut self) -> String {
        self.last_ref += 1;
        self.last_ref.to_string()
    }

    /// The payload of the reply to a message; what comes before is kept.
    pub(crate) async fn reply(&mut self, reference: &str) -> Value {
        loop {
            let frame = self.client.next().await;
            if frame[1] == *reference && frame[3] == "phx_reply" {
                return frame[4].clone();
            }
            self.pushed.push(frame);
        }
    }

    /// Waits for a frame, among those kept first.
    pub(crate) async fn frame(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(kept) = self.pushed.iter().position(&is_it) {
            return self.pushed.remove(kept);
        }
        loop {
            let frame = self.client.next().await;
            if is_it(&frame) {
                return frame;
            }
            self.pushed.push(frame);
        }
    }

    pub(crate) async fn closed(&mut self, entry: &str) {
        let topic = format!("lvu:{entry}");
        self.frame(|frame| frame[2] == *topic && frame[3] == "phx_close")
            .await;
    }

    /// Waits for the end of a transfer that the client did not ask for, and that it takes for a failure.
    pub(crate) async fn failed(&mut self, entry: &str) {
        let topic = format!("lvu:{entry}");
        self.frame(|frame| frame[2] == *topic && frame[3] == "phx_error")
            .await;
    }

    /// The next diff that nobody asked for.
    pub(crate) async fn diff(&mut self) -> Value {
        let frame = self.frame(|frame| frame[3] == "diff").await;
        frame[4].clone()
    }

    /// Sends a message of the view and gives the response.
    pub(crate) async fn ask(&mut self, event: &str, payload: Value) -> Value {
        let reference = self.send(event, payload).await;
        let reply = self.reply(&reference).await;
        assert_eq!(reply["status"], "ok", "{reply}");
        reply["response"].clone()
    }

    pub(crate) async fn event(&mut self, name: &str, value: Value) -> Value {
        let payload = json!({"type": "click", "event": name, "value": value});
        self.ask("event", payload).await
    }

    /// Chooses files in the form and gives the diff.
    pub(crate) async fn choose(&mut self, entries: Value) -> Value {
        let mut uploads = json!({});
        uploads[&self.upload] = entries;
        self.choose_all(uploads).await["diff"].clone()
    }

    pub(crate) async fn choose_all(&mut self, uploads: Value) -> Value {
        let event = self.chosen(uploads);
        self.ask("event", event).await
    }

    pub(crate) fn chosen(&self, uploads: Value) -> Value {
        json!({"type": "form", "event": "validate", "value": "", "meta": {"_target": "doc"}, "uploads": uploads})
    }

    /// Asks which files may be sent.
    pub(crate) async fn allow(&mut self, entries: Value) -> Value {
        let payload = json!({"ref": self.upload, "entries": entries});
        self.ask("allow_upload", payload).await
    }

    /// Chooses one file, asks for it and gives its token.
    pub(crate) async fn token(&mut self, entry: &str, size: usize) -> String {
        let entries = json!([file(entry, "a.txt", size)]);
        self.choose(entries.clone()).await;
        let allowed = self.allow(entries).await;
        let token = allowed["entries"][entry].as_str();
        token.unwrap_or_else(|| panic!("{allowed}")).to_owned()
    }

    /// Joins the channel of an entry.
    pub(crate) async fn join_entry(&mut self, entry: &str, payload: Value) -> Value {
        let topic = format!("lvu:{entry}");
        self.client
            .send(json!([entry, entry, topic, "phx_join", payload]))
            .await;
        let reply = self.reply(entry).await;
        if reply["status"] == "ok" {
            // The page looks as before, and is told all the same.
            self.frame(|frame| frame[3] == "diff" && frame[4] == json!({}))
                .await;
        }
        reply
    }

    /// Begins to send a file of `size` bytes.
    pub(crate) async fn begin(&mut self, entry: &str, size: usize) {
        let token = self.token(entry, size).await;
        let reply = self.join_entry(entry, json!({"token": token})).await;
        assert_eq!(reply, json!({"status": "ok", "response": {}}));
    }

    /// Sends the next bytes of a file.
    pub(crate) async fn chunk(&mut self, entry: &str, bytes: &[u8]) -> Value {
        let reference = self.send_chunk(entry, bytes).await;
        self.reply(&reference).await
    }

    pub(crate) async fn send_chunk(&mut self, entry: &str, bytes: &[u8]) -> String {
        let (reference, frame) = self.chunk_frame(entry, bytes);
        self.client.write(&frame).await;
        reference
    }

    /// A chunk as it goes over the wire, with its reference.
    pub(crate) fn chunk_frame(&mut self, entry: &str, bytes: &[u8]) -> (String, Vec<u8>) {
        let reference = self.next_ref();
        let topic = format!("lvu:{entry}");
        let parts = [entry, &reference, &topic, "chunk"];
        let mut frame = vec![0];
        frame.extend(parts.map(|part| u8::try_from(part.len()).expect("short")));
        parts.iter().for_each(|part| frame.extend(part.as_bytes()));
        frame.extend(bytes);
        (reference, masked(BINARY_FRAME, &frame))
    }

    /// Says how far a file is.
    pub(crate) async fn progress(&mut self, entry: &str, progress: Value) -> Value {
        let upload = &self.upload;
        let payload =
            json!({"event": null, "ref": upload, "entry_ref": entry, "progress": progress});
        self.ask("progress", payload).await
    }

    /// Sends a whole file.
    pub(crate) async fn upload(&mut self, entry: &str, bytes: &[u8]) {
        self.begin(entry, bytes.len()).await;
        let reply = self.chunk(entry, bytes).await;
        assert_eq!(reply, json!({"status": "ok", "response": {}}));
        self.progress(entry, json!(100)).await;
    }
}

/// The reference of the upload whose input is rendered first.
pub(crate) fn reference(joined: &Value) -> String {
    let joined = joined.to_string();
    let (_, rest) = joined
        .split_once("data-phx-upload-ref=\\\\\\\"")
        .or_else(|| joined.split_once("data-phx-upload-ref=\\\""))
        .unwrap_or_else(|| panic!("no upload in {joined}"));
    rest.split('\\').next().unwrap_or_default().to_owned()
}

/// A text file, as the client tells of it.
pub(crate) fn file(reference: &str, name: &str, size: usize) -> Value {
    json!({"path": "doc", "ref": reference, "name": name, "relative_path": "", "size": size,
        "type": "text/plain", "last_modified": 1})
}
