//! Uploads: one that waits for its form, and one that is sent at once.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::upload::{
    Accept, TempFile, Upload, UploadEntry, UploadError, UploadOptions, Uploaded, live_file_input,
};
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

pub(super) struct UploadLive {
    doc: Upload,
    auto: Upload,
    done: Vec<String>,
}

impl LiveView for UploadLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        let doc = UploadOptions::new([".txt", ".png"])
            .max_entries(2)
            .max_file_size(20_000)
            .chunk_size(1_000);
        let auto = UploadOptions::new(Accept::Any).auto_upload(true);
        Ok(Self {
            doc: socket.allow_upload("doc", doc),
            auto: socket.allow_upload("auto", auto),
            done: Vec::new(),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "validate" => {}
            "cancel" => {
                let reference = params.text("ref").unwrap_or_default();
                self.doc.cancel_upload(reference);
            }
            "save" => {
                for file in self.doc.consume_uploaded_entries()? {
                    let size = size(&file).await?;
                    self.done
                        .push(format!("{}:{size}", file.entry().client_name));
                }
            }
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
        if upload == "auto" && entry.done {
            let file = self.auto.consume_uploaded_entry(entry)?;
            let size = size(&file).await?;
            self.done.push(format!("auto:{}:{size}", entry.client_name));
        }
        Ok(())
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <form id="up" phx-change="validate" phx-submit="save">
              <.live_file_input upload={&self.doc} />
              <.live_file_input upload={&self.auto} />
              <button type="submit">go</button>
            </form>
            <p :for={e in self.doc.entries()}>{e.client_name} {e.progress}"% "<span :for={er in self.doc.entry_errors(&e)}>{inspect(&er)}</span>
              <button phx-click="cancel" phx-value-ref={&e.reference}>x</button></p>
            <p :for={er in self.doc.upload_errors()}>{inspect(&er)}</p>
            <p :for={d in &self.done}>{d}</p>
        }
    }
}

/// The size of the file, in bytes.
async fn size(file: &Uploaded<TempFile>) -> std::io::Result<u64> {
    Ok(tokio::fs::metadata(file.path()).await?.len())
}

/// The error as Elixir shows it.
fn inspect(error: &UploadError) -> &'static str {
    match error {
        UploadError::TooManyFiles => ":too_many_files",
        UploadError::TooLarge => ":too_large",
        UploadError::NotAccepted => ":not_accepted",
        _ => ":other",
    }
}
