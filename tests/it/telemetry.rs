//! What the log says, and what it keeps to itself (channels-wire 14).

mod capture;
#[cfg(feature = "live")]
mod live;

use bennu::Assigns;
use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
use bennu::endpoint::{Drainer, Endpoint, LongPollOptions, Mount};
use bennu::protocol::Payload;
use bennu::protocol::form::Params;
use bennu::socket::{ConnectError, ConnectInfo, Handler, Routes};
use bennu::telemetry::ParameterFilter;
use bennu::testing::{self, Any};
use bennu::token::SecretKeyBase;
use http::Request;
use serde_json::json;
use tower::ServiceExt;
use tracing::Level;

use capture::Capture;

struct UserSocket;

impl Handler for UserSocket {
    async fn connect(
        &self,
        params: &Params,
        _: &ConnectInfo,
        _: &mut Assigns,
    ) -> Result<(), ConnectError> {
        match params.text("refuse") {
            Some(_) => Err(ConnectError::Refused),
            None => Ok(()),
        }
    }
}

/// A room that logs as it is told: `Loud` at its own levels, `Quiet` never.
struct Room;

impl Channel for Room {
    type Info = ();

    async fn join(
        payload: Payload,
        socket: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), JoinError> {
        if socket.topic().ends_with("refused") {
            return Err(JoinError::refuse(json!({})));
        }
        Ok((Self, payload))
    }

    async fn handle_in(
        &mut self,
        _: &str,
        payload: Payload,
        _: &mut Socket<Self>,
    ) -> channel::Result {
        Flow::ok(payload)
    }
}

struct Quiet;

impl Channel for Quiet {
    type Info = ();

    const LOG_JOIN: Option<Level> = None;
    const LOG_HANDLE_IN: Option<Level> = Some(Level::WARN);

    async fn join(
        payload: Payload,
        _: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), JoinError> {
        Ok((Self, payload))
    }

    async fn handle_in(
        &mut self,
        _: &str,
        payload: Payload,
        _: &mut Socket<Self>,
    ) -> channel::Result {
        Flow::ok(payload)
    }
}

fn routes() -> Routes {
    Routes::new()
        .channel::<Quiet>("quiet:*")
        .channel::<Room>("*")
}

fn endpoint(mount: Mount, filter: ParameterFilter) -> Endpoint {
    let secret = SecretKeyBase::new("k".repeat(64)).expect("long enough");
    let builder = Endpoint::builder(secret).filter_parameters(filter);
    builder.socket("/socket", mount).build().expect("it fits")
}

async fn get(endpoint: &Endpoint, path: &str) -> http::StatusCode {
    let request = Request::get(path).body(http_body_util::Empty::<bytes::Bytes>::new());
    let response = endpoint.clone().oneshot(request.expect("a request")).await;
    response.expect("an endpoint always answers").status()
}

// T-1
#[tokio::test(start_paused = true)]
async fn a_connection_is_logged_with_transport_serializer_and_parameters() {
    let captured = Capture::start(Level::INFO);
    let endpoint = endpoint(Mount::new(UserSocket, routes()), ParameterFilter::default());
    get(&endpoint, "/socket/websocket?vsn=2.0.0&token=x&user=ada").await;
    let event = captured.one("phoenix.socket_connected");
    assert_eq!(event.level, Level::INFO);
    assert_eq!(event.field("result"), "ok");
    assert_eq!(event.field("path"), "/socket/websocket");
    let lines: Vec<_> = event.message().lines().collect();
    assert!(
        lines[0].starts_with("CONNECTED TO ") && lines[0].contains("UserSocket in "),
        "{lines:?}"
    );
    assert_eq!(lines[1..3], ["  Transport: websocket", "  Serializer: V2"]);
    assert_eq!(
        lines[3],
        r#"  Parameters: {"token":"[FILTERED]","user":"ada","vsn":"2.0.0"}"#
    );
}

// T-1
#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_logged() {
    let captured = Capture::start(Level::INFO);
    let endpoint = endpoint(Mount::new(UserSocket, routes()), ParameterFilter::default());
    get(&endpoint, "/socket/websocket?refuse=1").await;
    let event = captured.one("phoenix.socket_connected");
    assert_eq!(event.field("result"), "error");
    assert!(event.message().starts_with("REFUSED CONNECTION TO "));
}

