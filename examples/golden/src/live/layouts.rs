//! The document around all live pages, and the layout of one of them.

use bennu::heex;
use bennu::live::components::live_title;
use bennu::live::rendered::Render;
use bennu::live::{AnySocket, InnerContent, Layout, Page, RootLayout};

/// The document.
pub(super) struct Root;

impl RootLayout for Root {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! {
            <!DOCTYPE html>
            <html lang="en">
              <head>
                <meta charset="utf-8" />
                <meta name="csrf-token" content={page.csrf_token()} />
                <.live_title default="Golden" suffix=" - G">{page.title()}</.live_title>
                <link phx-track-static rel="stylesheet" href="/assets/app.css" />
                <script src="/assets/phoenix/phoenix.min.js"></script>
                <script type="module">
                  r#"
                  import { LiveSocket } from "/assets/phoenix_live_view/phoenix_live_view.esm.js";
                  const csrfToken = document.querySelector("meta[name='csrf-token']").getAttribute("content");
                  const hooks = { Echo: { mounted() {
                    this.handleEvent("from-server", (p) => { window.fromServer = (window.fromServer || []).concat([p]); });
                    this.el.addEventListener("click", () => this.pushEvent("hook-ping", { n: 1 }, (reply) => { window.lastReply = reply; }));
                  } } };
                  window.liveSocket = new LiveSocket("/live", window.Phoenix.Socket, { params: { _csrf_token: csrfToken }, hooks });
                  window.liveSocket.connect();
                  "#
                </script>
              </head>
              <body>
                {page.content()}
              </body>
            </html>
        }
    }
}

/// Shows the flash above the view.
pub(super) struct App;

impl Layout for App {
    fn render(&self, inner_content: InnerContent<'_>, socket: &AnySocket) -> impl Render {
        let (info, error) = (socket.flash("info"), socket.flash("error"));
        heex! {
            <p :if={let Some(message) = info} id="flash-info" phx-click="lv:clear-flash" phx-value-key="info">{message}</p>
            <p :if={let Some(message) = error} id="flash-error">{message}</p>
            {inner_content}
        }
    }
}
