//! The router, `on_mount` and hooks.

use bennu::channel::Flow;
use bennu::endpoint::{CheckOrigin, Endpoint, Mount, Router};
use bennu::heex;
use bennu::live::lifecycle::{Hook, Next, OnMount};
use bennu::live::rendered::Render;
use bennu::live::{
    self, AnySocket, LiveSocket, LiveView, LiveViews, MountError, Page, RootLayout, Socket,
};
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::Routes;
use bennu::token::{SecretKeyBase, Term};

fn live_views() -> LiveViews {
    LiveViews::new("live view salt", Root)
        .view::<Home>("/")
        .live_session("admin", |admin| {
            admin
                .on_mount(RequireUser)
                .session([("theme", "dark")])
                .view_as::<Users>("/admin/users", "index")
                .view_as::<Users>("/admin/users/:id/edit", "edit")
        })
}

fn endpoint(secret_key_base: SecretKeyBase) -> Result<Endpoint, Box<dyn std::error::Error>> {
    let views = live_views();
    let endpoint = Endpoint::builder(secret_key_base)
        .session(SessionOptions::new("_my_app_key", "session salt"))
        .check_origin(CheckOrigin::Conn)
        .socket("/live", Mount::new(LiveSocket, Routes::new().live(&views)))
        .router(Router::new().live(&views))
        .build()?;
    Ok(endpoint)
}

struct CurrentUser {
    id: i64,
}

struct RequireUser;

impl OnMount for RequireUser {
    async fn on_mount(
        &self,
        _: &Params,
        session: &Session,
        socket: &mut AnySocket,
    ) -> Result<(), MountError> {
        let Some(id) = session.get("user_id").and_then(Term::as_i64) else {
            socket.put_flash("error", "Please sign in");
            return Err(MountError::redirect("/"));
        };
        socket.assign_new(|| CurrentUser { id });
        socket.attach_hook("help", Help { asked: 0 });
        Ok(())
    }
}

/// Answers the event `help` of any view, and counts how often.
struct Help {
    asked: u32,
}

impl Hook for Help {
    async fn handle_event(
        &mut self,
        event: &str,
        _: &Param,
        socket: &mut AnySocket,
    ) -> live::Result<Next> {
        if event != "help" {
            return Ok(Next::Cont);
        }
        self.asked += 1;
        socket.put_flash("info", format!("Asked {} times", self.asked));
        Ok(Next::Halt(Flow::NoReply))
    }
}

struct Users {
    user_id: i64,
}

impl LiveView for Users {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        let user_id = socket.assigns::<CurrentUser>().id;
        Ok(Self { user_id })
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        heex! {
            <h1>{socket.live_action()} for {self.user_id}</h1>
            <p :if={let Some(info) = socket.flash("info")}>{info}</p>
            <button phx-click="help">Help</button>
        }
    }
}

struct Home;

impl LiveView for Home {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        heex! { <p>{socket.flash("error")}</p> }
    }
}

struct Root;

impl RootLayout for Root {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta name="csrf-token" content={page.csrf_token()}/>
                    <title>{page.title().unwrap_or("My app")}</title>
                    <script defer src="/assets/app.js"></script>
                </head>
                <body>{page.content()}</body>
            </html>
        }
    }
}

mod tests {
    use bennu::testing::{build_conn, live};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_users_come_in_and_hooks_run() -> Result<(), Box<dyn std::error::Error>> {
        let endpoint = endpoint(SecretKeyBase::new("k".repeat(64))?)?;
        let conn = build_conn(&endpoint);
        let refused = live(&conn, "/admin/users").await.unwrap_err();
        let (_, html) = refused.follow_redirect(&conn).await?;
        assert!(html.contains("Please sign in"), "{html}");

        let conn = conn.init_test_session(|session| session.put("user_id", 7));
        let (view, html) = live(&conn, "/admin/users").await?;
        assert!(html.contains("<h1>index for 7</h1>"), "{html}");
        view.element("button").render_click().await?;
        let html = view.element("button").render_click().await?;
        assert!(html.contains("Asked 2 times"), "{html}");
        Ok(())
    }
}
