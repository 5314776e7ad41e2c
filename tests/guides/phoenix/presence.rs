//! PubSub and presence in a view.

use bennu::Presence;
use bennu::channel::Flow;
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::event::PRESENCE_DIFF;
use bennu::protocol::form::{Param, Params};
use bennu::pubsub::Broadcast;
use bennu::session::Session;
use serde::Deserialize;
use serde_json::json;

const TOPIC: &str = "room:lobby";

struct Lobby {
    users: Vec<String>,
    last: String,
}

enum Info {
    Room(Broadcast),
}

/// What is broadcast as `said`.
#[derive(Deserialize)]
struct Said {
    text: String,
}

impl LiveView for Lobby {
    type Info = Info;

    async fn mount(
        params: &Params,
        _: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let presence = socket.assigns::<Presence>().clone();
        if socket.connected() {
            socket.subscribe(TOPIC, Info::Room)?;
            let name = params.text("name").unwrap_or("somebody").to_owned();
            presence.track_in(socket, TOPIC, name, json!({"device": "phone"}))?;
        }
        let mut lobby = Self {
            users: Vec::new(),
            last: String::new(),
        };
        lobby.list(&presence).await;
        Ok(lobby)
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "say" => {
                let text = params.text("text");
                socket.broadcast(TOPIC, "said", json!({"text": text}))?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, info: Info, socket: &mut Socket<Self>) -> live::Result {
        let Info::Room(broadcast) = info;
        match broadcast.event() {
            PRESENCE_DIFF => {
                let presence = socket.assigns::<Presence>().clone();
                self.list(&presence).await;
            }
            "said" => {
                let Said { text } = broadcast.payload().deserialize()?;
                self.last = text;
            }
            _ => {}
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <ul><li :for={user in &self.users}>{user}</li></ul>
            <p>{&self.last}</p>
        }
    }
}

impl Lobby {
    async fn list(&mut self, presence: &Presence) {
        let present = presence.list(TOPIC).await;
        self.users = present.into_keys().collect();
    }
}

mod tests {
    use bennu::pubsub::PubSub;
    use bennu::testing::{Redirected, isolated, live};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_is_there_and_what_is_said_is_seen_by_all() -> Result<(), Redirected> {
        let pubsub = PubSub::new();
        let presence = Presence::new(pubsub.clone());
        let conn = isolated::<Lobby>(|builder| builder.pubsub(pubsub).assign(presence));
        let (ada, _) = live(&conn, "/?name=ada").await?;
        let (grace, html) = live(&conn, "/?name=grace").await?;
        assert!(html.contains("<li>ada</li>"), "{html}");
        assert!(ada.has_text("li", "grace").await);
        grace.render_click("say", json!({"text": "hello"})).await?;
        assert!(ada.has_text("p", "hello").await);
        Ok(())
    }
}
