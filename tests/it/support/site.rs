//! A small site of live views that go where they are told.

use bennu::channel::Flow;
use bennu::endpoint::{Builder, Mount, Router};
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::rendered::Render;
use bennu::live::{
    self, AnySocket, InnerContent, Kind, Layout, LiveSocket, LiveView, LiveViews, MountError, Page,
    RootLayout, Socket,
};
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::Routes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::live_page::{Loaded, event};
use super::{Client, Server, builder};

/// Goes where its events, its messages and its parameters say.
pub(crate) struct Walker {
    q: String,
}

/// Where to go, and what to leave behind.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Order {
    /// `patch`, `navigate`, `redirect`, `external`, or nowhere.
    pub(crate) go: String,
    pub(crate) to: String,
    pub(crate) replace: bool,
    pub(crate) flash: Option<String>,
    pub(crate) event: bool,
}

impl Order {
    fn carry_out(&self, socket: &mut AnySocket) -> live::Result<()> {
        if let Some(message) = &self.flash {
            socket.put_flash("info", message.as_str());
        }
        if self.event {
            socket.push_event("left", json!({}))?;
        }
        let to = self.to.as_str();
        let kind = if self.replace {
            Kind::Replace
        } else {
            Kind::Push
        };
        match self.go.as_str() {
            "patch" => socket.push_patch(to, kind)?,
            "navigate" => socket.push_navigate(to, kind)?,
            "redirect" => socket.redirect(to)?,
            "external" => socket.redirect_external(to)?,
            _ => {}
        }
        Ok(())
    }
}

impl LiveView for Walker {
    type Info = Order;

    async fn mount(
        params: &Params,
        _: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let applies = match params.text("when") {
            Some("connected") => socket.connected(),
            Some("loaded") => !socket.connected(),
            _ => true,
        };
        if applies && let Some(how) = params.text("mount") {
            socket.put_flash("info", "from mount");
            socket.push_event("left", json!({}))?;
            match how {
                "redirect" => return Err(MountError::redirect("/walk/elsewhere")),
                "navigate" => return Err(MountError::navigate("/walk/elsewhere")),
                "see_other" => socket.redirect_with("/walk/elsewhere", StatusCode::SEE_OTHER)?,
                "external" => {
                    socket.redirect_external("https://example.com/x")?;
                    return Err(MountError::Halted);
                }
                "patch" => socket.push_patch("/walk/elsewhere", Kind::Push)?,
                "halted" => return Err(MountError::Halted),
                "unsafe" => return Err(MountError::redirect("//example.com")),
                "missing" => return Err(MountError::Status(StatusCode::NOT_FOUND)),
                _ => {}
            }
        }
        Ok(Self { q: String::new() })
    }

    async fn handle_params(
        &mut self,
        params: &Params,
        _: &str,
        socket: &mut Socket<Self>,
    ) -> live::Result<()> {
        self.q = params.text("q").unwrap_or_default().to_owned();
        if let Some(left) = params.text("countdown") {
            match left.parse::<u32>()? {
                0 => {}
                left => {
                    let to = format!("/walk/1?countdown={}", left - 1);
                    socket.push_patch(to, Kind::Push)?;
                }
            }
        }
        if let Some(to) = params.text("away") {
            socket.put_flash("info", "away");
            socket.redirect(to)?;
        }
        Ok(())
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        let order: Order = params.deserialize()?;
        match event {
            "go" => order.carry_out(socket)?,
            "type" => {
                let to = socket.navigation_type(&order.to);
                return Flow::ok(json!({"type": format!("{to:?}")}));
            }
            "later" => socket.send_self(order)?,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, order: Order, socket: &mut Socket<Self>) -> live::Result {
        order.carry_out(socket)?;
        Ok(Flow::NoReply)
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        let flash = socket.flash("info").map(str::to_owned);
        heex! { <p>{&self.q}</p><i>{flash}</i>{live_component::<Step>("step", ())} }
    }
}

/// A component that goes where its events say, and counts them.
struct Step(u32);

impl LiveComponent for Step {
    type Props = ();

    fn mount((): (), _: &mut component::Socket<'_, Self>) -> Self {
        Self(0)
    }

    fn update(&mut self, (): (), _: &mut component::Socket<'_, Self>) {}

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "go" => params.deserialize::<Order>()?.carry_out(socket)?,
            "flash" => return Flow::ok(json!({ "flash": socket.flash("info") })),
            _ => return Flow::unhandled(event),
        }
        self.0 += 1;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        heex! { <b>{self.0}</b> }
    }
}

/// Another view, to which pages may go.
pub(crate) struct Other;

impl LiveView for Other {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        let flash = socket.flash("info").map(str::to_owned);
        heex! { <h1>other</h1><i>{flash}</i> }
    }
}

pub(crate) struct Root;

impl RootLayout for Root {
    fn render(&self, page: &Page<'_>) -> impl Render {
        let flash = page.flash("info").map(str::to_owned);
        heex! {
            <html><head><title>{page.title()}</title><meta name="csrf-token" content={page.csrf_token()}/></head>
            <body data-flash={flash}>{page.content()}</body></html>
        }
    }
}

/// A layout that says its name.
pub(crate) struct Named(pub(crate) &'static str);

impl Layout for Named {
    fn render(&self, inner_content: InnerContent<'_>, _: &AnySocket) -> impl Render {
        heex! { <u>{self.0}</u>{inner_content} }
    }
}

pub(crate) fn site(views: &LiveViews, router: Router) -> Builder {
    builder()
        .session(SessionOptions::new("_test_key", "session salt"))
        .socket(
            "/live",
            Mount::new(LiveSocket, Routes::new().live(views)).connect_info(true),
        )
        .router(router.live(views))
}

/// A walker at `/walk/:id`, another view at `/other`, and one in another live session at `/admin`.
pub(crate) fn walkers() -> LiveViews {
    LiveViews::new("live salt", Root)
        .view::<Walker>("/walk/:id")
        .view::<Other>("/other")
        .live_session("admin", |admin| admin.view::<Other>("/admin"))
}

pub(crate) async fn walking() -> (Server, Loaded, Client) {
    let server = Server::start(site(&walkers(), Router::new())).await;
    let page = Loaded::load(&server, "/walk/1").await;
    let mut client = page.connect(&server).await;
    let reply = page.join(&mut client, "http://localhost/walk/1").await;
    assert_eq!(reply["status"], "ok");
    (server, page, client)
}

/// Tells the view, or one of its components, where to go.
pub(crate) fn go(page: &Loaded, reference: &str, order: Value) -> Value {
    tell(page, reference, "go", order)
}

pub(crate) fn tell(page: &Loaded, reference: &str, name: &str, order: Value) -> Value {
    let payload = json!({"type": "hook", "event": name, "value": order});
    event(page, reference, payload)
}

pub(crate) fn tell_component(page: &Loaded, reference: &str, name: &str, order: Value) -> Value {
    let payload = json!({"type": "hook", "event": name, "value": order, "cid": 1});
    event(page, reference, payload)
}

pub(crate) fn push(page: &Loaded, event: &str, payload: Value) -> Value {
    json!(["4", null, page.topic(), event, payload])
}

pub(crate) fn closed(page: &Loaded) -> Value {
    json!(["4", "4", page.topic(), "phx_close", {}])
}

pub(crate) fn crashed(page: &Loaded) -> Value {
    json!(["4", "4", page.topic(), "phx_error", {"reason": "channel_crash"}])
}
