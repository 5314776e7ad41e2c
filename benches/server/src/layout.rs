//! The document around each live page.

use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{Page, RootLayout};

/// The root layout.
pub(crate) struct Layout;

impl RootLayout for Layout {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="csrf-token" content={page.csrf_token()}/>
                    <title data-default="Bench">{page.title().unwrap_or("Bench")}</title>
                </head>
                <body>
                    {page.content()}
                </body>
            </html>
        }
    }
}
