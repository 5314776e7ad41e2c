//! Components of a connected view: their events, the props they are sent, and their end (liveview-wire section 6).

use bennu::channel::Flow;
use bennu::endpoint::{Mount, Router};
use bennu::heex;
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::lifecycle::{Hook, Next};
use bennu::live::rendered::{OwnedSlot, Render};
use bennu::live::{self, AnySocket, LiveView, LiveViews, MountError, Page, RootLayout, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::{Anyone, Routes};
use serde_json::{Value, json};

use crate::support::live_page::{Loaded, event, ok};
use crate::support::{Client, Server, builder};

struct Card {
    title: String,
    hits: u32,
}

impl LiveComponent for Card {
    type Props = String;

    fn mount(title: String, socket: &mut component::Socket<'_, Self>) -> Self {
        if title == "a" {
            socket.attach_hook("gate", Gate { rendered: false });
        }
        if socket.connected() {
            let pushed = socket.push_event("mounted", json!({"card": title}));
            pushed.expect("an object is JSON");
        }
        Self { title, hits: 0 }
    }

    fn update(&mut self, title: String, _: &mut component::Socket<'_, Self>) {
        self.title = title;
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        match event {
            "hit" => self.hits += 1,
            "ask" => return Flow::ok(json!({"me": socket.myself().map(ComponentId::get)})),
            "rename" => socket.send_update::<Self>("b", "from a".to_owned())?,
            "title" => socket.put_page_title("by a card"),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, myself: Option<ComponentId>) -> impl Render {
        heex! { <p><b>{&self.title}</b><i phx-click="hit" phx-target={myself}>{self.hits}</i></p> }
    }
}

/// Lets nobody knock, and tells of the first render.
struct Gate {
    rendered: bool,
}

impl Hook for Gate {
    async fn handle_event(
        &mut self,
        event: &str,
        _: &Param,
        _: &mut AnySocket,
    ) -> live::Result<Next> {
        match event {
            "knock" => Ok(Next::Halt(Flow::ok(json!({"gate": "shut"}))?)),
            _ => Ok(Next::Cont),
        }
    }

    fn after_render(&mut self, socket: &mut AnySocket) {
        if !std::mem::replace(&mut self.rendered, true) {
            let pushed = socket.push_event_before("rendered", json!({}));
            pushed.expect("an object is JSON");
        }
    }
}

/// Shows what it is handed.
struct Frame(OwnedSlot);

impl LiveComponent for Frame {
    type Props = OwnedSlot;

    fn mount(content: OwnedSlot, _: &mut component::Socket<'_, Self>) -> Self {
        Self(content)
    }

    fn update(&mut self, content: OwnedSlot, _: &mut component::Socket<'_, Self>) {
        self.0 = content;
    }

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        heex! { <div class="frame">{&self.0}</div> }
    }
}

struct Cards {
    cards: Vec<&'static str>,
    hint: String,
}

impl LiveView for Cards {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        if socket.connected() {
            socket.push_event("mounted", json!({}))?;
        }
        let cards = vec!["a", "b"];
        let hint = "old".to_owned();
        Ok(Self { cards, hint })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "drop" => self.cards.retain(|card| *card != "b"),
            "hint" => "new".clone_into(&mut self.hint),
            "again" => self.cards = vec!["a", "b"],
            "rename" => {
                socket.send_update::<Card>("a", "one".to_owned())?;
                socket.send_update::<Card>("b", "two".to_owned())?;
                socket.send_update::<Card>("nobody", "lost".to_owned())?;
            }
            "count" => {
                socket.send_update_with("a", |card: &mut Card, _| card.hits += 5)?;
                "new".clone_into(&mut self.hint);
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let content = OwnedSlot::new(self.hint.clone(), |hint, place| {
            heex! { <i>{hint}</i> }.render_at(place);
        });
        heex! {
            <main :for={card in &self.cards} :key={card}>{live_component::<Card>(*card, (*card).to_owned())}</main>
            {live_component::<Frame>("frame", content)}
        }
    }
}

struct Layout;

impl RootLayout for Layout {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! { <html><head><meta name="csrf-token" content={page.csrf_token()}/></head><body>{page.content()}</body></html> }
    }
}