// T-1
#[tokio::test(start_paused = true)]
async fn the_level_of_a_socket_is_its_own_choice() {
    let captured = Capture::start(Level::TRACE);
    let loud = Mount::new(UserSocket, routes()).log(Some(Level::ERROR));
    get(
        &endpoint(loud, ParameterFilter::default()),
        "/socket/websocket",
    )
    .await;
    assert_eq!(captured.one("phoenix.socket_connected").level, Level::ERROR);
    let silent = Mount::new(UserSocket, routes()).log(None);
    get(
        &endpoint(silent, ParameterFilter::default()),
        "/socket/websocket",
    )
    .await;
    assert_eq!(captured.named("phoenix.socket_connected").len(), 1);
}

async fn speak_under(topic: &str, filter: ParameterFilter) {
    let endpoint = endpoint(Mount::new(UserSocket, routes()), filter);
    let socket = testing::connect(&endpoint, "/socket").await.expect("ok");
    let joined = socket.join(topic, json!({"password": "secret", "user": "ada"}));
    let Ok((_, room)) = joined.await else { return };
    let echo = room.push("echo", json!({"list": [{"token": "secret", "n": 1}]}));
    room.assert_reply(&echo, "ok", json!({"list": [{"token": "secret"}]}))
        .await;
}

// T-1, T-2
#[tokio::test(start_paused = true)]
async fn joins_and_events_are_logged_with_filtered_parameters() {
    let captured = Capture::start(Level::DEBUG);
    speak_under("room:a", ParameterFilter::default()).await;
    let joined = captured.one("phoenix.channel_joined");
    assert_eq!((joined.level, joined.field("result")), (Level::INFO, "ok"));
    assert!(joined.message().starts_with("JOINED room:a in "));
    let parameters = r#"Parameters: {"password":"[FILTERED]","user":"ada"}"#;
    assert!(
        joined.message().ends_with(parameters),
        "{}",
        joined.message()
    );
    let handled = captured.one("phoenix.channel_handled_in");
    assert_eq!(
        (handled.level, handled.field("event")),
        (Level::DEBUG, "echo")
    );
    let line = handled.message();
    assert!(
        line.starts_with("HANDLED echo INCOMING ON room:a (") && line.contains("Room) in "),
        "{line}"
    );
    assert!(
        line.ends_with(r#"Parameters: {"list":[{"n":1,"token":"[FILTERED]"}]}"#),
        "{line}"
    );
}

// T-2
#[tokio::test(start_paused = true)]
async fn the_filter_of_the_endpoint_counts() {
    let captured = Capture::start(Level::DEBUG);
    speak_under("room:a", ParameterFilter::keep(["user"])).await;
    let line = captured.one("phoenix.channel_joined");
    assert!(
        line.message()
            .ends_with(r#"{"password":"[FILTERED]","user":"ada"}"#)
    );
    let line = captured.one("phoenix.channel_handled_in");
    assert!(
        line.message()
            .ends_with(r#"{"list":[{"n":"[FILTERED]","token":"[FILTERED]"}]}"#)
    );
}

// T-1
#[tokio::test(start_paused = true)]
async fn a_refused_join_is_logged() {
    let captured = Capture::start(Level::INFO);
    speak_under("room:refused", ParameterFilter::default()).await;
    let refused = captured.one("phoenix.channel_joined");
    assert_eq!(refused.field("result"), "error");
    assert!(
        refused
            .message()
            .starts_with("REFUSED JOIN room:refused in ")
    );
}

// T-1
#[tokio::test(start_paused = true)]
async fn the_levels_of_a_channel_are_its_own_choice() {
    let captured = Capture::start(Level::TRACE);
    speak_under("quiet:a", ParameterFilter::default()).await;
    assert!(captured.named("phoenix.channel_joined").is_empty());
    assert_eq!(
        captured.one("phoenix.channel_handled_in").level,
        Level::WARN
    );
}

// T-1
#[tokio::test(start_paused = true)]
async fn topics_of_phoenix_are_never_logged() {
    let captured = Capture::start(Level::TRACE);
    speak_under("phoenix:live_reload", ParameterFilter::default()).await;
    assert!(captured.named("phoenix.channel_joined").is_empty());
    assert!(captured.named("phoenix.channel_handled_in").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_level_that_nobody_wants_is_not_logged() {
    let captured = Capture::start(Level::INFO);
    speak_under("room:a", ParameterFilter::default()).await;
    assert_eq!(captured.named("phoenix.channel_joined").len(), 1);
    assert!(captured.named("phoenix.channel_handled_in").is_empty());
}

// D-3, X-1
#[tokio::test(start_paused = true)]
async fn unmatched_topics_and_duplicate_joins_are_logged() {
    let captured = Capture::start(Level::DEBUG);
    let mount = Mount::new(UserSocket, Routes::new().channel::<Room>("room:*"));
    let endpoint = endpoint(mount, ParameterFilter::default());
    let socket = testing::connect(&endpoint, "/socket").await.expect("ok");
    let (_, first) = socket.join("room:a", json!({})).await.expect("ok");
    let second = socket.join("room:a", json!({})).await.expect("ok");
    first.assert_push("phx_close", Any).await;
    drop(second);
    let line = "duplicate channel join with topic \"room:a\"";
    assert!(captured.lines().iter().any(|given| given.starts_with(line)));
    let unmatched = tokio::spawn(async move { socket.join("nothing", json!({})).await.is_ok() });
    assert!(
        unmatched.await.is_err(),
        "the test kit does not let it pass"
    );
    let line = "ignoring join of unmatched topic \"nothing\"";
    assert!(captured.lines().iter().any(|given| given == line));
}

// K-3, K-4
#[tokio::test(start_paused = true)]
async fn a_drain_tells_of_each_batch() {
    let captured = Capture::start(Level::WARN);
    let drainer = Drainer {
        batch_size: 2,
        log: Some(Level::WARN),
        ..Drainer::default()
    };
    drain_five(Mount::new(UserSocket, routes()).drainer(drainer)).await;
    let batches = captured.named("phoenix.socket_drain");
    let told: Vec<_> = batches
        .iter()
        .map(|batch| {
            ["count", "total", "index", "rounds", "path"].map(|name| batch.field(name).to_owned())
        })
        .collect();
    let expected = [["2", "1"], ["2", "2"], ["1", "3"]]
        .map(|[count, index]| [count, "5", index, "3", "/socket"].map(str::to_owned));
    assert_eq!(told, expected);
    let line = "DRAINING 2 of 5 total connection(s) for socket /socket every 2000ms - round 1 of 3";
    assert_eq!(batches[0].message(), line);
}

// K-3
#[tokio::test(start_paused = true)]
async fn a_drain_waits_between_batches_and_ends_in_time() {
    let begun = tokio::time::Instant::now();
    let batches_of = |batch_size| Drainer {
        batch_size,
        ..Drainer::default()
    };
    drain_five(Mount::new(UserSocket, routes()).drainer(batches_of(2))).await;
    assert_eq!(begun.elapsed().as_secs(), 4);
    // Five batches would take eight seconds.
    let begun = tokio::time::Instant::now();
    let short = Drainer {
        shutdown: std::time::Duration::from_secs(5),
        ..batches_of(1)
    };
    drain_five(Mount::new(UserSocket, routes()).drainer(short)).await;
    assert_eq!(begun.elapsed().as_secs(), 5);
}

// K-3
#[tokio::test(start_paused = true)]
async fn without_a_drainer_connections_close_at_once() {
    let captured = Capture::start(Level::TRACE);
    let begun = tokio::time::Instant::now();
    drain_five(Mount::new(UserSocket, routes()).without_drainer()).await;
    assert_eq!(begun.elapsed().as_secs(), 0);
    assert!(captured.named("phoenix.socket_drain").is_empty());
}

/// Opens five long-poll sessions, then serves and stops at once.
async fn drain_five(mount: Mount) {
    let endpoint = endpoint(
        mount.longpoll(LongPollOptions::default()),
        ParameterFilter::default(),
    );
    for _ in 0..5 {
        get(&endpoint, "/socket/longpoll?vsn=2.0.0").await;
    }
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
    let served = endpoint.serve(listener.expect("a port"), std::future::ready(()));
    served.await.expect("it serves");
}
