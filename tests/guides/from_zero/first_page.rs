//! `src/main.rs` of the first step.

use std::error::Error;

use bennu::channel::Flow;
use bennu::endpoint::{CheckOrigin, Endpoint, Mount, Router};
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveSocket, LiveView, LiveViews, MountError, Page, RootLayout, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::Routes;
use bennu::token::SecretKeyBase;
use tokio::net::TcpListener;

struct Guestbook {
    waves: u32,
}

impl LiveView for Guestbook {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self { waves: 0 })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "wave" => self.waves += 1,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <h1>Guestbook</h1>
            <button phx-click="wave">Wave</button>
            <p>You waved {self.waves} times.</p>
        }
    }
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

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let secret_key_base = SecretKeyBase::from_env("SECRET_KEY_BASE")?;
    let views = LiveViews::new("live view salt", Layout).view::<Guestbook>("/");
    let endpoint = Endpoint::builder(secret_key_base)
        .session(SessionOptions::new("_guestbook_key", "session salt"))
        .check_origin(CheckOrigin::Conn)
        .socket("/live", Mount::new(LiveSocket, Routes::new().live(&views)))
        .assets("/assets", "assets")
        .router(Router::new().live(&views))
        .build()?;
    let listener = TcpListener::bind("127.0.0.1:4000").await?;
    endpoint.serve(listener, std::future::pending()).await?;
    Ok(())
}

mod tests {
    use bennu::testing::{Redirected, isolated, live};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_page_counts_waves() -> Result<(), Redirected> {
        let (view, _) = live(&isolated::<Guestbook>(|builder| builder), "/").await?;
        let html = view.element("button").render_click().await?;
        assert!(html.contains("You waved 1 times."), "{html}");
        Ok(())
    }
}
