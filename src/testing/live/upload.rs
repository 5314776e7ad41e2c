//! Files that a visitor chooses, and their way to the server (liveview-wire section 10).

mod file;

use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use super::find::Found;
use super::form::Fields;
use super::trigger::Trigger;
use super::{Redirected, View};
use crate::protocol::{Payload, live as wire};

pub use file::{UploadError, UploadFile};

/// The references of entries, counted as the client does.
static LAST_ENTRY: AtomicU64 = AtomicU64::new(0);

/// How far an entry is once all of it has been sent.
const DONE: u8 = 100;

/// Files chosen in a file input: `file_input/4`.
#[derive(Debug)]
#[must_use = "files are not uploaded before a verb is called"]
pub struct Upload {
    view: View,
    form: String,
    /// The input's name.
    name: String,
    entries: Vec<Entry>,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Entry {
    reference: String,
    file: UploadFile,
}

/// What has been told to the server.
#[derive(Debug, Default)]
struct Progress {
    is_chosen: bool,
    preflight: Option<Value>,
    /// The upload channels by entry: their `join_ref` and how many bytes they were sent.
    channels: Map<String, Value>,
}

/// The file input on the page.
struct Input {
    form: Found,
    fields: Fields,
    reference: String,
    progress_event: Option<String>,
    cid: Option<u64>,
}

impl Upload {
    pub(super) fn new(view: View, form: String, name: String, files: Vec<UploadFile>) -> Self {
        let entries = files.into_iter().map(|file| Entry {
            reference: LAST_ENTRY.fetch_add(1, Ordering::Relaxed).to_string(),
            file,
        });
        Self {
            view,
            form,
            name,
            entries: entries.collect(),
            progress: Mutex::default(),
        }
    }

    /// Chooses the files, which the view validates: `render_change/2` with an upload. The verbs below do it when it has
    /// not been done.
    ///
    /// # Errors
    /// When the page goes elsewhere.
    ///
    /// # Panics
    /// When the form has no such file input or no `phx-change`, or the view crashes.
    #[track_caller]
    pub fn render_change(&self) -> impl Future<Output = Result<String, Redirected>> {
        let at = Location::caller();
        async move {
            self.choose(at).await?;
            self.view.rendered(at).await
        }
    }

    async fn choose(&self, at: &Location<'_>) -> Result<(), Redirected> {
        let mut input = self.input(at);
        let entries: Vec<_> = self
            .entries
            .iter()
            .map(|entry| self.describe(entry, true))
            .collect();
        input.fields.target = Some(self.name.clone());
        input.fields.uploads = json!({input.reference: entries});
        let Some(binding) = input.form.attr("phx-change").map(str::to_owned) else {
            panic!("{at}: the form has no phx-change: {}", input.form.html);
        };
        let event = input
            .fields
            .change(self.view.page(), &input.form, &Map::new());
        self.progress.lock().is_chosen = true;
        let trigger = Trigger {
            at,
            client: self.view.client(),
            found: &input.form,
            selector: &self.form,
            text: None,
            event,
        };
        trigger.go_off(&binding).await
    }

    /// Asks whether the files may be uploaded, and gives the whole answer: `preflight_upload/1`.
    ///
    /// # Errors
    /// When the page goes elsewhere.
    ///
    /// # Panics
    /// As [`render_change`](Self::render_change).
    #[track_caller]
    pub fn preflight_upload(&self) -> impl Future<Output = Result<Value, Redirected>> {
        let at = Location::caller();
        async move { self.preflight(at).await }
    }

    async fn preflight(&self, at: &Location<'_>) -> Result<Value, Redirected> {
        if !self.progress.lock().is_chosen {
            self.choose(at).await?;
        }
        let input = self.input(at);
        let entries: Vec<_> = self
            .entries
            .iter()
            .map(|entry| self.describe(entry, false))
            .collect();
        let mut payload = json!({"ref": input.reference, "entries": entries});
        put_cid(&mut payload, input.cid);
        let reply = self.push(at, &input, wire::ALLOW_UPLOAD, payload).await?;
        self.progress.lock().preflight = Some(reply.clone());
        Ok(reply)
    }

    /// Uploads the file of this name whole: `render_upload/2`.
    ///
    /// # Errors
    /// When the server refuses the file or a chunk of it, or the page goes elsewhere.
    ///
    /// # Panics
    /// As [`render_change`](Self::render_change), and when no chosen file has this name.
    #[track_caller]
    pub fn render_upload(&self, file: &str) -> impl Future<Output = Result<String, UploadError>> {
        self.render_upload_to(file, DONE)
    }

    /// Uploads a file until this much of it has been sent, in percent: `render_upload/3`.
    ///
    /// # Errors
    /// As [`render_upload`](Self::render_upload).
    ///
    /// # Panics
    /// As `render_upload`, and beyond 100 percent.
    #[track_caller]
    pub fn render_upload_to(
        &self,
        file: &str,
        percent: u8,
    ) -> impl Future<Output = Result<String, UploadError>> {
        let at = Location::caller();
        assert!(percent <= DONE, "no file is sent to {percent} percent");
        async move {
            let entry = self.entries.iter().find(|entry| entry.file.name == file);
            let entry = entry.unwrap_or_else(|| panic!("{at}: no file {file:?} was chosen"));
            let held = self.progress.lock().preflight.clone();
            let preflight = match held {
                Some(preflight) => preflight,
                None => self.preflight(at).await?,
            };
            match &preflight["entries"][&entry.reference] {
                Value::String(token) => self.send(at, entry, token, &preflight, percent).await?,
                // Where a file goes past the server, a test can only say how far it is.
                Value::Object(_) => {}
                _ => return Err(UploadError::Refused(refusal(&preflight, entry))),
            }
            self.tell(at, entry, percent).await?;
            Ok(self.view.rendered(at).await?)
        }
    }

