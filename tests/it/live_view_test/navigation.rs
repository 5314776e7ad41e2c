//! Views of the engine that send the page elsewhere, with their flash.

use bennu::channel::Flow;
use bennu::endpoint::{Endpoint, Mount, Router};
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{self, Kind, LiveView, LiveViews, MountError, Page, RootLayout, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::{Anyone, Routes};
use bennu::testing::{Redirected, build_conn, live};
use serde_json::json;

use super::engine::failure;
use crate::support::builder;

struct Walk {
    page: String,
}

impl LiveView for Walk {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            page: "none".to_owned(),
        })
    }

    async fn handle_params(
        &mut self,
        params: &Params,
        _: &str,
        socket: &mut Socket<Self>,
    ) -> live::Result<()> {
        if params.text("page") == Some("old") {
            socket.push_patch("/walk?page=new", Kind::Replace)?;
        }
        self.page = params.text("page").unwrap_or("none").to_owned();
        Ok(())
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        let to = params.text("to").unwrap_or_default();
        match event {
            "patch" => socket.push_patch(to, Kind::Push)?,
            "navigate" => {
                socket.put_flash("info", "navigated");
                socket.push_navigate(to, Kind::Push)?;
            }
            "redirect" => {
                socket.put_flash("info", "redirected");
                socket.redirect(to)?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        let info = socket.flash("info").unwrap_or_default().to_owned();
        heex! { <p>{&self.page}</p><b>{info}</b> }
    }
}

struct Layout;

impl RootLayout for Layout {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! {
            <html><head><meta name="csrf-token" content={page.csrf_token()}/></head><body>{page.content()}</body></html>
        }
    }
}

fn endpoint() -> Endpoint {
    let views = LiveViews::new("live salt", Layout)
        .view::<Walk>("/walk")
        .view::<Walk>("/hike")
        .live_session("members", |session| session.view::<Walk>("/club"));
    let built = builder()
        .session(SessionOptions::new("_test_key", "session salt"))
        .socket("/live", Mount::new(Anyone, Routes::new().live(&views)))
        .router(Router::new().live(&views))
        .build();
    built.expect("the parts fit together")
}

#[tokio::test(start_paused = true)]
async fn a_view_patches_its_url() {
    let (view, _) = live(&build_conn(&endpoint()), "/walk")
        .await
        .expect("it is open");
    let html = view
        .render_click("patch", json!({"to": "/walk?page=two"}))
        .await
        .expect("it stays");
    assert!(html.contains("<p>two</p>"), "{html}");
    assert_eq!(view.assert_patch().await, "/walk?page=two");
    view.render_patch("/walk?page=old").await.expect("it stays");
    view.assert_patch_to("/walk?page=new").await;
    assert_eq!(view.path(), "/walk?page=new");
    view.assert_html("<p>new</p>").await;
}

#[tokio::test(start_paused = true)]
async fn the_flash_goes_along() {
    let conn = build_conn(&endpoint());
    for (event, flash) in [("navigate", "navigated"), ("redirect", "redirected")] {
        let (view, _) = live(&conn, "/walk").await.expect("it is open");
        let left = view
            .render_click(event, json!({"to": "/hike?page=1"}))
            .await
            .expect_err("it leaves");
        assert_eq!(view.assert_redirect_to("/hike?page=1").await, left);
        assert_eq!(left.flash(&conn).get("info"), Some(flash));
        let (_, html) = left
            .follow_redirect(&conn)
            .await
            .expect("the other page is open");
        assert!(html.contains(&format!("<p>1</p><b>{flash}</b>")), "{html}");
    }
    let (_, html) = live(&conn, "/walk").await.expect("it is open");
    assert!(html.contains("<b></b>"), "the flash is shown once: {html}");
}

#[tokio::test(start_paused = true)]
async fn the_connection_is_kept_within_a_live_session() {
    let (view, _) = live(&build_conn(&endpoint()), "/walk")
        .await
        .expect("it is open");
    let left = view
        .render_click("navigate", json!({"to": "/hike"}))
        .await
        .expect_err("it leaves");
    assert!(matches!(left, Redirected::LiveRedirect(_)), "{left}");
    let (hike, html) = view
        .live_redirect(left.to())
        .await
        .expect("it is of the same live session");
    assert!(html.contains("<b>navigated</b>"), "{html}");
    let left = hike
        .live_redirect("/club")
        .await
        .expect_err("it is of another live session");
    assert!(matches!(left, Redirected::Redirect(_)), "{left}");
    assert!(failure(hike.render()).await.contains("/club"));
}
