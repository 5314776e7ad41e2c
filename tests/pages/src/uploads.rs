//! Files from the page: to this server, into a writer of the application's own, and elsewhere.

mod album;
mod writers;

use std::sync::Arc;
use std::time::Duration;

use bennu::channel::Flow;
use bennu::component;
use bennu::heex;
use bennu::live::component::live_component;
use bennu::live::rendered::Render;
use bennu::live::upload::{
    MaxEntriesMode, PresignError, TempFile, Upload, UploadConfig, UploadEntry, UploadOptions,
    live_file_input, live_img_preview,
};
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use album::Album;
use writers::{Broken, Paced};

const LARGE_BYTES: u64 = 100 << 20;

pub(crate) struct UploadsLive {
    docs: Upload,
    /// One picture, which the next one replaces.
    avatar: Upload,
    /// Sent when chosen, consumed when done.
    auto: Upload,
    /// One file in all.
    total: Upload,
    /// Goes where the page's script sends it.
    external: Upload<Value>,
    broken: Upload<()>,
    paced: Upload<usize>,
    /// Takes what is worth interrupting: `js-client/test/upload_ends.spec.mjs`.
    large: Upload,
    /// Each chunk of `paced` takes a permit.
    pace: Arc<Semaphore>,
    /// What is typed beside `auto`.
    note: String,
    log: Vec<String>,
}

impl LiveView for UploadsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        let texts = || UploadOptions::new([".txt"]).chunk_size(5_000);
        let docs = texts().max_entries(2).max_file_size(20_000);
        let docs = docs.validate(|entry| match &*entry.client_name {
            "virus.txt" => Err("no thank you".into()),
            _ => Ok(()),
        });
        let pace = Arc::new(Semaphore::new(0));
        let paced = pace.clone();
        let large = UploadOptions::new([".bin"])
            .max_file_size(LARGE_BYTES)
            .chunk_timeout(Duration::from_secs(3));
        Ok(Self {
            docs: socket.allow_upload("docs", docs),
            avatar: socket.allow_upload("avatar", UploadOptions::new(["image/*"])),
            auto: socket.allow_upload("auto", texts().max_entries(5).auto_upload(true)),
            total: socket.allow_upload("total", texts().max_entries_mode(MaxEntriesMode::Total)),
            external: socket.allow_upload("external", texts().max_entries(2).external()),
            broken: socket.allow_upload("broken", texts().writer::<Broken>(|_| ())),
            paced: socket.allow_upload("paced", texts().writer::<Paced>(move |_| paced.clone())),
            large: socket.allow_upload("large", large),
            pace,
            note: String::new(),
            log: Vec::new(),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "validate" => {
                if let Some(note) = params.text("note") {
                    note.clone_into(&mut self.note);
                }
            }
            "pace" => self.pace.add_permits(1),
            "cancel" => self.cancel(params.text("ref").unwrap_or_default()),
            "disallow" => self.docs.disallow_upload(),
            _ => match event.strip_prefix("save ") {
                Some(_) if params.text("how") == Some("postpone") => self.postpone()?,
                Some(upload) => self.save(upload)?,
                None => return Flow::unhandled(event),
            },
        }
        Ok(Flow::NoReply)
    }

    async fn handle_progress(
        &mut self,
        upload: &str,
        entry: &UploadEntry,
        socket: &mut Socket<Self>,
    ) -> live::Result<()> {
        let UploadEntry {
            client_name,
            progress,
            ..
        } = entry;
        self.log.push(format!("{upload} {client_name} {progress}%"));
        if upload == "auto" && entry.done {
            let uploaded = self.auto.consume_uploaded_entry(entry)?;
            self.log
                .push(format!("taken {client_name} {}", content(&uploaded)?));
            socket.push_event("taken", json!({"name": client_name}))?;
        }
        Ok(())
    }

    async fn presign_upload(
        &mut self,
        _: &str,
        entry: &UploadEntry,
        _: &mut Socket<Self>,
    ) -> Result<Value, PresignError> {
        match &*entry.client_name {
            "secret.txt" => Err(PresignError::Refused(json!({"why": "secret"}))),
            name => Ok(json!({"uploader": "Store", "url": format!("/store/{name}")})),
        }
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <ol id="log"><li :for={entry in &self.log}>{entry}</li></ol>
            <.uploading name="docs" upload={&self.docs} />
            <.uploading name="avatar" upload={&self.avatar} />
            <figure :for={entry in self.avatar.entries()} :key={&entry.reference}>
                <.live_img_preview entry={&entry} width="20" />
            </figure>
            <.uploading name="auto" upload={&self.auto} note={Some(&*self.note)} />
            <p id="note">{&self.note}</p>
            <input id="queue" type="file" multiple phx-hook="Queue" data-upload="auto" aria-label="queue">
            <.uploading name="total" upload={&self.total} />
            <.uploading name="external" upload={&self.external} />
            <.uploading name="broken" upload={&self.broken} />
            <.uploading name="paced" upload={&self.paced} />
            <.uploading name="large" upload={&self.large} />
            {live_component::<Album>("album", ())}
        }
    }
}