async fn joined() -> (Server, Loaded, Client) {
    let views = LiveViews::new("live salt", Layout).view::<Cards>("/cards");
    let builder = builder()
        .session(SessionOptions::new("_test_key", "session salt"))
        .socket("/live", Mount::new(Anyone, Routes::new().live(&views)))
        .router(Router::new().live(&views));
    let server = Server::start(builder).await;
    let page = Loaded::load(&server, "/cards").await;
    assert!(
        page.body
            .contains("<b>a</b><i phx-click=\"hit\" phx-target=\"1\">0</i>"),
        "{}",
        page.body
    );
    let mut client = page.connect(&server).await;
    let reply = page.join(&mut client, "http://localhost/cards").await;
    let rendered = &reply["response"]["rendered"];
    assert_eq!(rendered["c"]["2"]["0"], "b");
    // 14.6: the components' events come before the view's own. 5.1: one that comes before the patch says so.
    let events = json!([
        ["mounted", {"card": "a"}], ["mounted", {"card": "b"}], ["mounted", {}], ["rendered", {}, true],
    ]);
    assert_eq!(rendered["e"], events);
    (server, page, client)
}

fn hit(page: &Loaded, reference: &str, name: &str, cid: u64) -> Value {
    event(
        page,
        reference,
        json!({"type": "click", "event": name, "value": {}, "cid": cid}),
    )
}

fn tell(page: &Loaded, reference: &str, name: &str) -> Value {
    event(
        page,
        reference,
        json!({"type": "click", "event": name, "value": {}}),
    )
}

fn diff(page: &Loaded, payload: Value) -> Value {
    json!(["4", null, page.topic(), "diff", payload])
}

// 6.7
#[tokio::test]
async fn an_event_of_a_component_renders_only_it() {
    let (_server, page, mut client) = joined().await;
    client.send(hit(&page, "5", "hit", 2)).await;
    client
        .expect(ok(&page, "5", json!({"diff": {"c": {"2": {"2": "1"}}}})))
        .await;
    client.send(hit(&page, "6", "ask", 2)).await;
    client
        .expect(ok(&page, "6", json!({"diff": {"r": {"me": 2}}})))
        .await;
    client.send(hit(&page, "7", "title", 1)).await;
    client
        .expect(ok(&page, "7", json!({"diff": {"t": "by a card"}})))
        .await;
}

// 6.6
#[tokio::test]
async fn an_event_of_an_unknown_component_is_acknowledged_and_nothing_else() {
    let (_server, page, mut client) = joined().await;
    client.send(hit(&page, "5", "hit", 9)).await;
    client.expect(ok(&page, "5", json!({}))).await;
    client.send(hit(&page, "6", "hit", 0)).await;
    client.expect(ok(&page, "6", json!({}))).await;
}

#[tokio::test]
async fn an_event_that_a_component_does_not_handle_ends_the_view() {
    let (_server, page, mut client) = joined().await;
    client.send(hit(&page, "5", "nonsense", 1)).await;
    let error = json!(["4", "4", page.topic(), "phx_error", {"reason": "channel_crash"}]);
    client.expect(error).await;
}

// 14.5
#[tokio::test]
async fn props_that_were_sent_arrive_after_the_callback_each_in_a_diff_of_its_own() {
    let (_server, page, mut client) = joined().await;
    client.send(tell(&page, "5", "rename")).await;
    client.expect(ok(&page, "5", json!({}))).await;
    client
        .expect(diff(&page, json!({"c": {"1": {"0": "one"}}})))
        .await;
    client
        .expect(diff(&page, json!({"c": {"2": {"0": "two"}}})))
        .await;
    client.send(hit(&page, "6", "rename", 1)).await;
    client.expect(ok(&page, "6", json!({}))).await;
    client
        .expect(diff(&page, json!({"c": {"2": {"0": "from a"}}})))
        .await;
}

