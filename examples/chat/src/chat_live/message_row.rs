//! A message in the list: as everybody sees it, and as its author edits it.

use bennu::live::components::form;
use bennu::live::form::{Form, normalize_value};
use bennu::live::js;
use bennu::live::rendered::Render;
use bennu::{component, heex};

use super::draft::{self, BODY, DRAFT_CHARS_MAX};
use crate::chats::message::{Message, PictureLink};
use crate::pages::{hue, initial};

/// The message that is being edited on this page.
pub(super) struct Editing {
    pub(super) message: Message,
    pub(super) form: Form,
}

impl Editing {
    pub(super) fn begin(message: Message) -> Self {
        let form = draft::form(&message.body);
        Self { message, form }
    }

    /// The form of this message, if it is the one that is being edited.
    pub(super) fn form_of(editing: Option<&Self>, id: i64) -> Option<&Form> {
        let editing = editing.filter(|editing| editing.message.id == id)?;
        Some(&editing.form)
    }
}

/// One message.
#[component]
pub(super) fn row<'m>(
    id: &'m str,
    message: &'m Message,
    own: bool,
    editing: Option<&'m Form>,
) -> impl Render {
    let hue = hue(message.user_id);
    heex! {
        <li id={id}
            class={["message", &hue, if own { "own" } else { "" }, if message.follows { "follows" } else { "" }]}>
            <span class="avatar" aria-hidden="true">{initial(&message.author)}</span>
            <p class="meta">
                <span class="author">{&message.author}</span>
                <time datetime={message.at.to_string()}>{message.at.strftime("%H:%M").to_string()}</time>
            </p>
            {match editing {
                Some(form) => <.edit_form form={form} id={message.id}/>,
                None => <.content message={message} own={own}/>,
            }}
        </li>
    }
}

#[component]
fn content(message: &Message, own: bool) -> impl Render {
    heex! {
        <div class="content">
            <div class="bubble">
                {if let Some(picture) = &message.picture { <.picture picture={picture}/> }}
                <p :if={!message.body.is_empty()} class="body">{&message.body}</p>
            </div>
            {if message.edited { <small class="edited">edited</small> }}
            {if own {
                <button class="edit" phx-click="edit" phx-value-id={message.id} aria-label="Edit this message">
                    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 20h4L19 9l-4-4L4 16z"/></svg>
                </button>
            }}
        </div>
    }
}

/// A picture whose size is known before it has come: the list does not jump when it does.
#[component]
fn picture(picture: &PictureLink) -> impl Render {
    let path = format!("/pictures/{}", picture.key);
    heex! {
        <a href={&path} target="_blank" rel="noopener">
            <img class="picture" src={&path} alt={&picture.name} width={picture.width} height={picture.height} loading="lazy"/>
        </a>
    }
}

#[component]
fn edit_form(form: &Form, id: i64) -> impl Render {
    let body = form.field(BODY);
    let invalid = !body.errors.is_empty();
    heex! {
        <.form for={form} id="edit-message" class="edit-form" phx-submit="save">
            <label class="visually-hidden" for={format!("edit-body-{id}")}>Your message</label>
            <textarea id={format!("edit-body-{id}")} name={&body.name} rows="1" autocomplete="off"
                maxlength={DRAFT_CHARS_MAX} phx-mounted={js::focus()} phx-keydown="cancel_edit" phx-key="Escape"
                aria-invalid={invalid.then_some("true")}>{normalize_value("textarea", body.value)}</textarea>
            <p :for={error in body.errors} class="error" role="alert">{error}</p>
            <div class="actions">
                <button type="button" class="quiet danger" phx-click="delete"
                    data-confirm="Delete this message for everybody?">Delete</button>
                <button type="button" class="quiet" phx-click="cancel_edit">Cancel</button>
                <button>Save</button>
            </div>
        </.form>
    }
}
