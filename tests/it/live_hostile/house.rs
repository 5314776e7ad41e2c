//! A house that strangers come to: views that break where they are told, and neighbours that must not notice.

use std::sync::{Arc, Mutex};

use bennu::Assigns;
use bennu::channel::{Flow, Reason};
use bennu::endpoint::{Builder, Mount, Router};
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_components};
use bennu::live::lifecycle::{Hook, Next, OnMount};
use bennu::live::nested::live_render;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::{self, AnySocket, LiveView, LiveViews, MountError, Page, RootLayout, Socket};
use bennu::protocol::Payload;
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::{ConnectError, ConnectInfo, Handler, Limits, Routes};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::live_page::{Loaded, ok};
use crate::support::{Client, Server, builder, patiently};

/// Held by every view, component and connection: nobody is left when the house alone holds it.
#[derive(Clone, Default)]
struct Lamp(Arc<()>);

/// Opened by the test; until then, whoever is told to waits.
#[derive(Clone)]
struct Gate(Arc<watch::Sender<bool>>);

impl Gate {
    async fn opened(&self) {
        let mut opened = self.0.subscribe();
        opened
            .wait_for(|open| *open)
            .await
            .expect("the house stands");
    }
}

/// Where a view panics: the name of a callback.
#[derive(Clone, Default)]
pub(super) struct Fuse(Arc<Mutex<String>>);

impl Fuse {
    fn light(&self, place: &str) {
        place.clone_into(&mut self.0.lock().expect("nobody panics with it"));
    }

    fn is_at(&self, place: &str) -> bool {
        *self.0.lock().expect("nobody panics with it") == place
    }

    fn burn(&self, place: &str) {
        assert!(!self.is_at(place), "{place} on purpose");
    }
}

/// A view that breaks where it is told.
pub(super) struct Guest {
    fuse: Fuse,
    _lamp: Lamp,
    text: String,
    items: Stream<u32>,
    parts: Vec<u32>,
    kids: Vec<String>,
}

/// Lights the fuse of the view that is mounted, and puts a hook on it.
struct Doorman;

impl OnMount for Doorman {
    async fn on_mount(
        &self,
        params: &Params,
        _: &Session,
        socket: &mut AnySocket,
    ) -> Result<(), MountError> {
        let fuse = Fuse::default();
        if socket.connected() {
            fuse.light(params.text("at").unwrap_or_default());
        }
        fuse.burn("on_mount");
        socket.attach_hook("fuse", fuse.clone());
        socket.assign(fuse);
        Ok(())
    }
}

impl Hook for Fuse {
    async fn handle_params(
        &mut self,
        _: &Params,
        _: &str,
        _: &mut AnySocket,
    ) -> live::Result<Next> {
        self.burn("hook's handle_params");
        Ok(Next::Cont)
    }

    async fn handle_event(&mut self, _: &str, _: &Param, _: &mut AnySocket) -> live::Result<Next> {
        self.burn("hook's handle_event");
        Ok(Next::Cont)
    }

    async fn handle_info(
        &mut self,
        _: &mut (dyn std::any::Any + Send),
        _: &mut AnySocket,
    ) -> live::Result<Next> {
        self.burn("hook's handle_info");
        Ok(Next::Cont)
    }

    fn after_render(&mut self, _: &mut AnySocket) {
        self.burn("hook's after_render");
    }
}

impl LiveView for Guest {
    type Info = ();

