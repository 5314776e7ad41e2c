//! A view with views inside it that do as they are told.

use std::sync::Arc;

use bennu::channel::{Flow, Reason, Recipient};
use bennu::endpoint::{Builder, Mount, Router};
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::lifecycle::Hook;
use bennu::live::nested::live_render;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::{self, LiveView, LiveViews, MountError, Page, RootLayout, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::{Anyone, Routes};
use http::StatusCode;
use serde_json::json;
use tokio::sync::Notify;

use crate::support::builder;

/// Assigned by the parent; counts how often it was made.
struct Mood(&'static str);

pub(super) struct Parent {
    text: String,
    kids: Vec<String>,
    streamed: Stream<String>,
    in_component: bool,
    child: Option<Recipient<Word>>,
    lingers: bool,
}

/// What a parent waits for before it ends, if it lingers.
#[derive(Clone, Default)]
pub(super) struct Farewell(pub(super) Arc<Notify>);

/// What parent and children tell each other.
pub(super) enum Word {
    Say(String),
    Here(Recipient<Self>),
}

impl LiveView for Parent {
    type Info = Word;

    async fn mount(
        params: &Params,
        _: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        assert!(socket.parent::<Self>().is_none());
        socket.assign(Mood("calm"));
        let kids = params.text("kids").unwrap_or("kid");
        Ok(Self {
            text: String::new(),
            kids: kids
                .split(',')
                .filter(|kid| !kid.is_empty())
                .map(str::to_owned)
                .collect(),
            streamed: Stream::new("streamed", String::clone),
            in_component: params.get("component").is_some(),
            child: None,
            lingers: false,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "noop" => {}
            "write" => self.text.push('!'),
            "hide" => self.kids.clear(),
            "show" => self.kids = vec!["kid".to_owned()],
            "stream" => self.streamed.insert("a".to_owned()),
            "worry" => {
                socket.assign(Mood("worried"));
                self.text.push('?');
            }
            "tell child" => {
                let child = self.child.as_ref().expect("the child has reported");
                child.send(Word::Say("from the parent".to_owned()))?;
            }
            "linger" => {
                self.lingers = true;
                return Ok(Flow::Stop(Reason::Normal));
            }
            "panic" => panic!("on purpose"),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn terminate(&mut self, _: &Reason, socket: &mut Socket<Self>) {
        if self.lingers {
            socket.assigns::<Farewell>().0.notified().await;
        }
    }

    async fn handle_info(&mut self, word: Word, _: &mut Socket<Self>) -> live::Result {
        match word {
            Word::Say(text) => self.text = text,
            Word::Here(child) => self.child = Some(child),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p>{&self.text}</p>
            <div :for={kid in &self.kids} :key={kid}>{live_render::<Kid>(kid).session("name", kid.as_str())}</div>
            <ul id="streamed" phx-update="stream">
                <li :for={(dom_id, kid) in &self.streamed} id={dom_id}>{live_render::<Kid>(format!("in-{kid}"))}</li>
            </ul>
            {self.in_component.then(|| live_component::<Cradle>("cradle", ()))}
        }
    }
}

struct Cradle;

impl LiveComponent for Cradle {
    type Props = ();

    fn mount((): (), _: &mut component::Socket<'_, Self>) -> Self {
        Self
    }

    fn update(&mut self, (): (), _: &mut component::Socket<'_, Self>) {}

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        heex! { <nav>{live_render::<Kid>("cradled")}</nav> }
    }
}

/// A child; its name says what it does when it is mounted.
struct Kid {
    name: String,
    mood: &'static str,
    count: u32,
}

impl LiveView for Kid {
    type Info = Word;

    async fn mount(
        params: &Params,
        session: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        assert!(params.is_empty(), "a nested view has no parameters");
        assert!(session.get("_csrf_token").is_some() || !socket.connected());
        let name = session.get("name").and_then(|name| name.as_str());
        let name = name.unwrap_or("nobody").to_owned();
        match &*name {
            "away" => return Err(MountError::redirect("/elsewhere")),
            "lost" => return Err(MountError::Status(StatusCode::NOT_FOUND)),
            "broken" => return Err(std::io::Error::other("on purpose").into()),
            "linked" => socket.link_parent(),
            "fragile" if socket.connected() => {
                socket.attach_hook("slow", SlowToGo);
                socket.link_parent();
                return Err(std::io::Error::other("on purpose").into());
            }
            _ => {}
        }
        if let (Some(parent), Some(recipient)) = (socket.parent::<Parent>(), socket.recipient()) {
            parent.send(Word::Here(recipient))?;
        }
        let mood = socket.assign_new(|| Mood("its own")).0;
        Ok(Self {
            name,
            mood,
            count: 0,
        })
    }

    async fn handle_params(
        &mut self,
        _: &Params,
        _: &str,
        _: &mut Socket<Self>,
    ) -> live::Result<()> {
        panic!("the URL belongs to the parent");
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "inc" => self.count += 1,
            "tell parent" => {
                let parent = socket.parent::<Parent>().expect("the parent lives");
                parent.send(Word::Say(format!("from {}", self.name)))?;
            }
            "whose" => {
                let parents = json!([
                    socket.parent::<Parent>().is_some(),
                    socket.parent::<Self>().is_some()
                ]);
                return Flow::ok(json!({"parents": parents}));
            }
            "panic" => panic!("on purpose"),
            "stop" => return Ok(Flow::Stop(Reason::Normal)),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, word: Word, _: &mut Socket<Self>) -> live::Result {
        if let Word::Say(text) = word {
            self.name = text;
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let grandchild = (self.name == "mother")
            .then(|| live_render::<Self>("grandchild").session("name", "baby"));
        heex! { <b>{&self.name} is {self.mood}</b><i>{self.count}</i>{grandchild} }
    }
}

/// A view with itself inside, deeper and deeper: in the page as it is loaded, or once it has connected.
struct Deep(bool);

impl LiveView for Deep {
    type Info = ();

    async fn mount(
        params: &Params,
        session: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let at_load = params.get("load").is_some() || session.get("load").is_some();
        Ok(Self(at_load || socket.connected()))
    }

    fn render(&self, socket: &Socket<Self>) -> impl Render {
        let deeper = || live_render::<Self>(format!("{}-", socket.id())).session("load", true);
        heex! { <p>{self.0.then(deeper)}</p> }
    }
}

/// A view with as many inside as it is told.
struct Crowd(usize);

impl LiveView for Crowd {
    type Info = ();

    async fn mount(params: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self(params.text("size").map_or(Ok(0), str::parse)?))
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p :for={number in 0..self.0}>{live_render::<Self>(format!("n{number}"))}</p> }
    }
}

/// Gives others time while a view is dropped.
struct SlowToGo;

impl Hook for SlowToGo {}

impl Drop for SlowToGo {
    fn drop(&mut self) {
        // A worker keeps the task that it woke last for itself.
        tokio::spawn(async {});
        for _ in 0..10_000 {
            std::thread::yield_now();
        }
    }
}

struct Layout;

impl RootLayout for Layout {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! { <html><head><meta name="csrf-token" content={page.csrf_token()}/></head><body>{page.content()}</body></html> }
    }
}

pub(super) fn pages() -> Builder {
    pages_with(Farewell::default())
}

pub(super) fn pages_with(farewell: Farewell) -> Builder {
    let views = LiveViews::new("live salt", Layout)
        .view::<Parent>("/")
        .view::<Deep>("/deep")
        .view::<Crowd>("/crowd");
    builder()
        .assign(farewell)
        .session(SessionOptions::new("_test_key", "session salt"))
        .socket("/live", Mount::new(Anyone, Routes::new().live(&views)))
        .router(Router::new().live(&views))
}
