//! A guestbook, the end of `docs/liveview-from-zero.md`.

mod book;
mod guestbook;

use bennu::endpoint::{BuildError, CheckOrigin, Endpoint, Mount, Router};
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{LiveSocket, LiveViews, Page, RootLayout};
use bennu::session::SessionOptions;
use bennu::socket::Routes;
use bennu::token::SecretKeyBase;

pub use book::Book;

/// The application, for `main` and for tests.
///
/// # Errors
/// When its parts contradict each other.
pub fn endpoint(secret_key_base: SecretKeyBase, book: Book) -> Result<Endpoint, BuildError> {
    let views = LiveViews::new("live view salt", Layout).view::<guestbook::Guestbook>("/");
    Endpoint::builder(secret_key_base)
        .session(SessionOptions::new("_guestbook_key", "session salt"))
        .check_origin(CheckOrigin::Conn)
        .socket("/live", Mount::new(LiveSocket, Routes::new().live(&views)))
        .assets("/assets", "assets")
        .assets("/photos", book.photos())
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
