//! A view with something of everything.

use std::fmt::Write;

use bennu::channel::Flow;
use bennu::endpoint::{Endpoint, Mount, Router};
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::{self, LiveView, LiveViews, MountError, Page, RootLayout, Socket, js};
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::{Anyone, Routes};
use http::StatusCode;
use serde_json::json;

use crate::support::builder;

pub(crate) struct Desk {
    count: i64,
    last: String,
    notes: Stream<i64>,
}

/// What the desk is sent.
pub(crate) enum Info {
    Add(i64),
    Note(i64),
}

impl LiveView for Desk {
    type Info = Info;

    async fn mount(
        params: &Params,
        session: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        match params.text("as") {
            Some("guest") => return Err(MountError::redirect("/login")),
            Some("late") if socket.connected() => return Err(MountError::redirect("/login")),
            Some("nobody") => return Err(MountError::Status(StatusCode::NOT_FOUND)),
            Some("broken") if socket.connected() => {
                return Err(std::io::Error::other("mount failed on purpose").into());
            }
            _ => {}
        }
        socket.put_page_title("Desk");
        let user = session
            .get("user")
            .and_then(|user| user.as_str())
            .unwrap_or("nobody");
        let mut notes = Stream::new("notes", |note| *note);
        notes.insert(1);
        notes.insert(2);
        Ok(Self {
            count: 0,
            last: format!("hello {user}"),
            notes,
        })
    }

    async fn handle_params(
        &mut self,
        params: &Params,
        _: &str,
        _: &mut Socket<Self>,
    ) -> live::Result<()> {
        self.count = params.text("count").map_or(Ok(self.count), str::parse)?;
        Ok(())
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        self.last = format!("{event} {}", serde_json::to_string(&params)?);
        match event {
            "add" => self.count += params.text("by").map_or(Ok(1), str::parse)?,
            "rename" => socket.put_page_title("Other desk"),
            "alert" => socket.push_event("alert", json!({"count": self.count}))?,
            "ask" => return Flow::ok(json!({"count": self.count})),
            "later" => socket.send_self(Info::Add(100))?,
            "note" => {
                self.notes.prepend(3);
                self.notes.delete_by_dom_id("notes-1");
            }
            "crash" => panic!("event failed on purpose"),
            _ => {}
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, info: Info, _: &mut Socket<Self>) -> live::Result {
        match info {
            Info::Add(by) => self.count += by,
            Info::Note(note) => self.notes.insert(note),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let chain = js::push("add")
            .value(&json!({"by": "5"}))
            .hide()
            .to("#last")
            .push("note");
        let steps = js::exec("data-then").to("#chain");
        let patch = js::patch("?count=9");
        heex! {
            <p id="count">{self.count}</p>
            <p id="last">{&self.last}</p>
            <button id="one" class="add" phx-click="add">"Add one"</button>
            <button class="add" phx-click="add" phx-value-by="2">"Add  two"</button>
            <button id="chain" phx-click={&chain} data-then={&chain}>Chain</button>
            <button id="steps" phx-click={steps}>Steps</button>
            <button id="patch" phx-click={patch}>Patch</button>
            <button id="nothing" phx-click={js::hide()}>Hide</button>
            <button id="off" phx-click="add" disabled>Off</button>
            <button id="plain">Plain</button>
            <a id="away" href="/elsewhere">Away</a>
            <a id="next" href="/desk?count=7" data-phx-link="patch" data-phx-link-state="push">Next</a>
            <a id="other" href="/other" data-phx-link="redirect" data-phx-link-state="push">Other</a>
            <div id="keys" phx-window-keydown="down" phx-keyup="up" phx-key="Enter" phx-focus="in" phx-blur="out"></div>
            <div id="hook" phx-hook="Chart"></div>
            <input id="search" name="q" phx-change="search" value="old"/>
            <ul id="notes" phx-update="stream"><li :for={(id, note) in &self.notes} id={id}>{note}</li></ul>
        }
    }
}

/// A view that shows nothing but the names of its URL.
pub(crate) struct Other;

impl LiveView for Other {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <h1>Other</h1> }
    }
}

/// A form with every kind of field; it shows what comes.
pub(crate) struct Fields {
    came: String,
    is_sent: bool,
}

impl LiveView for Fields {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self {
            came: String::new(),
            is_sent: false,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        self.came.clear();
        write!(self.came, "{event} {}", serde_json::to_string(&params)?)?;
        self.is_sent = event == "save";
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <pre>{&self.came}</pre>
            <form id="user" phx-change="check" phx-submit="save" phx-value-from="page" action="/echo" method="post"
                phx-trigger-action={self.is_sent}>
                <input type="hidden" name="user[id]" value="7"/>
                <input type="text" name="user[name]" value="Ada"/>
                <input type="email" name="user[email]"/>
                <input name="user[fixed]" value="x" readonly/>
                <input name="user[off]" value="x" disabled/>
                <input name="user[silent]" value="s" phx-no-unused-field/>
                <input type="hidden" name="user[news]" value="false"/>
                <input type="checkbox" name="user[news]" value="true"/>
                <input type="checkbox" name="user[tags][]" value="a" checked/>
                <input type="checkbox" name="user[tags][]" value="b"/>
                <input type="radio" name="user[role]" value="admin"/>
                <input type="radio" name="user[role]" value="member" checked/>
                <select name="user[city]"><option value="osl">Oslo</option><option>Bergen</option><option disabled>Voss</option></select>
                <select name="user[days][]" multiple><option>Mo</option><option selected>Tu</option><option>We</option></select>
                <textarea name="user[about]">"line"</textarea>
                <input type="file" name="photo"/>
                <button id="save" name="action" value="save">Save</button>
                <button id="draft" name="action" value="draft">Draft</button>
                <button type="button" name="no" value="no">No</button>
            </form>
            <input form="user" name="outside" value="o"/>
            <form id="bare"></form>
        }
    }
}

struct Layout;

impl RootLayout for Layout {
    fn render(&self, page: &Page<'_>) -> impl Render {
        let title = page.title().unwrap_or_default().to_owned();
        heex! {
            <!DOCTYPE html>
            <html><head><title data-suffix=" | Bennu">{title}</title><meta name="csrf-token" content={page.csrf_token()}/></head>
            <body>{page.content()}</body></html>
        }
    }
}

pub(crate) fn endpoint() -> Endpoint {
    let views = LiveViews::new("live salt", Layout)
        .view::<Desk>("/desk")
        .view::<Other>("/other")
        .view::<Fields>("/fields");
    let router = Router::new()
        .live(&views)
        .get("/plain", async |conn: bennu::endpoint::Conn| {
            conn.text(StatusCode::OK, "plain")
        })
        .get("/picture", async |conn: bennu::endpoint::Conn| {
            conn.text(StatusCode::OK, vec![0xff, 0xd8])
        })
        .post("/echo", async |conn: bennu::endpoint::Conn| {
            let text = serde_json::to_string(conn.params()).expect("parameters are text");
            conn.text(StatusCode::OK, text)
        });
    let routes = Routes::new().live(&views);
    let built = builder()
        .session(SessionOptions::new("_test_key", "session salt"))
        .socket("/live", Mount::new(Anyone, routes))
        .router(router)
        .build();
    built.expect("the parts fit together")
}