impl UploadsLive {
    fn save(&mut self, upload: &str) -> live::Result<()> {
        let saved = match upload {
            "docs" => each(&self.docs, content)?,
            "avatar" => each(&self.avatar, |_| Ok(String::new()))?,
            "total" => each(&self.total, content)?,
            "external" => each(&self.external, |meta| Ok(meta["url"].to_string()))?,
            "broken" => each(&self.broken, |()| Ok("not broken".to_owned()))?,
            "paced" => each(&self.paced, |bytes| Ok(bytes.to_string()))?,
            "large" => each(&self.large, |file| {
                Ok(std::fs::metadata(file.path())?.len().to_string())
            })?,
            _ => Vec::new(),
        };
        self.log.push(format!("saved {upload}"));
        self.log.extend(saved);
        Ok(())
    }

    fn postpone(&mut self) -> live::Result<()> {
        for uploaded in self.docs.consume_uploaded_entries()? {
            let name = &uploaded.entry().client_name;
            self.log.push(format!("postponed {name}"));
            uploaded.postpone();
        }
        Ok(())
    }

    fn cancel(&self, reference: &str) {
        let uploads: [&UploadConfig; 7] = [
            &self.docs,
            &self.avatar,
            &self.auto,
            &self.external,
            &self.broken,
            &self.paced,
            &self.large,
        ];
        for upload in uploads {
            upload.cancel_upload(reference);
        }
    }
}

/// What the entries of an upload have become.
fn each<M: Send + 'static>(
    upload: &Upload<M>,
    describe: impl Fn(&M) -> live::Result<String>,
) -> live::Result<Vec<String>> {
    let uploaded = upload.consume_uploaded_entries()?;
    let described = uploaded.iter().map(|uploaded| {
        let name = &uploaded.entry().client_name;
        Ok(format!("{name} {}", describe(uploaded)?)
            .trim_end()
            .to_owned())
    });
    described.collect()
}

/// The first and the last byte of a file, and how many there are.
fn content(file: &TempFile) -> live::Result<String> {
    let text = std::fs::read_to_string(file.path())?;
    let ends: String = text.chars().take(1).chain(text.chars().last()).collect();
    Ok(format!("{ends} {}", text.len()))
}

/// The form of an upload, with its entries and what is wrong with them.
#[component]
fn uploading(name: &str, upload: &UploadConfig, note: Option<&str>) -> impl Render {
    heex! {
        <section id={name} phx-drop-target={upload.reference()}>
            <form id={format!("{name}-form")} phx-change="validate" phx-submit={format!("save {name}")}>
                <.live_file_input upload={upload} />
                <input :if={note.is_some()} name="note" value={note} aria-label="note">
                <button>save {name}</button>
                <button name="how" value="postpone">postpone {name}</button>
            </form>
            <p :for={error in upload.upload_errors()} class="error">{error.to_string()}</p>
            <ul>
                <li :for={entry in upload.entries()} :key={&entry.reference}>
                    <span class="entry">{entry.client_name.clone()} {entry.progress}%</span>
                    <progress value={i64::from(entry.progress)} max="100"></progress>
                    <em :for={error in upload.entry_errors(&entry)} class="error">{error.to_string()}</em>
                    <button type="button" class="cancel" phx-click="cancel" phx-value-ref={&entry.reference}>cancel</button>
                </li>
            </ul>
        </section>
    }
}
