//! The page.

use bennu::channel::Flow;
use bennu::live::components::form;
use bennu::live::event::LiveEvent;
use bennu::live::form::{Changeset, Field, FieldErrors, Form};
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::upload::{Upload, UploadOptions, live_file_input};
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::Payload;
use bennu::protocol::form::{Param, Params};
use bennu::pubsub::Broadcast;
use bennu::session::Session;
use bennu::{component, heex};
use serde::Deserialize;

use super::book::{Book, Entry};

/// Where new entries are told of.
const TOPIC: &str = "guestbook";
/// How many entries a page shows.
const SHOWN_MAX: u16 = 50;

pub(crate) struct Guestbook {
    form: Form,
    entries: Stream<Entry>,
    photo: Upload,
}

/// What the page sends.
#[derive(LiveEvent)]
enum Event {
    Validate {
        entry: Params,
    },
    Sign {
        entry: Params,
    },
    Cancel {
        #[serde(rename = "ref")]
        reference: String,
    },
}

/// What other pages send.
pub(crate) enum Info {
    Signed(Broadcast),
}

/// What a guest writes.
#[derive(Deserialize)]
struct Signature {
    name: String,
    text: String,
}

impl Changeset for Signature {
    fn validate(&self, errors: &mut FieldErrors) {
        for (field, value, chars_max) in [("name", &self.name, 50), ("text", &self.text, 500)] {
            if value.trim().is_empty() {
                errors.add(field, "can't be blank");
            }
            if value.chars().count() > chars_max {
                errors.add(field, format!("has more than {chars_max} characters"));
            }
        }
    }
}

impl LiveView for Guestbook {
    type Info = Info;

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        socket.subscribe(TOPIC, Info::Signed)?;
        let newest = socket.assigns::<Book>().newest(SHOWN_MAX.into());
        let mut entries = Stream::new("entries", |entry: &Entry| entry.id).limit(SHOWN_MAX.into());
        entries.extend(newest);
        let options = UploadOptions::new([".jpg", ".jpeg"]).max_file_size(2_000_000);
        Ok(Self {
            form: signature_form(Params::default()),
            entries,
            photo: socket.allow_upload("photo", options),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match Event::decode(event, &params)? {
            Event::Validate { entry } => {
                let form = signature_form(entry).with_action("validate");
                self.form = form.checked::<Signature>();
            }
            Event::Sign { entry } => self.sign(signature_form(entry), socket).await?,
            Event::Cancel { reference } => {
                self.photo.cancel_upload(&reference);
            }
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, info: Info, _: &mut Socket<Self>) -> live::Result {
        match info {
            Info::Signed(broadcast) => self.entries.prepend(broadcast.payload().deserialize()?),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <h1>Guestbook</h1>
            <.form for={&self.form} id="sign" phx-change="validate" phx-submit="sign">
                <.input field={self.form.field("name")} label="Name"/>
                <.input field={self.form.field("text")} label="Text"/>
                <.live_file_input upload={&self.photo}/>
                <p :for={photo in self.photo.entries()} :key={&photo.reference} class="photo">
                    {&photo.client_name} {photo.progress}%
                    <b :for={error in self.photo.entry_errors(&photo)}>{error.to_string()}</b>
                    <button type="button" phx-click="cancel" phx-value-ref={&photo.reference}>Remove</button>
                </p>
                <button phx-disable-with="Signing...">Sign</button>
            </.form>
            <ul id="entries" phx-update="stream">
                <li :for={(dom_id, entry) in &self.entries} id={dom_id}>
                    <b>{&entry.name}</b> {&entry.text}
                    <img :if={let Some(photo) = &entry.photo} src={format!("/photos/{photo}")} alt="" height="120">
                </li>
            </ul>
        }
    }
}

impl Guestbook {
    async fn sign(&mut self, form: Form, socket: &mut Socket<Self>) -> live::Result<()> {
        match form.cast::<Signature>() {
            Ok(Signature { name, text }) => {
                let book = socket.assigns::<Book>().clone();
                let mut photo = None;
                for uploaded in self.photo.consume_uploaded_entries()? {
                    let uuid = &uploaded.entry().uuid;
                    photo = Some(book.keep_photo(uploaded.path(), uuid).await?);
                }
                let entry = book.sign(name, text, photo);
                let payload = Payload::json(&entry)?;
                socket.pubsub().broadcast(TOPIC, "signed", payload)?;
                self.form = signature_form(Params::default());
            }
            Err(errors) => self.form = form.with_errors(errors).with_action("sign"),
        }
        Ok(())
    }
}

fn signature_form(entry: Params) -> Form {
    Form::new(entry).with_name("entry")
}

#[component]
fn input(field: Field<'_>, label: &str) -> impl Render {
    let errors = if field.is_used() { field.errors } else { &[] };
    heex! {
        <p>
            <label for={&field.id}>{label}</label>
            <input id={&field.id} name={&field.name} value={field.value}>
            <b :for={error in errors}>{error}</b>
        </p>
    }
}