    const ON_MOUNT: &'static [&'static dyn live::lifecycle::AnyOnMount] = &[&Doorman];

    async fn mount(
        params: &Params,
        _: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let fuse = socket.assigns::<Fuse>().clone();
        fuse.burn("mount");
        if params.get("slow").is_some() && socket.connected() {
            socket.assigns::<Gate>().clone().opened().await;
        }
        let (of_items, of_mapper) = (fuse.clone(), fuse.clone());
        socket.subscribe("weather", move |_| of_mapper.burn("subscription"))?;
        let kids = params.text("kids").unwrap_or_default().split(',');
        Ok(Self {
            _lamp: socket.assigns::<Lamp>().clone(),
            text: String::new(),
            items: Stream::with_dom_id(move |item| {
                of_items.burn("dom_id");
                format!("items-{item}")
            }),
            parts: vec![1],
            kids: kids
                .filter(|kid| !kid.is_empty())
                .map(str::to_owned)
                .collect(),
            fuse,
        })
    }

    async fn handle_params(
        &mut self,
        params: &Params,
        _: &str,
        _: &mut Socket<Self>,
    ) -> live::Result<()> {
        self.fuse.burn("handle_params");
        params
            .text("text")
            .unwrap_or_default()
            .clone_into(&mut self.text);
        Ok(())
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        self.fuse.burn("handle_event");
        match event {
            "noop" | "" => {}
            "light" => self.fuse.light(params.text("at").unwrap_or_default()),
            "size" => return Flow::ok(json!({"bytes": params.text("text").map(str::len)})),
            "target" => {
                return Flow::ok(
                    json!({"target": params.as_map().and_then(|form| form.get("_target"))}),
                );
            }
            "tell" => socket.send_self(())?,
            "insert" => self.items.insert(1),
            "part" => self.parts.push(2),
            "parts" => {
                self.parts = if self.parts.is_empty() {
                    vec![1, 2]
                } else {
                    Vec::new()
                }
            }
            "wait" => socket.assigns::<Gate>().clone().opened().await,
            "run" | "then" => {
                let fuse = (self.fuse.clone(), self.fuse.clone());
                let work = async move { fuse.0.burn("start_async") };
                socket.start_async("work", work, move |view, result, _| {
                    fuse.1.burn("handle_async");
                    view.text = result.map_or_else(|exit| exit.to_string(), |()| "done".to_owned());
                    Ok(())
                })?;
            }
            "kids" => self.kids.clear(),
            "stop" => return Ok(Flow::Stop(Reason::Normal)),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, (): (), _: &mut Socket<Self>) -> live::Result {
        self.fuse.burn("handle_info");
        Ok(Flow::NoReply)
    }

    async fn terminate(&mut self, _: &Reason, socket: &mut Socket<Self>) {
        self.fuse.burn("terminate");
        if self.fuse.is_at("slow terminate") {
            socket.assigns::<Gate>().clone().opened().await;
        }
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        self.fuse.burn("render");
        let props = |part: u32| (part.to_string(), self.fuse.clone());
        heex! {
            <p>{&self.text}</p>
            <ul id="items" phx-update="stream"><li :for={(dom_id, item) in &self.items} id={dom_id}>{item}</li></ul>
            {live_components::<Part>(self.parts.iter().map(|part| props(*part)))}
            <div :for={kid in &self.kids} :key={kid}>{live_render::<Self>(kid)}</div>
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.fuse.burn("drop");
    }
}

/// A component that breaks where it is told.
struct Part {
    fuse: Fuse,
    hits: u32,
}

impl LiveComponent for Part {
    type Props = Fuse;

    fn update_many(parts: &mut [(String, Fuse)], _: &mut AnySocket) {
        for (_, fuse) in parts {
            fuse.burn("component's update_many");
        }
    }

    fn mount(fuse: Fuse, _: &mut component::Socket<'_, Self>) -> Self {
        fuse.burn("component's mount");
        Self { fuse, hits: 0 }
    }

    fn update(&mut self, _: Fuse, _: &mut component::Socket<'_, Self>) {
        self.fuse.burn("component's update");
    }

    async fn handle_event(
        &mut self,
        _: &str,
        _: Param,
        _: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        self.fuse.burn("component's handle_event");
        self.hits += 1;
        Ok(Flow::NoReply)
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        self.fuse.burn("component's render");
        heex! { <b phx-click="hit" phx-target={myself}>{self.hits}</b> }
    }
}

/// A view that minds its own business and counts.
struct Neighbour(
    u32,
    #[expect(dead_code, reason = "held for its count")] Lamp,
);

impl LiveView for Neighbour {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        socket.subscribe("weather", |_| ())?;
        Ok(Self(0, socket.assigns::<Lamp>().clone()))
    }

    async fn handle_event(&mut self, _: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        self.0 += 1;
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, (): (), _: &mut Socket<Self>) -> live::Result {
        self.0 += 100;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p>{self.0}</p> }
    }
}