#[tokio::test]
async fn what_is_changed_of_a_component_beside_its_props_stays() {
    let (_server, page, mut client) = joined().await;
    client.send(tell(&page, "5", "count")).await;
    let hint = json!({"diff": {"1": 3, "c": {"3": {"0": {"0": "new"}}}}});
    client.expect(ok(&page, "5", hint)).await;
    let counted = json!({"c": {"1": {"2": "5"}}});
    client.expect(diff(&page, counted)).await;
    client.send(tell(&page, "6", "again")).await;
    client.expect(ok(&page, "6", json!({}))).await;
}

// 6.5
#[tokio::test]
async fn a_component_is_deleted_once_the_page_has_removed_it() {
    let (_server, page, mut client) = joined().await;
    client.send(tell(&page, "5", "drop")).await;
    client
        .expect(ok(&page, "5", json!({"diff": {"0": {"k": {"kc": 1}}}})))
        .await;
    let cids = |reference: &str, name: &str| json!(["4", reference, page.topic(), name, {"cids": [2, 77]}]);
    client.send(cids("6", "cids_will_destroy")).await;
    client.expect(ok(&page, "6", json!({}))).await;
    client.send(cids("7", "cids_destroyed")).await;
    client.expect(ok(&page, "7", json!({"cids": [2]}))).await;
    client.send(hit(&page, "8", "hit", 2)).await;
    client.expect(ok(&page, "8", json!({}))).await;
}

// 6.5: shown again between the two messages, it stays and is sent whole.
#[tokio::test]
async fn a_component_that_comes_back_in_between_is_kept_and_sent_whole() {
    let (_server, page, mut client) = joined().await;
    client.send(hit(&page, "4", "hit", 2)).await;
    client.next().await;
    client.send(tell(&page, "5", "drop")).await;
    client.next().await;
    client
        .send(json!(["4", "6", page.topic(), "cids_will_destroy", {"cids": [2]}]))
        .await;
    client.next().await;
    client.send(tell(&page, "7", "again")).await;
    let reply = client.next().await;
    let component = &reply[4]["response"]["diff"]["c"]["2"];
    // 6.3: whole, with the statics of the other one.
    assert_eq!(component["s"], -1, "{reply}");
    assert_eq!(
        (&component["0"], &component["2"]),
        (&json!("b"), &json!("1")),
        "{reply}"
    );
    client
        .send(json!(["4", "8", page.topic(), "cids_destroyed", {"cids": [2]}]))
        .await;
    client.expect(ok(&page, "8", json!({"cids": []}))).await;
}

// 14.2: a component's hooks are its own.
#[tokio::test]
async fn a_hook_of_a_component_runs_before_its_events_and_after_its_renders() {
    let (_server, page, mut client) = joined().await;
    client.send(hit(&page, "5", "knock", 1)).await;
    let reply = client.next().await;
    assert_eq!(
        reply[4]["response"]["diff"]["r"],
        json!({"gate": "shut"}),
        "{reply}"
    );
    client.send(hit(&page, "6", "hit", 1)).await;
    let reply = client.next().await;
    assert_eq!(
        reply[4]["response"]["diff"]["c"]["1"],
        json!({"2": "1"}),
        "{reply}"
    );
    client.send(hit(&page, "7", "knock", 2)).await;
    let error = json!(["4", "4", page.topic(), "phx_error", {"reason": "channel_crash"}]);
    client.expect(error).await;
}

#[tokio::test]
async fn a_slot_that_is_handed_to_a_component_shows_what_it_was_made_of() {
    let (_server, page, mut client) = joined().await;
    assert!(
        page.body.contains(r#"<div class="frame"><i>old</i></div>"#),
        "{}",
        page.body
    );
    client.send(tell(&page, "5", "hint")).await;
    let reply = client.next().await;
    assert_eq!(
        reply[4]["response"]["diff"]["c"]["3"],
        json!({"0": {"0": "new"}}),
        "{reply}"
    );
}
