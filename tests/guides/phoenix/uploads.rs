//! Uploads.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::event::LiveEvent;
use bennu::live::rendered::Render;
use bennu::live::upload::{
    PresignError, Upload, UploadEntry, UploadOptions, live_file_input, live_img_preview,
};
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::{Value, json};

struct Profile {
    avatar: Upload,
    scans: Upload<Value>,
    kept: Vec<String>,
}

#[derive(LiveEvent)]
enum Event {
    Validate,
    Cancel {
        #[serde(rename = "ref")]
        reference: String,
    },
    Save,
}

impl LiveView for Profile {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        let avatar = UploadOptions::new([".jpg", ".png"])
            .max_entries(2)
            .max_file_size(1_000_000);
        let scans = UploadOptions::new([".pdf"]).external();
        Ok(Self {
            avatar: socket.allow_upload("avatar", avatar),
            scans: socket.allow_upload("scans", scans),
            kept: Vec::new(),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match Event::decode(event, &params)? {
            Event::Validate => {}
            Event::Cancel { reference } => {
                self.avatar.cancel_upload(&reference);
            }
            Event::Save => self.save(socket).await?,
        }
        Ok(Flow::NoReply)
    }

    async fn handle_progress(
        &mut self,
        _upload: &str,
        entry: &UploadEntry,
        socket: &mut Socket<Self>,
    ) -> live::Result<()> {
        if entry.done {
            socket.put_flash("info", format!("{} is here", entry.client_name));
        }
        Ok(())
    }

    async fn presign_upload(
        &mut self,
        _upload: &str,
        entry: &UploadEntry,
        _: &mut Socket<Self>,
    ) -> Result<Value, PresignError> {
        let url = presigned_url(&entry.uuid)?;
        Ok(json!({"uploader": "S3", "url": url}))
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        heex! {
            <form id="profile" phx-change="validate" phx-submit="save" phx-drop-target={self.avatar.reference()}>
                <.live_file_input upload={&self.avatar}/>
                <.live_file_input upload={&self.scans}/>
                <button>Save</button>
            </form>
            <p :for={error in self.avatar.upload_errors()}>{error.to_string()}</p>
            <figure :for={entry in self.avatar.entries()} :key={&entry.reference}>
                <.live_img_preview entry={&entry} width="75"/>
                <progress value={entry.progress} max="100"></progress>
                <b :for={error in self.avatar.entry_errors(&entry)}>{error.to_string()}</b>
                <button phx-click="cancel" phx-value-ref={&entry.reference}>Remove</button>
            </figure>
            <p :for={kept in &self.kept}>{kept}</p>
            <p>{socket.flash("info")}</p>
        }
    }
}

impl Profile {
    async fn save(&mut self, socket: &Socket<Self>) -> live::Result<()> {
        let directory = socket.assigns::<Directory>();
        for avatar in self.avatar.consume_uploaded_entries()? {
            let name = avatar.entry().uuid.clone();
            tokio::fs::copy(avatar.path(), directory.0.join(&name)).await?;
            self.kept.push(name);
        }
        for scan in self.scans.consume_uploaded_entries()? {
            self.kept.push(scan["url"].to_string());
        }
        Ok(())
    }
}

/// Where the application keeps files.
struct Directory(std::path::PathBuf);

fn presigned_url(uuid: &str) -> Result<String, std::fmt::Error> {
    Ok(format!("https://storage.example.com/{uuid}?signature=..."))
}

mod tests {
    use std::error::Error;

    use bennu::testing::{UploadFile, isolated, live};
    use serde_json::json;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_avatar_is_uploaded_and_kept() -> Result<(), Box<dyn Error>> {
        let directory = std::env::temp_dir().join(format!("bennu-guides-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        let conn = isolated::<Profile>(|builder| builder.assign(Directory(directory.clone())));
        let (view, _) = live(&conn, "/").await?;
        let avatar = UploadFile::new("me.png", "image/png", "content");
        let upload = view.file_input("#profile", "avatar", [avatar]);
        let html = upload.render_upload("me.png").await?;
        assert!(html.contains("me.png is here"), "{html}");
        view.form("#profile", json!({})).render_submit().await?;
        let kept = std::fs::read_dir(&directory)?
            .next()
            .ok_or("nothing was kept")??;
        assert_eq!(std::fs::read(kept.path())?, b"content");
        std::fs::remove_dir_all(&directory)?;
        assert!(!view.has_element("figure").await);
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_scan_is_sent_elsewhere() -> Result<(), Box<dyn Error>> {
        let directory = Directory(std::path::PathBuf::new());
        let conn = isolated::<Profile>(|builder| builder.assign(directory));
        let (view, _) = live(&conn, "/").await?;
        let scan = UploadFile::new("a.pdf", "application/pdf", "content");
        let upload = view.file_input("#profile", "scans", [scan]);
        upload.render_upload("a.pdf").await?;
        let html = view.form("#profile", json!({})).render_submit().await?;
        assert!(html.contains("https://storage.example.com/"), "{html}");
        Ok(())
    }
}
