//! The input and the previews of an upload (10.1).

use bennu_macros::{component, heex};

use crate::live::attributes::Attributes;
use crate::live::rendered::Render;
use crate::live::upload::{UploadConfig, UploadEntry};

/// The file input of an upload, as `live_file_input/1`.
///
/// It belongs into a form with `phx-change` and `phx-submit`. `accept` overrides what the upload's filters say; the browser
/// offers such files, the server still takes those of the upload.
///
/// ```
/// use bennu::heex;
/// use bennu::live::rendered::Render;
/// use bennu::live::upload::{Upload, live_file_input};
///
/// fn form(avatar: &Upload) -> impl Render {
///     heex! {
///         <form id="profile" phx-change="validate" phx-submit="save" phx-drop-target={avatar.reference()}>
///             <.live_file_input upload={avatar} class="file" />
///             <button>Save</button>
///         </form>
///     }
/// }
/// ```
#[component]
pub fn live_file_input(
    upload: &UploadConfig,
    accept: Option<&str>,
    #[prop(rest, include(webkitdirectory, required, disabled, capture, form))] rest: Attributes<'_>,
) -> impl Render {
    heex! {
        <input
            id={upload.reference()}
            type="file"
            name={upload.name()}
            accept={accept.or(upload.accept())}
            data-phx-hook="Phoenix.LiveFileUpload"
            data-phx-upload-ref={upload.reference()}
            data-phx-active-refs={upload.references(|_| true)}
            data-phx-done-refs={upload.references(|entry| entry.done)}
            data-phx-preflighted-refs={upload.references(|entry| entry.preflighted)}
            data-phx-error-refs={upload.error_references()}
            data-phx-auto-upload={upload.auto_upload()}
            multiple={upload.max_entries() > 1}
            {..rest}
        />
    }
}

/// The picture that was chosen, shown from the visitor's own disk, as `live_img_preview/1`.
///
/// `id` is needed when an entry is shown more than once.
///
/// ```
/// use bennu::heex;
/// use bennu::live::rendered::Render;
/// use bennu::live::upload::{Upload, live_img_preview};
///
/// fn previews(photos: &Upload) -> impl Render {
///     heex! {
///         <figure :for={entry in photos.entries()} :key={&entry.reference}>
///             <.live_img_preview entry={&entry} width="75" />
///             <figcaption>{entry.client_name} {entry.progress}%</figcaption>
///         </figure>
///     }
/// }
/// ```
#[component]
pub fn live_img_preview(
    entry: &UploadEntry,
    id: Option<&str>,
    #[prop(rest, include(alt, width, height))] rest: Attributes<'_>,
) -> impl Render {
    let preview = format!("phx-preview-{}", entry.reference);
    heex! {
        <img
            id={id.unwrap_or(&preview)}
            data-phx-upload-ref={&*entry.upload_ref}
            data-phx-entry-ref={&entry.reference}
            data-phx-hook="Phoenix.LiveImgPreview"
            data-phx-update="ignore"
            {..rest}
        />
    }
}