struct Layout;

impl RootLayout for Layout {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! { <html><head><meta name="csrf-token" content={page.csrf_token()}/></head><body>{page.content()}</body></html> }
    }
}

/// Gives each connection a lamp.
struct Door(Lamp);

impl Handler for Door {
    async fn connect(
        &self,
        _: &Params,
        _: &ConnectInfo,
        assigns: &mut Assigns,
    ) -> Result<(), ConnectError> {
        assigns.assign(self.0.clone());
        Ok(())
    }

    fn id(&self, _: &Assigns) -> Option<String> {
        None
    }
}

/// The house, and who lives in it.
pub(super) struct House {
    pub(super) server: Server,
    lamp: Lamp,
    gate: Gate,
    lamps_at_night: usize,
    pub(super) beside: Living,
    elsewhere: (Living, Client),
}

/// A neighbour's page.
pub(super) struct Living {
    page: Loaded,
    count: u32,
}

fn builder_with(lamp: &Lamp, gate: &Gate, limits: Limits) -> Builder {
    let views = LiveViews::new("live salt", Layout)
        .view::<Guest>("/guest")
        .view::<Neighbour>("/neighbour")
        .live_session("annex", |annex| annex.view::<Neighbour>("/annex"));
    builder()
        .assign(gate.clone())
        .session(SessionOptions::new("_test_key", "session salt"))
        .socket(
            "/live",
            Mount::new(Door(lamp.clone()), Routes::new().live(&views)).limits(limits),
        )
        .assign(lamp.clone())
        .router(Router::new().live(&views))
}

/// The address of the guest's page, with a query.
pub(super) fn guest_url(query: &str) -> String {
    format!("http://localhost/guest?{query}")
}

impl House {
    /// The house with a guest's page, which has connected and not joined.
    pub(super) async fn open() -> (Self, Loaded, Client) {
        Self::open_within(Limits::default()).await
    }

    pub(super) async fn open_within(limits: Limits) -> (Self, Loaded, Client) {
        let (lamp, gate) = (Lamp::default(), Gate(Arc::new(watch::Sender::new(false))));
        let server = Server::start(builder_with(&lamp, &gate, limits)).await;
        let lamps_at_night = Arc::strong_count(&lamp.0);
        let guest = Loaded::load(&server, "/guest").await;
        let mut client = guest.connect(&server).await;
        let beside = Living::join(&server, &mut client).await;
        let page = Loaded::load(&server, "/neighbour").await;
        let mut other = page.connect(&server).await;
        let elsewhere = (Living::join(&server, &mut other).await, other);
        let house = Self {
            server,
            lamp,
            gate,
            lamps_at_night,
            beside,
            elsewhere,
        };
        (house, guest, client)
    }

    /// The house with a guest who has joined.
    pub(super) async fn with_guest() -> (Self, Loaded, Client) {
        let (house, guest, mut client) = Self::open().await;
        guest.comes(&mut client, "").await;
        (house, guest, client)
    }

    pub(super) fn open_gate(&self) {
        self.gate.0.send_replace(true);
    }

    /// The neighbours still answer, on the guest's connection and on another.
    pub(super) async fn is_undisturbed(&mut self, client: &mut Client) {
        self.beside.answers(client).await;
        self.elsewhere_answers().await;
    }

    pub(super) async fn elsewhere_answers(&mut self) {
        let (living, client) = &mut self.elsewhere;
        living.answers(client).await;
    }

    /// The neighbours get a broadcast of which the guest dies.
    pub(super) async fn hears_the_weather(&mut self, client: &mut Client, guest: &Loaded) {
        let (living, elsewhere) = &mut self.elsewhere;
        let pubsub = &self.server.pubsub;
        pubsub.local_broadcast("weather", "rain", Payload::empty());
        let mut frames = vec![client.next().await, client.next().await];
        frames.retain(|frame| *frame != guest.crash());
        assert_eq!(frames, [self.beside.heard()]);
        elsewhere.expect(living.heard()).await;
    }

