//! `src/main.rs` of the second step.

mod book;
mod guestbook;

use std::error::Error;

use bennu::endpoint::{BuildError, CheckOrigin, Endpoint, Mount, Router};
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{LiveSocket, LiveViews, Page, RootLayout};
use bennu::session::SessionOptions;
use bennu::socket::Routes;
use bennu::token::SecretKeyBase;
use tokio::net::TcpListener;

use book::Book;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let secret_key_base = SecretKeyBase::from_env("SECRET_KEY_BASE")?;
    let endpoint = endpoint(secret_key_base, Book::default())?;
    let listener = TcpListener::bind("127.0.0.1:4000").await?;
    endpoint.serve(listener, std::future::pending()).await?;
    Ok(())
}

fn endpoint(secret_key_base: SecretKeyBase, book: Book) -> Result<Endpoint, BuildError> {
    let views = LiveViews::new("live view salt", Layout).view::<guestbook::Guestbook>("/");
    Endpoint::builder(secret_key_base)
        .session(SessionOptions::new("_guestbook_key", "session salt"))
        .check_origin(CheckOrigin::Conn)
        .socket("/live", Mount::new(LiveSocket, Routes::new().live(&views)))
        .assets("/assets", "assets")
        .assign(book)
        .router(Router::new().live(&views))
        .build()
}

struct Layout;

impl RootLayout for Layout {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="csrf-token" content={page.csrf_token()}/>
                    <title>Guestbook</title>
                    <script defer src="/assets/phoenix.min.js"></script>
                    <script defer src="/assets/phoenix_live_view.min.js"></script>
                    <script defer src="/assets/app.js"></script>
                </head>
                <body>{page.content()}</body>
            </html>
        }
    }
}

mod tests {
    use bennu::testing::{build_conn, live};
    use serde_json::json;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_second_step_shows_an_entry_to_everyone() -> Result<(), Box<dyn Error>> {
        let endpoint = endpoint(SecretKeyBase::new("k".repeat(64))?, Book::default())?;
        let conn = build_conn(&endpoint);
        let (ada, _) = live(&conn, "/").await?;
        let (grace, _) = live(&conn, "/").await?;
        let form = ada.form("#sign", json!({"entry": {"name": "Ada", "text": "Hello"}}));
        form.render_submit().await?;
        assert!(grace.has_text("#entries-1", "Hello").await);
        let (_, html) = live(&conn, "/").await?;
        assert!(html.contains("Hello"), "{html}");
        Ok(())
    }
}
