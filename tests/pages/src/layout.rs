//! The document around every page: the clients as npm publishes them, and the script that starts them.

use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{Page, RootLayout};

/// The folder of the client in `node_modules`, unless `LIVE_VIEW_CLIENT` names another version's.
const CLIENT: &str = "phoenix_live_view";

pub(crate) struct Layout {
    client: String,
}

impl Layout {
    pub(crate) fn from_env() -> Self {
        Self {
            client: std::env::var("LIVE_VIEW_CLIENT").unwrap_or_else(|_| CLIENT.to_owned()),
        }
    }
}

impl RootLayout for Layout {
    fn render(&self, page: &Page<'_>) -> impl Render {
        let client = format!("/npm/{}/priv/static/phoenix_live_view.min.js", self.client);
        heex! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8">
                    <meta name="csrf-token" content={page.csrf_token()}>
                    <link rel="icon" href="data:,">
                    <title data-default="Pages" data-prefix="Test: " data-suffix=" (Bennu)">
                        "Test: "{page.title().unwrap_or("Pages")}" (Bennu)"
                    </title>
                    <script defer src="/npm/phoenix/priv/static/phoenix.min.js"></script>
                    <script defer src={client}></script>
                    <script defer src="/live/pages.js"></script>
                    <style>"
                        .hidden { display: none }
                        .when-alone { display: none }
                        .when-alone:only-child { display: block }
                        .fade { transition: opacity 50ms }
                        .scrolls { height: 100px; overflow-y: scroll }
                        .tall { height: 40px }
                    "</style>
                </head>
                <body>
                    {page.content()}
                    <div id="outside"></div>
                </body>
            </html>
        }
    }
}
