//! The document around every page: the clients as npm publishes them, and the script that starts them.

use bennu::heex;
use bennu::live::nested::live_render;
use bennu::live::rendered::Render;
use bennu::live::{Page, RootLayout};

use crate::nested::{GrandchildLive, StickyLive};

/// The folder of the client in `node_modules`, unless `LIVE_VIEW_CLIENT` names another version's.
const CLIENT: &str = "phoenix_live_view";

pub(crate) struct Layout {
    client: String,
    /// Whether views stand beside the page's own.
    docks: bool,
}

impl Layout {
    pub(crate) fn from_env() -> Self {
        Self {
            client: std::env::var("LIVE_VIEW_CLIENT").unwrap_or_else(|_| CLIENT.to_owned()),
            docks: false,
        }
    }

    pub(crate) fn with_docks(mut self) -> Self {
        self.docks = true;
        self
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
                    {self.docks.then(|| live_render::<GrandchildLive>("dock"))}
                    {self.docks.then(|| live_render::<StickyLive>("sticky").sticky())}
                    <div id="outside"></div>
                </body>
            </html>
        }
    }
}
