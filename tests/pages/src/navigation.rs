//! Where a page goes: other URLs of its view, other views, other live sessions; what it takes along; and what stands
//! around it.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::components::link;
use bennu::live::lifecycle::{Hook, Next, OnMount};
use bennu::live::rendered::Render;
use bennu::live::{
    self, AnySocket, Container, InnerContent, Kind, Layout, LiveRoute, LiveSession, LiveView,
    LiveViews, MountError, Socket, js,
};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

/// The routes of these pages.
pub(crate) fn routes(views: LiveViews) -> LiveViews {
    views
        .live_session("navigation", |session| {
            session
                .on_mount(CountHooks)
                .layout(Frame)
                .view_as::<RoomsLive>("/navigation", "index")
                .view_as::<RoomsLive>("/navigation/rooms/:id", "show")
                .view::<ElsewhereLive>("/navigation/elsewhere")
                .route(
                    LiveRoute::new::<TaggedLive>("/navigation/tagged")
                        .container(TAGGED)
                        .without_layout(),
                )
                .view::<ClosedLive>("/navigation/closed")
        })
        .live_session("admin", |session: LiveSession| {
            session
                .without_layout()
                .view::<AdminLive>("/navigation/admin")
        })
}

const TAGGED: Container = Container::new("div", &[("class", "tagged")]);

/// Shows flash and path around each view.
struct Frame;

impl Layout for Frame {
    fn render(&self, inner_content: InnerContent<'_>, socket: &AnySocket) -> impl Render {
        let [info, error] = ["info", "error"].map(|kind| socket.flash(kind));
        heex! {
            <p id="layout">layout</p>
            <p :if={let Some(info) = info} id="flash-info" phx-click="lv:clear-flash" phx-value-key="info">{info}</p>
            <p :if={let Some(error) = error} id="flash-error">{error}</p>
            {inner_content}
        }
    }
}

/// Greets each view of the live session, and answers the event `hooked` before it.
struct CountHooks;

impl OnMount for CountHooks {
    async fn on_mount(
        &self,
        _: &Params,
        _: &Session,
        socket: &mut AnySocket,
    ) -> Result<(), MountError> {
        socket.attach_hook("count", Hooked);
        Ok(())
    }
}

struct Hooked;

impl Hook for Hooked {
    async fn handle_event(
        &mut self,
        event: &str,
        _: &Param,
        socket: &mut AnySocket,
    ) -> live::Result<Next> {
        if event != "hooked" {
            return Ok(Next::Cont);
        }
        socket.put_flash("info", "hooked");
        Ok(Next::Halt(Flow::NoReply))
    }
}

pub(crate) struct RoomsLive {
    mounts: u32,
    room: Option<String>,
    sort: String,
    uri: String,
    turns: u32,
}

impl LiveView for RoomsLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        socket.put_page_title("Rooms");
        Ok(Self {
            mounts: 1,
            room: None,
            sort: String::new(),
            uri: String::new(),
            turns: 0,
        })
    }

    async fn handle_params(
        &mut self,
        params: &Params,
        uri: &str,
        socket: &mut Socket<Self>,
    ) -> live::Result<()> {
        self.room = params.text("id").map(str::to_owned);
        params
            .text("sort")
            .unwrap_or_default()
            .clone_into(&mut self.sort);
        uri.clone_into(&mut self.uri);
        match self.sort.as_str() {
            "old" => socket.push_patch("/navigation?sort=new", Kind::Replace)?,
            "forever" => socket.push_patch("/navigation?sort=forever", Kind::Push)?,
            "gone" => socket.push_navigate("/navigation/elsewhere", Kind::Push)?,
            _ => {}
        }
        Ok(())
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "turn" => self.turns += 1,
            "patch" => socket.push_patch("/navigation/rooms/9?sort=x", Kind::Push)?,
            "replace" => socket.push_patch("/navigation/rooms/8", Kind::Replace)?,
            "navigate" => {
                socket.put_flash("info", "from rooms");
                socket.push_navigate("/navigation/elsewhere", Kind::Push)?;
            }
            "redirect" => {
                socket.put_flash("error", "by redirect");
                socket.redirect("/navigation/elsewhere")?;
            }
            "admin" => {
                socket.put_flash("info", "to admin");
                socket.push_navigate("/navigation/admin", Kind::Push)?;
            }
            "flash" => {
                socket.put_flash("info", "for you");
                socket.put_flash("error", "against you");
            }
            "clear" => socket.clear_flash(),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        heex! {
            <p id="action">{socket.live_action()}</p>
            <p id="room">{self.room.as_deref().unwrap_or("none")}</p>
            <p id="sort">{&self.sort}</p>
            <p id="uri">{&self.uri}</p>
            <p id="turns">{self.turns}</p>
            <.link id="to-room" patch="/navigation/rooms/7?sort=up">room</.link>
            <.link id="to-old" patch="/navigation?sort=old">old</.link>
            <.link id="to-gone" patch="/navigation?sort=gone">gone</.link>
            <.link id="to-forever" patch="/navigation?sort=forever">forever</.link>
            <.link id="to-elsewhere" navigate="/navigation/elsewhere">elsewhere</.link>
            <.link id="to-tagged" navigate="/navigation/tagged">tagged</.link>
            <.link id="to-admin" navigate="/navigation/admin">admin</.link>
            <.link id="to-closed" navigate="/navigation/closed">closed</.link>
            <button id="js-patch" phx-click={js::patch("/navigation/rooms/6")}>patch by command</button>
            <button id="js-navigate" phx-click={js::navigate("/navigation/elsewhere").replace()}>navigate by command</button>
            <p id="mounts">{self.mounts}</p>
        }
    }
}

pub(crate) struct ElsewhereLive {
    count: u32,
}

impl LiveView for ElsewhereLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        socket.put_page_title("Elsewhere");
        Ok(Self { count: 0 })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "inc" => self.count += 1,
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <h1 id="elsewhere">Elsewhere</h1>
            <button id="inc" phx-click="inc">{self.count}</button>
            <.link id="back" navigate="/navigation?sort=back">back</.link>
        }
    }
}

/// Its route gives it a container of its own and no layout.
pub(crate) struct TaggedLive;

impl LiveView for TaggedLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <h1 id="tagged">Tagged</h1><.link id="back" navigate="/navigation">back</.link> }
    }
}

/// Lets nobody in.
pub(crate) struct ClosedLive;

impl LiveView for ClosedLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        socket.put_flash("error", "closed");
        Err(MountError::redirect("/navigation/elsewhere"))
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p></p> }
    }
}

/// Belongs to another live session.
pub(crate) struct AdminLive;

impl LiveView for AdminLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        heex! { <h1 id="admin">Admin</h1><p id="flash-info">{socket.flash("info")}</p> }
    }
}
