//! The templates that pages share.

use bennu::live::rendered::{Render, Slot};
use bennu::live::{Page, RootLayout};
use bennu::session::Session;
use bennu::token::SecretKeyBase;
use bennu::{component, heex};

use crate::live_socket::sign_channel_token;

/// Session keys.
pub(crate) const USER_ID: &str = "user_id";
pub(crate) const USER_NAME: &str = "user_name";

/// Hues that the style sheet has for people.
const HUES: i64 = 12;

/// The document around a live view.
pub(crate) struct Layout;

impl RootLayout for Layout {
    fn render(&self, page: &Page<'_>) -> impl Render {
        let title = page.title().unwrap_or("Chat").to_owned();
        let channel_token = sign_channel_token(page.assigns::<SecretKeyBase>());
        heex! {
            <.document title={&title} csrf_token={page.csrf_token()} channel_token={&channel_token}>
                {page.content()}
            </.document>
        }
    }
}

/// The name of whoever is signed in.
pub(crate) fn user_name(session: &Session) -> Option<&str> {
    session.get(USER_NAME)?.as_str()
}

/// The class of a person's colour.
pub(crate) fn hue(user_id: i64) -> String {
    format!("author-{}", user_id.rem_euclid(HUES))
}

/// What stands in for a person's picture.
pub(crate) fn initial(name: &str) -> String {
    name.chars()
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default()
}

/// The whole HTML document.
#[component]
pub(crate) fn document<'a>(
    title: &'a str,
    csrf_token: &'a str,
    #[prop(default = "")] channel_token: &'a str,
    inner_block: Slot<'a>,
) -> impl Render {
    heex! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="csrf-token" content={csrf_token}/>
                <meta name="channel_token" content={channel_token}/>
                <title data-suffix=" · Bennu Chat">{title}" · Bennu Chat"</title>
                <link rel="icon" href="/assets/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href="/assets/chat.css" phx-track-static/>
                <script defer src="/assets/chat.js" phx-track-static></script>
            </head>
            <body>
                <p id="connection-lost" role="status" hidden>"Connection lost. Trying to reconnect…"</p>
                {inner_block}
            </body>
        </html>
    }
}

/// The bar at the top: where one is, who one is.
#[component]
pub(crate) fn header<'a>(
    title: &'a str,
    user_name: &'a str,
    csrf_token: &'a str,
    #[prop(default = false)] in_room: bool,
) -> impl Render {
    heex! {
        <header class="header">
            {if in_room {
                <a class="home" href="/" aria-label="All rooms">
                    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M15 5l-7 7 7 7"/></svg>
                </a>
            } else {
                <a class="home" href="/" aria-label="Bennu Chat">
                    <img src="/assets/favicon.svg" alt="" width="32" height="32"/>
                </a>
            }}
            {if in_room {
                <button class="quiet rooms-button" popovertarget="room-list" aria-label="Other rooms">
                    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 7h16M4 12h16M4 17h10"/></svg>
                </button>
            }}
            <h1>{title}</h1>
            <p class="signed-in">{user_name}</p>
            <form action="/session/delete" method="post">
                <.csrf_input token={csrf_token}/>
                <button class="quiet">Sign out</button>
            </form>
        </header>
    }
}

/// Every form that is posted needs it.
#[component]
pub(crate) fn csrf_input(token: &str) -> impl Render {
    heex! { <input type="hidden" name="_csrf_token" value={token}/> }
}

/// A card in the middle of the page.
#[component]
pub(crate) fn notice<'a>(title: &'a str, inner_block: Slot<'a>) -> impl Render {
    heex! {
        <main class="page narrow">
            <div class="card">
                <h1>{title}</h1>
                <p class="lead">{inner_block}</p>
                <a class="button" href="/">Back to the rooms</a>
            </div>
        </main>
    }
}
