//! A whole view.

use bennu::channel::Flow;
use bennu::heex;
use bennu::live::event::LiveEvent;
use bennu::live::rendered::Render;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::pubsub::Broadcast;
use bennu::session::Session;
use serde::Deserialize;

struct Thermostat {
    room: String,
    degrees: i64,
    unit: char,
}

#[derive(LiveEvent)]
enum Event {
    Warmer { by: i64 },
    Off,
}

enum Info {
    Measured(Broadcast),
}

/// What is broadcast.
#[derive(Deserialize)]
struct Measured {
    degrees: i64,
}

impl LiveView for Thermostat {
    type Info = Info;

    async fn mount(
        params: &Params,
        _session: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let room = params.text("room").unwrap_or("hall").to_owned();
        if socket.connected() {
            socket.subscribe(format!("room:{room}"), Info::Measured)?;
        }
        Ok(Self {
            room,
            degrees: 20,
            unit: 'C',
        })
    }

    async fn handle_params(
        &mut self,
        params: &Params,
        _uri: &str,
        _: &mut Socket<Self>,
    ) -> live::Result<()> {
        self.unit = if params.text("unit") == Some("F") {
            'F'
        } else {
            'C'
        };
        Ok(())
    }

    async fn handle_event(
        &mut self,
        event: &str,
        params: Param,
        _: &mut Socket<Self>,
    ) -> live::Result {
        match Event::decode(event, &params)? {
            Event::Warmer { by } => self.degrees += by,
            Event::Off => self.degrees = 0,
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, info: Info, _: &mut Socket<Self>) -> live::Result {
        match info {
            Info::Measured(broadcast) => {
                let measured: Measured = broadcast.payload().deserialize()?;
                self.degrees = measured.degrees;
            }
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <h1>{&self.room}</h1>
            <p>{self.degrees} "°"{self.unit}</p>
            <button phx-click="warmer" phx-value-by="1">Warmer</button>
            <button phx-click="off" disabled={self.degrees == 0}>Off</button>
        }
    }
}

mod tests {
    use bennu::protocol::Payload;
    use bennu::pubsub::PubSub;
    use bennu::testing::{Redirected, isolated, live};
    use serde_json::json;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_thermostat_takes_clicks_and_broadcasts() -> Result<(), Redirected> {
        let pubsub = PubSub::new();
        let conn = isolated::<Thermostat>(|builder| builder.pubsub(pubsub.clone()));
        let (view, html) = live(&conn, "/?room=kitchen&unit=F").await?;
        assert!(html.contains("<p>20 °F</p>"), "{html}");
        let html = view.element("button").text("Warmer").render_click().await?;
        assert!(html.contains("<p>21 °F</p>"), "{html}");
        let told = pubsub.broadcast(
            "room:kitchen",
            "measured",
            Payload::json(&json!({"degrees": 18})).unwrap(),
        );
        assert!(told.is_ok());
        assert!(view.has_text("p", "18 °F").await);
        Ok(())
    }
}
