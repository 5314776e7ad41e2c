//! A server that says on the wire what a script tells it, whatever the engine would.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
use bennu::endpoint::{Conn, Endpoint, Mount, Router};
use bennu::protocol::Payload;
use bennu::session::SessionOptions;
use bennu::socket::{Anyone, Routes};
use bennu::testing::{self, Redirected, View, build_conn};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::builder;

/// The container of a view, in the page or in a diff.
pub(super) fn container(id: &str, parent: Option<&str>, content: &str) -> String {
    let place = parent.map_or("data-phx-main".to_owned(), |parent| {
        format!("data-phx-parent-id=\"{parent}\"")
    });
    format!(
        r#"<div id="{id}" {place} data-phx-session="S-{id}" data-phx-static="">{content}</div>"#
    )
}

/// A diff without dynamics.
pub(super) fn whole(html: &str) -> Value {
    json!({"s": [html]})
}

/// What the server answers to events by name, and to joins by topic. A join gets `{"error": ..}` for an error; an event
/// the response of its reply, and what is pushed before under `push`.
#[derive(Clone, Default)]
pub(super) struct Script {
    answers: HashMap<String, Value>,
    /// What was uploaded, a text for each chunk.
    pub(super) chunks: Arc<Mutex<Vec<String>>>,
}

impl Script {
    pub(super) fn on(mut self, event: &str, answer: Value) -> Self {
        self.answers.insert(event.to_owned(), answer);
        self
    }

    /// The join of the view with this id answers with a whole tree.
    pub(super) fn view(self, id: &str, html: &str) -> Self {
        self.on(&format!("lv:{id}"), json!({"rendered": whole(html)}))
    }

    pub(super) fn endpoint(self) -> Endpoint {
        let routes = Routes::new()
            .channel::<Scripted>("lv:*")
            .channel::<Scripted>("lvu:*");
        let page = async |conn: Conn| {
            let html = format!("<title>Page</title>{}", container("main", None, "dead"));
            conn.html(StatusCode::OK, html.into_bytes())
        };
        let built = builder()
            .assign(self)
            .session(SessionOptions::new("_test_key", "session salt"))
            .socket("/live", Mount::new(Anyone, routes))
            .router(Router::new().get("/", page).get("/next", page))
            .build();
        built.expect("the parts fit together")
    }

    pub(super) async fn live(self) -> Result<(View, String), Redirected> {
        testing::live(&build_conn(&self.endpoint()), "/").await
    }

    pub(super) async fn view_of(self) -> View {
        self.live().await.expect("the view is joined").0
    }
}

/// A topic of the script. It answers the event `heard` with all the messages that came before.
pub(super) struct Scripted {
    heard: Vec<Value>,
}

impl Channel for Scripted {
    type Info = ();

    async fn join(
        payload: Payload,
        socket: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), JoinError> {
        let script = &socket.assigns::<Script>().answers;
        let mut heard: Value = payload.deserialize()?;
        let navigated = format!("{} navigated", socket.topic());
        let key = if heard["redirect"].is_null() {
            socket.topic()
        } else {
            &*navigated
        };
        let answer = script
            .get(key)
            .cloned()
            .unwrap_or_else(|| json!({"error": {"reason": "unauthorized"}}));
        if let Some(error) = answer.get("error") {
            return Err(JoinError::refuse(error));
        }
        heard["event"] = "phx_join".into();
        Ok((Self { heard: vec![heard] }, Payload::json(&answer)?))
    }

    async fn handle_in(
        &mut self,
        event: &str,
        payload: Payload,
        socket: &mut Socket<Self>,
    ) -> channel::Result {
        let script: &Script = socket.assigns();
        if let Some(chunk) = payload.as_binary() {
            let chunk = String::from_utf8_lossy(chunk).into_owned();
            script
                .chunks
                .lock()
                .expect("nobody panics here")
                .push(chunk);
            return match script.answers.get(event).cloned() {
                Some(refusal) => Flow::error(&refusal),
                None => Flow::ok(Payload::empty()),
            };
        }
        let heard: Value = payload.deserialize()?;
        let name = heard["event"]
            .as_str()
            .filter(|_| event == "event")
            .unwrap_or(event)
            .to_owned();
        if name == "heard" {
            return Flow::ok(json!({"diff": {"r": self.heard}}));
        }
        self.heard.push(json!({"event": name, "payload": heard}));
        let mut answer = script
            .answers
            .get(&name)
            .cloned()
            .unwrap_or_else(|| json!({}));
        if name == "crash" {
            panic!("failed on purpose");
        }
        let pushes = answer["push"].as_array().cloned().unwrap_or_default();
        for push in pushes {
            socket.push(push[0].as_str().unwrap_or_default(), &push[1])?;
        }
        if let Some(answer) = answer.as_object_mut() {
            answer.remove("push");
        }
        Flow::ok(&answer)
    }
}

/// What a view's channel has heard so far.
pub(super) async fn heard(view: &View) -> Vec<Value> {
    view.render_hook("heard", json!({}))
        .await
        .expect("it stays");
    match view.assert_reply(testing::Any).await {
        Value::Array(heard) => heard,
        other => panic!("the script replies with a list: {other}"),
    }
}
