//! How views begin and end, and what their hooks see of tasks (liveview-wire 4.1, 4.4, 8.3, 14.2, 14.4, 14.8).

use std::any::Any;
use std::future::pending;

use bennu::channel::{Crash, Flow, Reason};
use bennu::endpoint::Router;
use bennu::heex;
use bennu::live::async_result::AsyncResult;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::lifecycle::{AnyOnMount, Hook, Next, OnMount};
use bennu::live::rendered::Render;
use bennu::live::task::Exit;
use bennu::live::{self, AnySocket, Kind, LiveView, LiveViews, MountError, Socket, UseLayout};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;
use serde_json::{Value, json};

use crate::support::live_page::{Loaded, click, event, ok};
use crate::support::site::{Named, Root, crashed, push, site};
use crate::support::{Client, Journal, Received, Server, Stage};

/// Tells the stage what happens to it.
struct Cook {
    stage: Stage,
    dish: String,
    stock: AsyncResult<String>,
}

/// Says that it was dropped.
struct Dropped(Stage);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.tell("dropped");
    }
}

struct ChooseLayout;

impl OnMount for ChooseLayout {
    async fn on_mount(
        &self,
        params: &Params,
        _: &Session,
        socket: &mut AnySocket,
    ) -> Result<(), MountError> {
        match params.text("layout") {
            Some("hook" | "both") => socket.put_layout(Named("of the hook")),
            Some("none") => socket.without_layout(),
            _ => {}
        }
        Ok(())
    }
}

impl LiveView for Cook {
    type Info = String;

