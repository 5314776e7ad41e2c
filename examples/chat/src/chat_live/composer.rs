//! The form at the foot of a room: a text, a picture, or both.

use bennu::live::Socket;
use bennu::live::components::form;
use bennu::live::form::{Form, normalize_value};
use bennu::live::rendered::Render;
use bennu::live::upload::{
    TempFile, Upload, UploadEntry, UploadError, UploadOptions, Uploaded, live_file_input,
    live_img_preview,
};
use bennu::{component, heex};
use tokio::task::spawn_blocking;

use super::ChatLive;
use super::draft::{self, BODY, DRAFT_CHARS_MAX};
use crate::chats::picture::{PICTURE_BYTES_MAX, Picture, PictureError};

/// The files that the browser offers; what is in them is looked at later.
const PICTURES: [&str; 5] = [".png", ".jpg", ".jpeg", ".gif", ".webp"];

/// What somebody is about to send.
pub(super) struct Composer {
    pub(super) form: Form,
    pub(super) picture: Upload,
}

impl Composer {
    pub(super) fn new(socket: &mut Socket<ChatLive>) -> Self {
        let picture = UploadOptions::new(PICTURES).max_file_size(PICTURE_BYTES_MAX);
        Self {
            form: draft::form(""),
            picture: socket.allow_upload("picture", picture.auto_upload(true)),
        }
    }

    /// The file that was chosen, if any, as the picture it is. It is removed when the [`Uploaded`] is dropped.
    pub(super) async fn take_picture(
        &self,
    ) -> Result<Option<(Uploaded<TempFile>, Picture)>, PictureError> {
        let uploaded = self.picture.consume_uploaded_entries();
        let Some(file) = uploaded.map_err(|_| PictureError::NotHere)?.pop() else {
            return Ok(None);
        };
        let (name, path) = (file.entry().client_name.clone(), file.path().to_owned());
        let sniffed = spawn_blocking(move || Picture::sniff(&name, &path)).await;
        let picture = sniffed.map_err(|_| PictureError::NotHere)??;
        Ok(Some((file, picture)))
    }
}

/// Sends what is written to the view, or to a plain handler where there is no script.
#[component]
pub(super) fn message_form(composer: &Composer, chat_id: i64, csrf_token: &str) -> impl Render {
    let body = composer.form.field(BODY);
    let picture = &composer.picture;
    let invalid = !body.errors.is_empty();
    heex! {
        <.form for={&composer.form} id="composer" action={&format!("/chats/{chat_id}/messages")} csrf_token={csrf_token}
            phx-change="typing" phx-submit="send" phx-drop-target={picture.reference()}>
            <p :for={error in body.errors} id="composer-error" class="error" role="alert">{error}</p>
            <.preview :for={entry in picture.entries()} :key={&entry.reference}
                entry={&entry} errors={&picture.entry_errors(&entry)}/>
            <label class="attach">
                <span class="visually-hidden">Add a picture</span>
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z"/>
                    <path d="M4 16l4.500-4.500 4 4 3-3 4.500 4.500"/><circle cx="15.500" cy="8.500" r="1.250"/>
                </svg>
                <.live_file_input upload={picture}/>
            </label>
            <label class="visually-hidden" for="composer-body">Message</label>
            <textarea id="composer-body" name={&body.name} rows="1" placeholder="Write a message"
                autocomplete="off" enterkeyhint="send" phx-blur="stop_typing" maxlength={DRAFT_CHARS_MAX}
                aria-invalid={invalid.then_some("true")}
                aria-describedby={invalid.then_some("composer-error")}>{normalize_value("textarea", body.value)}</textarea>
            <button aria-label="Send">
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M3.4 20.4 21.5 12 3.4 3.6 3.4 10.200 15 12 3.4 13.800z"/>
                </svg>
            </button>
        </.form>
    }
}

/// The picture that was chosen: how it looks, and how much of it is here. A file that was refused may be no picture at all.
#[component]
fn preview(entry: &UploadEntry, errors: &[UploadError]) -> impl Render {
    heex! {
        <figure class="preview">
            {if errors.is_empty() {
                <.live_img_preview entry={entry} alt=""/>
            } else {
                <svg class="no-picture" viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M6 3h8l4 4v14H6zM14 3v4h4"/>
                </svg>
            }}
            <figcaption>
                <span class="name">{&entry.client_name}</span>
                {if errors.is_empty() {
                    <progress max="100" value={entry.progress} aria-label="Uploaded">{entry.progress}%</progress>
                } else {
                    <span :for={error in errors} class="error" role="alert">{sentence(error)}</span>
                }}
            </figcaption>
            <button type="button" class="quiet" phx-click="remove_picture" phx-value-ref={&entry.reference}>Remove</button>
        </figure>
    }
}

/// The error as its author reads it.
fn sentence(error: &UploadError) -> String {
    let error = match error {
        UploadError::TooLarge => PictureError::TooLarge,
        UploadError::NotAccepted => PictureError::NoPicture,
        _ => PictureError::NotHere,
    };
    error.to_string()
}
