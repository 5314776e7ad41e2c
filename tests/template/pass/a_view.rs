#![deny(warnings, clippy::pedantic)]
//! A view as an application writes it, without a warning.

use bennu::live::attributes::Attributes;
use bennu::live::html;
use bennu::live::rendered::{Render, Slot};
use bennu::{component, heex};

struct Chat {
    title: String,
    messages: Vec<Message>,
    draft: String,
    error: Option<String>,
}

struct Message {
    id: u64,
    author: Option<String>,
    body: String,
}

#[component]
fn field(
    name: &str,
    value: &str,
    error: Option<&str>,
    #[prop(rest)] rest: Attributes<'_>,
    inner_block: Slot<'_>,
) -> impl Render {
    heex! {
        <label for={name}>{inner_block}</label>
        <textarea id={name} name={name} {..rest}>{value}</textarea>
        <p :if={let Some(error) = error} role="alert">{error}</p>
    }
}

impl Chat {
    fn render(&self) -> impl Render {
        heex! {
            <header><h1>{self.title}</h1></header>
            <ol id="messages" aria-live="polite">
                <li :for={message in &self.messages} :key={message.id} id={format_args!("message-{}", message.id)}
                    class={["message", message.author.is_none().then_some("own")]}>
                    {match &message.author {
                        Some(author) => <b>{author}</b>,
                        None => "You",
                    }}
                    <p>{message.body}</p>
                </li>
            </ol>
            {if self.messages.is_empty() { <p class="empty">Nobody has written yet.</p> }}
            <form id="composer" phx-change="typing" phx-submit="send">
                <.field name="body" value={&self.draft} error={self.error.as_deref()} phx-blur="stop_typing">
                    Message
                </.field>
            </form>
        }
    }
}

fn main() {
    let message = |id, author| Message { id, author, body: "hi".into() };
    let messages = vec![message(1, None), message(2, Some("Ada".into()))];
    let chat = Chat { title: "T".into(), messages, draft: String::new(), error: None };
    let mut page = Vec::new();
    html::write(chat.render(), &mut page).unwrap();
    assert!(page.starts_with(b"<header><h1>T</h1></header>\n<ol"));
}
