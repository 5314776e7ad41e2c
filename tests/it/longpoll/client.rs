//! A client that calls the endpoint in memory.

use std::time::Duration;

use bennu::endpoint::{Body, Endpoint};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt;

pub(super) const NDJSON: &str = "application/x-ndjson";

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

pub(super) async fn call(endpoint: &Endpoint, request: Request<Full<Bytes>>) -> Answer {
    let Ok(response): Result<Response<Body>, _> = endpoint.clone().oneshot(request).await;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("the body is in memory");
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.to_bytes(),
    }
}

pub(super) fn request(method: Method, uri: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let request = Request::builder().method(method).uri(uri);
    request.body(Full::new(body.into())).expect("a request")
}

pub(super) async fn get(endpoint: &Endpoint, uri: &str) -> Answer {
    call(endpoint, request(Method::GET, uri, "")).await
}

/// The client of one session.
#[derive(Clone)]
pub(super) struct Client {
    endpoint: Endpoint,
    uri: String,
    pub(super) token: String,
}

impl Client {
    /// Opens a session, as a V2 client with these further parameters.
    pub(super) async fn open(endpoint: &Endpoint, params: &str) -> Self {
        Self::open_with(endpoint, &format!("vsn=2.0.0{params}")).await
    }

    /// Opens a session with these parameters.
    pub(super) async fn open_with(endpoint: &Endpoint, params: &str) -> Self {
        let uri = format!("/socket/longpoll?{params}");
        let opened = get(endpoint, &uri).await.json();
        assert_eq!(opened["status"], 410, "{opened}");
        let token = opened["token"].as_str().expect("a token");
        Self::with_token(endpoint, &uri, token)
    }

    /// The client of a session that is open.
    pub(super) fn with_token(endpoint: &Endpoint, uri: &str, token: &str) -> Self {
        Self {
            endpoint: endpoint.clone(),
            uri: format!("{uri}&token={token}"),
            token: token.to_owned(),
        }
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// Opens a session and joins the topic.
    pub(super) async fn join(endpoint: &Endpoint, topic: &str) -> Self {
        let client = Self::open(endpoint, "&user=ada").await;
        let join = json!(["1", "1", topic, "phx_join", {}]);
        assert_eq!(client.post(&join.to_string()).await, 200);
        let reply = json!(["1", "1", topic, "phx_reply", {"status": "ok", "response": {}}]);
        assert_eq!(client.messages().await, [reply]);
        client
    }

    /// The body of a poll's answer.
    pub(super) async fn poll(&self) -> Value {
        get(&self.endpoint, &self.uri).await.json()
    }

    /// The status of a poll, and how long it took.
    pub(super) async fn poll_timed(&self) -> (u64, Duration) {
        let started = Instant::now();
        let answer = self.poll().await;
        (
            answer["status"].as_u64().expect("a status"),
            started.elapsed(),
        )
    }

    /// The messages of a poll that finds some.
    pub(super) async fn messages(&self) -> Vec<Value> {
        let answer = self.poll().await;
        assert_eq!(answer["status"], 200, "{answer}");
        assert_eq!(answer["token"], *self.token, "L-5");
        let messages = answer["messages"].as_array().expect("a list");
        let texts = messages
            .iter()
            .map(|message| message.as_str().expect("L-5: text"));
        texts
            .map(|text| serde_json::from_str(text).expect("a message is JSON"))
            .collect()
    }

    /// The status in the body of a post's answer.
    pub(super) async fn post(&self, lines: &str) -> u64 {
        let answer = self.post_as(Some(NDJSON), lines.to_owned()).await;
        answer.json()["status"].as_u64().expect("a status")
    }

    pub(super) async fn post_as(
        &self,
        content_type: Option<&str>,
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = request(Method::POST, &self.uri, body);
        if let Some(content_type) = content_type {
            let content_type = content_type.parse().expect("a header");
            request.headers_mut().insert("content-type", content_type);
        }
        call(&self.endpoint, request).await
    }

    /// Pushes an event to the joined topic `room:a`.
    pub(super) async fn push(&self, reference: &str, event: &str) -> u64 {
        self.post(&push(reference, event)).await
    }
}

/// Waits until everything else does and so many seconds have passed, on the paused clock.
pub(super) async fn after<F: Future>(seconds: u64, then: F) -> F::Output {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    then.await
}

/// A push to `room:a`, as a line of a batch.
pub(super) fn push(reference: &str, event: &str) -> String {
    json!(["1", reference, "room:a", event, {}]).to_string()
}

/// The reply to such a push.
pub(super) fn reply(reference: &str) -> Value {
    let payload = json!({"status": "ok", "response": {}});
    json!(["1", reference, "room:a", "phx_reply", payload])
}