    /// Nobody is left once all connections have gone.
    pub(super) async fn empties(self, client: Client) {
        drop((self.elsewhere, client));
        patiently("everybody to have left", async {
            while Arc::strong_count(&self.lamp.0) > self.lamps_at_night {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

impl Living {
    async fn join(server: &Server, client: &mut Client) -> Self {
        let page = Loaded::load(server, "/neighbour").await;
        // Its own connection has its own session: the tokens of a page work with any.
        let reply = page.join(client, "http://localhost/neighbour").await;
        assert_eq!(reply["status"], "ok", "{reply}");
        Self { page, count: 0 }
    }

    pub(super) fn topic(&self) -> String {
        self.page.topic()
    }

    /// Joins anew after somebody took the topic.
    pub(super) async fn comes_back(&mut self, client: &mut Client) {
        let reply = self.page.join(client, "http://localhost/neighbour").await;
        assert_eq!(reply["status"], "ok", "{reply}");
        self.count = 0;
    }

    async fn answers(&mut self, client: &mut Client) {
        self.count += 1;
        let payload = json!({"type": "click", "event": "count", "value": {}});
        let click = json!(["4", "count", self.page.topic(), "event", payload]);
        client.send(click).await;
        let shown = json!({"diff": {"0": self.count.to_string()}});
        client.expect(ok(&self.page, "count", shown)).await;
    }

    /// What a broadcast brings.
    fn heard(&mut self) -> Value {
        self.count += 100;
        let diff = json!({"0": self.count.to_string()});
        json!(["4", null, self.page.topic(), "diff", diff])
    }
}

impl Loaded {
    /// Joins the guest's view.
    pub(super) async fn comes(&self, client: &mut Client, query: &str) {
        let reply = self.join(client, &guest_url(query)).await;
        assert_eq!(reply["status"], "ok", "{reply}");
    }

    /// Says something to the guest's view and hears the answer.
    pub(super) async fn says(&self, client: &mut Client, event: &str, payload: Value) -> Value {
        client
            .send(json!(["4", "says", self.topic(), event, payload]))
            .await;
        loop {
            let frame = client.next().await;
            if frame[3] != "diff" {
                assert_eq!(frame[2], self.topic(), "{frame}");
                return frame;
            }
        }
    }

    /// A click on the guest's view.
    pub(super) async fn click(&self, client: &mut Client, name: &str, value: Value) -> Value {
        let payload = json!({"type": "click", "event": name, "value": value});
        self.says(client, "event", payload).await
    }

    /// What tells that the view has crashed.
    pub(super) fn crash(&self) -> Value {
        json!(["4", "4", self.topic(), "phx_error", {"reason": "channel_crash"}])
    }

    /// Until the view has crashed, whatever comes before.
    pub(super) async fn crashes(&self, client: &mut Client) {
        while client.next().await != self.crash() {}
    }
}

/// A view inside the guest's.
pub(super) struct Kid {
    session: String,
}

impl Loaded {
    /// Joins the guest's view, which shows another inside.
    pub(super) async fn comes_with_kid(&self, client: &mut Client) -> Kid {
        let reply = self.join(client, &guest_url("kids=kid")).await;
        let rendered = reply["response"]["rendered"].to_string();
        let (_, rest) = rendered
            .split_once(r#"data-phx-session=\""#)
            .expect("a container");
        let session = rest.split('\\').next().unwrap_or_default().to_owned();
        Kid { session }
    }
}

impl Kid {
    pub(super) fn join(&self, reference: &str) -> Value {
        let payload = json!({"params": {"_mounts": 0}, "session": self.session, "static": null, "sticky": false});
        json!([reference, reference, "lv:kid", "phx_join", payload])
    }

    pub(super) fn closed(&self, join_ref: &str) -> Value {
        json!([join_ref, join_ref, "lv:kid", "phx_close", {}])
    }
}
