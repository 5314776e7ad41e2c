//! Views in views.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::nested::live_render;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, LiveViews, MountError, Page, RootLayout, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use bennu::token::Term;

struct Shop {
    bought: u32,
}

enum Info {
    Bought(u32),
}

impl LiveView for Shop {
    type Info = Info;

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self { bought: 0 })
    }

    async fn handle_info(&mut self, info: Info, _: &mut Socket<Self>) -> live::Result {
        let Info::Bought(pieces) = info;
        self.bought += pieces;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p id="bought">{self.bought}</p>
            {live_render::<Cart>("cart").session("pieces", 2)}
            {live_render::<Player>("player").sticky()}
        }
    }
}

struct Cart {
    pieces: u32,
}

impl LiveView for Cart {
    type Info = ();

    async fn mount(
        _: &Params,
        session: &Session,
        _: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let pieces = session.get("pieces").and_then(Term::as_i64);
        let pieces = pieces.and_then(|pieces| pieces.try_into().ok());
        Ok(Self {
            pieces: pieces.unwrap_or(0),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "buy" => {
                if let Some(shop) = socket.parent::<Shop>() {
                    shop.send(Info::Bought(self.pieces))?;
                }
                self.pieces = 0;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <button phx-click="buy">Buy {self.pieces}</button> }
    }
}

fn live_views(root: impl RootLayout) -> LiveViews {
    LiveViews::new("live view salt", root)
        .view::<Shop>("/")
        .unrouted::<Player>()
}

/// Plays on while the page goes from view to view.
struct Player;

impl LiveView for Player {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <audio controls></audio> }
    }
}

/// Shows the player beside each view.
struct WithPlayer;

impl RootLayout for WithPlayer {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! {
            <html>
                <head><meta name="csrf-token" content={page.csrf_token()}/></head>
                <body>{page.content()}{live_render::<Player>("player")}</body>
            </html>
        }
    }
}

mod tests {
    use std::error::Error;

    use bennu::endpoint::{Endpoint, Mount, Router};
    use bennu::session::SessionOptions;
    use bennu::socket::{Anyone, Routes};
    use bennu::testing::{build_conn, live};
    use bennu::token::SecretKeyBase;

    use super::*;

    struct Root;

    impl RootLayout for Root {
        fn render(&self, page: &Page<'_>) -> impl Render {
            heex! {
                <html>
                    <head><meta name="csrf-token" content={page.csrf_token()}/></head>
                    <body>{page.content()}</body>
                </html>
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_nested_view_tells_the_one_around_it() -> Result<(), Box<dyn Error>> {
        let views = live_views(Root);
        let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?)
            .session(SessionOptions::new("_my_app_key", "session salt"))
            .socket("/live", Mount::new(Anyone, Routes::new().live(&views)))
            .router(Router::new().live(&views))
            .build()?;
        let (view, _) = live(&build_conn(&endpoint), "/").await?;
        let cart = view.find_live_child("cart");
        let html = cart.element("button").render_click().await?;
        assert!(html.contains("Buy 0"), "{html}");
        assert!(view.has_text("#bought", "2").await);
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_root_layout_shows_a_view() -> Result<(), Box<dyn Error>> {
        let views = LiveViews::new("live view salt", WithPlayer)
            .view::<Cart>("/cart")
            .unrouted::<Player>();
        let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?)
            .session(SessionOptions::new("_my_app_key", "session salt"))
            .socket("/live", Mount::new(Anyone, Routes::new().live(&views)))
            .router(Router::new().live(&views))
            .build()?;
        let page = build_conn(&endpoint).get("/cart").await;
        assert!(page.body().contains("<audio controls>"), "{}", page.body());
        Ok(())
    }
}