    const ON_MOUNT: &'static [&'static dyn AnyOnMount] = &[&ChooseLayout];
    const LAYOUT: UseLayout = UseLayout::Layout(&Named("own"));

    async fn mount(
        params: &Params,
        _: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let stage = socket.assigns::<Stage>().clone();
        if socket.connected() && params.text("mount") == Some("waits") {
            let _dropped = Dropped(stage.clone());
            stage.tell("mounting");
            pending::<()>().await;
        }
        if params.text("layout") == Some("both") {
            socket.put_layout(Named("of the mount"));
        }
        if params.text("hooks").is_some() {
            socket.attach_hook("taste", Taste(stage.clone()));
            socket.attach_hook("second", Second(stage.clone()));
        }
        socket.subscribe("kitchen", |broadcast| broadcast.event().to_owned())?;
        Ok(Self {
            stage,
            dish: String::new(),
            stock: AsyncResult::loading(),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "load" => {
                let load = async { Ok::<_, Crash>("soup".to_owned()) };
                self.stock = socket.assign_async("stock", |view| &mut view.stock, load)?;
            }
            "burn" => socket.start_async(event, async { panic!("smoke") }, Self::cooked)?,
            "call" => socket.broadcast("kitchen", "called", json!({}))?,
            "whisper" => socket.broadcast_from("kitchen", "whispered", json!({}))?,
            "go" => socket.push_navigate("/away", Kind::Push)?,
            "crash" => return Flow::unhandled(event),
            name => {
                let dish = name.to_owned();
                socket.start_async(name, async { dish }, Self::cooked)?;
            }
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, heard: String, _: &mut Socket<Self>) -> live::Result {
        self.dish = heard;
        Ok(Flow::NoReply)
    }

    async fn terminate(&mut self, reason: &Reason, socket: &mut Socket<Self>) {
        self.stage.tell(format!("ended: {reason}"));
        // It is still its socket, though the page hears nothing of it.
        socket.put_page_title("ended");
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let stock = self.stock.ok().cloned();
        heex! { <p>{&self.dish}</p><i>{stock}</i>{live_component::<Pan>("pan", ())} }
    }
}

impl Cook {
    fn cooked(&mut self, dish: Result<String, Exit>, _: &mut Socket<Self>) -> live::Result<()> {
        self.dish = dish.unwrap_or_else(|exit| exit.to_string());
        Ok(())
    }
}

/// A component with a task of its own.
struct Pan(String);

impl LiveComponent for Pan {
    type Props = ();

    fn mount((): (), socket: &mut component::Socket<'_, Self>) -> Self {
        let stage = socket.all_assigns().of::<Stage>();
        let stage = stage.expect("the endpoint has a stage").clone();
        socket.attach_hook("taste", Taste(stage));
        Self(String::new())
    }

    fn update(&mut self, (): (), _: &mut component::Socket<'_, Self>) {}

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        if event == "ask" {
            assert!(socket.view::<Away>().is_none(), "it stands in another view");
            let cook = socket.view::<Cook>().ok_or("a cook").map_err(Crash::new)?;
            cook.send("asked".to_owned())?;
            return Ok(Flow::NoReply);
        }
        let dish = event.to_owned();
        socket.start_async(event, async { dish }, |pan, dish, _| {
            pan.0 = dish?;
            Ok(())
        })?;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        heex! { <b>{&self.0}</b> }
    }
}

/// Tells what it sees; salts what is bland and keeps what is spoilt.
struct Taste(Stage);

impl Hook for Taste {
    async fn handle_async(
        &mut self,
        name: &str,
        result: Result<&mut (dyn Any + Send), &Exit>,
        _: &mut AnySocket,
    ) -> live::Result<Next> {
        let Ok(result) = result else {
            self.0.tell(format!("{name} has failed"));
            return Ok(Next::Cont);
        };
        let dish = result
            .downcast_mut::<String>()
            .ok_or("a dish")
            .map_err(Crash::new)?;
        self.0.tell(format!("{name}: {dish}"));
        match name {
            "bland" => dish.push_str(", with salt"),
            "spoilt" => return Ok(Next::Halt(Flow::NoReply)),
            _ => {}
        }
        Ok(Next::Cont)
    }
}

struct Second(Stage);

impl Hook for Second {
    async fn handle_async(
        &mut self,
        name: &str,
        _: Result<&mut (dyn Any + Send), &Exit>,
        _: &mut AnySocket,
    ) -> live::Result<Next> {
        self.0.tell(format!("then {name}"));
        Ok(Next::Cont)
    }
}

/// Where the page goes.
struct Away;

impl LiveView for Away {
    type Info = ();

    async fn mount(_: &Params, _: &Session, _: &mut Socket<Self>) -> Result<Self, MountError> {
        Ok(Self)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! { <p>away</p> }
    }
}

struct Kitchen {
    server: Server,
    page: Loaded,
    client: Client,
    journal: Journal,
}

impl Kitchen {
    async fn open() -> Self {
        let stage = Stage::new();
        let journal = stage.journal();
        let views = LiveViews::new("live salt", Root)
            .view::<Cook>("/")
            .view::<Away>("/away");
        let server = Server::start(site(&views, Router::new()).assign(stage)).await;
        let page = Loaded::load(&server, "/").await;
        let client = page.connect(&server).await;
        Self {
            server,
            page,
            client,
            journal,
        }
    }

    async fn with(query: &str) -> Self {
        let mut kitchen = Self::open().await;
        let url = format!("http://localhost/?{query}");
        let reply = kitchen.page.join(&mut kitchen.client, &url).await;
        assert_eq!(reply["status"], "ok", "{reply}");
        kitchen
    }

    /// Sends a join of the page whose mount does not end.
    async fn begin_to_mount(&mut self, reference: &str) {
        let payload = self.page.join_payload("http://localhost/?mount=waits");
        let join = json!([reference, reference, self.page.topic(), "phx_join", payload]);
        self.client.send(join).await;
        assert_eq!(self.journal.next().await, "mounting");
    }

    async fn click(&mut self, name: &str) {
        self.send(click(&self.page, "5", name)).await;
    }

    async fn click_in_component(&mut self, name: &str) {
        let payload = json!({"type": "click", "event": name, "value": {}, "cid": 1});
        self.send(event(&self.page, "5", payload)).await;
    }

    /// Sends an event that changes nothing yet.
    async fn send(&mut self, message: Value) {
        self.client.send(message).await;
        let answer = ok(&self.page, "5", json!({}));
        self.client.expect(answer).await;
    }

    async fn expect_told(&mut self, lines: &[&str]) {
        for line in lines {
            assert_eq!(self.journal.next().await, *line);
        }
    }

    async fn expect_diff(&mut self, diff: Value) {
        let push = push(&self.page, "diff", diff);
        self.client.expect(push).await;
    }
}

// 14.2, 14.4, row 155
#[tokio::test]
async fn hooks_see_the_result_of_a_task_before_the_view() {
    let mut kitchen = Kitchen::with("hooks").await;
    kitchen.click("bland").await;
    kitchen
        .expect_diff(json!({"1": {"0": "bland, with salt"}}))
        .await;
    kitchen.expect_told(&["bland: bland", "then bland"]).await;
}

// 14.2
#[tokio::test]
async fn a_hook_keeps_the_result_of_a_task_from_the_view() {
    let mut kitchen = Kitchen::with("hooks").await;
    kitchen.click("spoilt").await;
    kitchen.expect_told(&["spoilt: spoilt"]).await;
    kitchen.click("fresh").await;
    kitchen.expect_diff(json!({"1": {"0": "fresh"}})).await;
    kitchen.expect_told(&["fresh: fresh", "then fresh"]).await;
}

// 14.4
#[tokio::test]
async fn hooks_see_that_a_task_has_failed() {
    let mut kitchen = Kitchen::with("hooks").await;
    kitchen.click("burn").await;
    kitchen
        .expect_diff(json!({"1": {"0": "the task panicked: smoke"}}))
        .await;
    kitchen.expect_told(&["burn has failed", "then burn"]).await;
}

// 14.4: as in Phoenix, only those of `start_async`.
#[tokio::test]
async fn hooks_do_not_see_what_is_loaded_into_a_field() {
    let mut kitchen = Kitchen::with("hooks").await;
    kitchen.click("load").await;
    kitchen.expect_diff(json!({"1": {"1": "soup"}})).await;
    kitchen.click("fresh").await;
    kitchen.expect_told(&["fresh: fresh"]).await;
}

// 14.2
#[tokio::test]
async fn a_hook_of_a_component_sees_the_tasks_of_the_component() {
    let mut kitchen = Kitchen::with("").await;
    kitchen.click_in_component("bland").await;
    let diff = json!({"c": {"1": {"0": "bland, with salt"}}});
    kitchen.expect_diff(diff).await;
    kitchen.expect_told(&["bland: bland"]).await;
    // The view has no hook.
    kitchen.click("fresh").await;
    kitchen.expect_diff(json!({"1": {"0": "fresh"}})).await;
    kitchen.client.close(None).await;
    kitchen.expect_told(&["ended: closed"]).await;
}

#[tokio::test]
async fn a_component_tells_the_view_around_it() {
    let mut kitchen = Kitchen::with("").await;
    kitchen.click_in_component("ask").await;
    kitchen.expect_diff(json!({"1": {"0": "asked"}})).await;
}

// Row 127
#[tokio::test]
async fn a_view_broadcasts_to_all_or_to_all_others() {
    let mut kitchen = Kitchen::with("").await;
    let mut heard = kitchen.server.pubsub.receiver("kitchen").expect("room");
    kitchen.click("whisper").await;
    kitchen.click("call").await;
    kitchen.expect_diff(json!({"1": {"0": "called"}})).await;
    for event in ["whispered", "called"] {
        let broadcast = heard.receive().await.expect("a broadcast");
        assert_eq!(broadcast.event(), event);
    }
}

// 14.8
#[tokio::test]
async fn a_mount_and_its_hooks_choose_the_layout() {
    let kitchen = Kitchen::open().await;
    for (layout, expected) in [
        ("", Some("own")),
        ("hook", Some("of the hook")),
        ("both", Some("of the mount")),
        ("none", None),
    ] {
        let page = Loaded::load(&kitchen.server, &format!("/?layout={layout}")).await;
        let shown = page.body.split_once("<u>").map(|(_, rest)| rest);
        let shown = shown.and_then(|rest| rest.split('<').next());
        assert_eq!(shown, expected, "{layout}: {}", page.body);
        let mut client = page.connect(&kitchen.server).await;
        let url = format!("http://localhost/?layout={layout}");
        let reply = page.join(&mut client, &url).await;
        let first = &reply["response"]["rendered"]["0"];
        assert_eq!(first.as_str().filter(|text| !text.is_empty()), expected);
    }
}

// 4.4
#[tokio::test]
async fn a_page_that_leaves_ends_the_mount_of_its_view() {
    let mut kitchen = Kitchen::open().await;
    kitchen.begin_to_mount("4").await;
    let topic = kitchen.page.topic();
    let leave = json!(["4", "5", topic, "phx_leave", {}]);
    kitchen.client.send(leave).await;
    kitchen.expect_told(&["dropped"]).await;
    let left = json!({"status": "error", "response": {"reason": "left"}});
    let reply = json!(["4", "4", topic, "phx_reply", left]);
    kitchen.client.expect(reply).await;
    let reply = ok(&kitchen.page, "5", json!({}));
    kitchen.client.expect(reply).await;
    // The topic is free: it can be joined again.
    let url = "http://localhost/";
    let reply = kitchen.page.join(&mut kitchen.client, url).await;
    assert_eq!(reply["status"], "ok", "{reply}");
}

//
#[tokio::test]
async fn a_page_that_joins_again_ends_the_mount_before() {
    let mut kitchen = Kitchen::open().await;
    kitchen.begin_to_mount("2").await;
    let payload = kitchen.page.join_payload("http://localhost/");
    let join = json!(["4", "4", kitchen.page.topic(), "phx_join", payload]);
    kitchen.client.send(join).await;
    kitchen.expect_told(&["dropped"]).await;
    let left = json!({"status": "error", "response": {"reason": "left"}});
    let reply = json!(["2", "2", kitchen.page.topic(), "phx_reply", left]);
    kitchen.client.expect(reply).await;
    let reply = kitchen.client.next().await;
    assert_eq!(
        (&reply[0], &reply[4]["status"]),
        (&json!("4"), &json!("ok"))
    );
}

#[tokio::test]
async fn a_connection_that_closes_ends_the_mounts_on_it() {
    let mut kitchen = Kitchen::open().await;
    kitchen.begin_to_mount("4").await;
    kitchen.client.close(None).await;
    // No view, so no `terminate`.
    kitchen.expect_told(&["dropped"]).await;
}

// What comes in while a view mounts waits, and does not end the mount.
#[tokio::test]
async fn a_mount_goes_on_whatever_else_comes_in() {
    let mut kitchen = Kitchen::open().await;
    kitchen.begin_to_mount("4").await;
    let hit = click(&kitchen.page, "5", "fresh");
    kitchen.client.send(hit).await;
    kitchen
        .client
        .send(json!([null, "6", "phoenix", "heartbeat", {}]))
        .await;
    let heartbeat = json!([null, "6", "phoenix", "phx_reply", {"status": "ok", "response": {}}]);
    kitchen.client.expect(heartbeat).await;
    let topic = kitchen.page.topic();
    let leave = json!(["4", "7", topic, "phx_leave", {}]);
    kitchen.client.send(leave).await;
    kitchen.expect_told(&["dropped"]).await;
}

// 8.3, row 157
#[tokio::test]
async fn a_view_is_told_why_it_ends() {
    let mut kitchen = Kitchen::with("").await;
    let topic = kitchen.page.topic();
    kitchen
        .client
        .send(json!(["4", "5", topic, "phx_leave", {}]))
        .await;
    kitchen.expect_told(&["ended: left"]).await;

    let mut kitchen = Kitchen::with("").await;
    kitchen.client.close(None).await;
    kitchen.expect_told(&["ended: closed"]).await;

    let mut kitchen = Kitchen::with("").await;
    let go = click(&kitchen.page, "5", "go");
    kitchen.client.send(go).await;
    kitchen.expect_told(&["ended: live_redirect"]).await;

    let mut kitchen = Kitchen::with("").await;
    let payload = kitchen.page.join_payload("http://localhost/");
    let again = json!(["9", "9", kitchen.page.topic(), "phx_join", payload]);
    kitchen.client.send(again).await;
    kitchen.expect_told(&["ended: duplicate join"]).await;
}

// 8.3, row 157: before the page is told, and a diff of it is not sent.
#[tokio::test]
async fn a_view_that_crashes_is_told_before_its_page() {
    let mut kitchen = Kitchen::with("").await;
    let crash = click(&kitchen.page, "5", "crash");
    kitchen.client.send(crash).await;
    let told = kitchen.journal.next().await;
    assert!(told.contains("crash"), "{told}");
    let crashed = crashed(&kitchen.page);
    kitchen.client.expect(crashed).await;
}

// K-4
#[tokio::test]
async fn a_view_is_told_that_its_server_stops() {
    let mut kitchen = Kitchen::with("").await;
    let stopped = kitchen.server.stop();
    assert_eq!(kitchen.client.receive().await, Received::Close(1012));
    drop(kitchen.client);
    assert_eq!(kitchen.journal.next().await, "ended: draining");
    stopped.await;
}