    /// Sends the chunks that are missing to this much of a file (10.4).
    async fn send(
        &self,
        at: &Location<'_>,
        entry: &Entry,
        token: &str,
        preflight: &Value,
        percent: u8,
    ) -> Result<(), UploadError> {
        let topic = format!("{}{}", wire::UPLOAD_TOPIC_PREFIX, entry.reference);
        let client = self.view.client();
        let (join_ref, sent) = match self.channel(entry) {
            Some(channel) => channel,
            None => {
                let join_ref = client.join_topic(&topic, &json!({"token": token})).await;
                accepted(client.reply(at, &join_ref).await)?;
                (join_ref, 0)
            }
        };
        let content = &entry.file.content;
        let end = content.len() * usize::from(percent) / usize::from(DONE);
        let chunk_bytes = preflight["config"]["chunk_size"]
            .as_u64()
            .unwrap_or(1)
            .max(1);
        let chunk_bytes = usize::try_from(chunk_bytes).unwrap_or(usize::MAX);
        let chunks = content[sent.min(end)..end].chunks(chunk_bytes);
        // An empty file is one empty chunk.
        let empty = content.is_empty().then_some(&[][..]);
        for chunk in chunks.chain(empty) {
            let payload = Payload::binary(content.slice_ref(chunk));
            let reference = client.send_on(&topic, &join_ref, wire::CHUNK, payload);
            accepted(client.reply(at, &reference).await)?;
        }
        let channel = json!([join_ref, end]);
        self.progress
            .lock()
            .channels
            .insert(entry.reference.clone(), channel);
        Ok(())
    }

    fn channel(&self, entry: &Entry) -> Option<(String, usize)> {
        let channel = self.progress.lock().channels.get(&entry.reference)?.clone();
        serde_json::from_value(channel).ok()
    }

    /// Tells the view how far a file is (10.5).
    async fn tell(&self, at: &Location<'_>, entry: &Entry, percent: u8) -> Result<(), Redirected> {
        let input = self.input(at);
        let mut payload = json!({
            "event": input.progress_event, "ref": input.reference, "entry_ref": entry.reference, "progress": percent,
        });
        put_cid(&mut payload, input.cid);
        self.push(at, &input, wire::PROGRESS, payload)
            .await
            .map(drop)
    }

    async fn push(
        &self,
        at: &Location<'_>,
        input: &Input,
        event: &str,
        payload: Value,
    ) -> Result<Value, Redirected> {
        let reply = self
            .view
            .client()
            .push(at, &input.form.view, event, payload)
            .await?;
        Ok(reply.response)
    }

    fn input(&self, at: &Location<'_>) -> Input {
        let page = self.view.page();
        let input = self.find(&page);
        drop(page);
        input.unwrap_or_else(|cause| panic!("{at}: {cause}"))
    }

    fn find(&self, page: &super::page::Page) -> Result<Input, String> {
        let form = page.find(self.view.id(), &self.form, None)?;
        let mut inputs = form.descendent_elements().filter(|input| {
            input.attr("type") == Some("file") && input.attr("name") == Some(&*self.name)
        });
        let Some(input) = inputs.next() else {
            return Err(format!(
                "the form has no file input {:?}: {}",
                self.name,
                form.html()
            ));
        };
        let Some(reference) = input.attr("data-phx-upload-ref") else {
            return Err(format!(
                "the file input is none of an upload: {}",
                input.html()
            ));
        };
        let data = page.find_data(self.view.id(), &self.form, None)?;
        let targets = page.targets(&data, data.attr("phx-target"))?;
        Ok(Input {
            fields: Fields::of(form),
            reference: reference.to_owned(),
            progress_event: input.attr("phx-progress").map(str::to_owned),
            cid: targets.first().and_then(|(_, cid)| *cid),
            form: data,
        })
    }

    fn describe(&self, entry: &Entry, with_path: bool) -> Value {
        let Entry { reference, file } = entry;
        let mut described = json!({
            "ref": reference, "name": file.name, "relative_path": file.relative_path, "size": file.size(),
            "type": file.media_type, "last_modified": file.last_modified,
        });
        if with_path {
            described["path"] = self.name.clone().into();
        }
        described
    }
}

fn put_cid(payload: &mut Value, cid: Option<u64>) {
    if let Some(cid) = cid {
        payload["cid"] = cid.into();
    }
}

fn accepted(reply: super::page::Reply) -> Result<(), UploadError> {
    if reply.is_ok {
        Ok(())
    } else {
        Err(UploadError::Refused(reply.response))
    }
}

/// What a preflight says about an entry that may not be uploaded (10.3).
fn refusal(preflight: &Value, entry: &Entry) -> Value {
    let own = &preflight["errors"][&entry.reference];
    match preflight.get("error") {
        Some(errors) => errors.clone(),
        None => own.clone(),
    }
}
