//! Patches, navigation, redirections, flash and layouts.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::components::link;
use bennu::live::rendered::Render;
use bennu::live::{
    self, AnySocket, InnerContent, Kind, Layout, LiveView, LiveViews, MountError, Page, RootLayout,
    Socket,
};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use http::StatusCode;

struct Posts {
    sort: String,
    post: Option<u32>,
}

impl LiveView for Posts {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            sort: String::new(),
            post: None,
        })
    }

    async fn handle_params(
        &mut self,
        params: &Params,
        _uri: &str,
        socket: &mut Socket<Self>,
    ) -> live::Result<()> {
        params
            .text("sort")
            .unwrap_or("date")
            .clone_into(&mut self.sort);
        self.post = match socket.live_action() {
            Some("show") => params.text("id").and_then(|id| id.parse().ok()),
            _ => None,
        };
        socket.put_page_title("Posts");
        Ok(())
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "by_title" => socket.push_patch("/posts?sort=title", Kind::Replace)?,
            "close" => {
                socket.put_flash("info", "Closed");
                socket.push_navigate("/archive", Kind::Push)?;
            }
            "sign_out" => socket.redirect("/sign-out")?,
            "help" => socket.redirect_external("https://example.com/help")?,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <h1>Posts by {&self.sort}</h1>
            <.link patch="/posts?sort=author" replace>By author</.link>
            <.link navigate="/archive">Archive</.link>
            <.link href="/about">About</.link>
            <p :if={let Some(id) = self.post}>Post {id}</p>
        }
    }
}

struct Post;

impl LiveView for Post {
    type Info = ();

    async fn mount(
        params: &Params,
        session: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        match params.text("id") {
            Some("1") => Ok(Self),
            Some("moved") => Err(MountError::navigate("/posts")),
            Some("secret") if session.get("user_id").is_none() => {
                socket.put_flash("error", "Sign in first");
                Err(MountError::redirect("/sign-in"))
            }
            _ => Err(MountError::Status(StatusCode::NOT_FOUND)),
        }
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p>A post</p> }
    }
}

struct App;

impl Layout for App {
    fn render(&self, inner_content: InnerContent<'_>, socket: &AnySocket) -> impl Render {
        heex! {
            <p :for={(kind, message) in socket.all_flash().iter()} class={["flash", kind]}
                phx-click="lv:clear-flash" phx-value-key={kind}>{message}</p>
            <main>{inner_content}</main>
        }
    }
}

fn live_views() -> LiveViews {
    LiveViews::new("live view salt", Root)
        .layout(App)
        .view_as::<Posts>("/posts", "index")
        .view_as::<Posts>("/posts/:id", "show")
        .view::<Post>("/post/:id")
        .view::<Archive>("/archive")
}

struct Archive;

impl LiveView for Archive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <h1>Archive</h1> }
    }
}

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

mod tests {
    use std::error::Error;

    use bennu::endpoint::{Endpoint, Mount, Router};
    use bennu::session::SessionOptions;
    use bennu::socket::{Anyone, Routes};
    use bennu::testing::{Conn, build_conn, live};
    use bennu::token::SecretKeyBase;

    use super::*;

    fn conn() -> Result<Conn, Box<dyn Error>> {
        let views = live_views();
        let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?)
            .session(SessionOptions::new("_my_app_key", "session salt"))
            .socket("/live", Mount::new(Anyone, Routes::new().live(&views)))
            .router(Router::new().live(&views))
            .build()?;
        Ok(build_conn(&endpoint))
    }

    #[tokio::test(start_paused = true)]
    async fn posts_are_patched_and_left() -> Result<(), Box<dyn Error>> {
        let conn = conn()?;
        let (view, html) = live(&conn, "/posts/7").await?;
        assert!(html.contains("<p>Post 7</p>"), "{html}");
        view.element("a").text("By author").render_click().await?;
        view.assert_patch_to("/posts?sort=author").await;
        view.render_click("by_title", serde_json::json!({})).await?;
        assert!(view.has_text("h1", "Posts by title").await);

        let left = view.render_click("close", serde_json::json!({})).await;
        let (_, html) = left.unwrap_err().follow_redirect(&conn).await?;
        assert!(html.contains("Closed"), "{html}");
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn mounts_answer_for_what_is_not_there() -> Result<(), Box<dyn Error>> {
        let conn = conn()?;
        assert_eq!(conn.get("/post/2").await.status(), StatusCode::NOT_FOUND);
        let moved = live(&conn, "/post/moved").await.unwrap_err();
        assert_eq!(moved.to(), "/posts");
        let refused = live(&conn, "/post/secret").await.unwrap_err();
        assert_eq!(refused.to(), "/sign-in");
        Ok(())
    }
}
