//! What a client offers in `Sec-WebSocket-Protocol`, answered by an endpoint (channels-wire 2.7, 2.8).

use std::sync::Arc;

use bennu::Assigns;
use bennu::endpoint::{Endpoint, Mount, Response};
use bennu::protocol::form::Params;
use bennu::socket::{ConnectError, ConnectInfo, Handler, Routes};
use bennu::token::SecretKeyBase;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Empty;
use parking_lot::Mutex;
use tower::ServiceExt;

/// What `connect` saw last: the token, and the subprotocols that were left.
type Seen = (Option<String>, Option<String>);

#[derive(Clone, Default)]
struct UserSocket {
    seen: Arc<Mutex<Option<Seen>>>,
}

impl Handler for UserSocket {
    async fn connect(
        &self,
        _: &Params,
        info: &ConnectInfo,
        _: &mut Assigns,
    ) -> Result<(), ConnectError> {
        let auth_token = info.auth_token().map(str::to_owned);
        let offered = info
            .sec_websocket_headers()
            .find(|(name, _)| *name == "sec-websocket-protocol")
            .and_then(|(_, value)| value.to_str().ok().map(str::to_owned));
        *self.seen.lock() = Some((auth_token, offered));
        Ok(())
    }
}

/// Offers `protocols` to a mount; the response, and what `connect` saw if it was asked.
async fn offer(
    configure: impl FnOnce(Mount) -> Mount,
    protocols: &str,
) -> (Response, Option<Seen>) {
    let handler = UserSocket::default();
    let mount = configure(Mount::new(handler.clone(), Routes::new()));
    let secret_key_base = SecretKeyBase::new("k".repeat(64)).expect("long enough");
    let endpoint = Endpoint::builder(secret_key_base).socket("/socket", mount);
    let request = Request::get("/socket/websocket?vsn=2.0.0")
        .header("connection", "keep-alive, Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-protocol", protocols)
        .body(Empty::<Bytes>::new())
        .expect("a request");
    let endpoint = endpoint.build().expect("the parts fit");
    let Ok(response) = endpoint.oneshot(request).await;
    let seen = handler.seen.lock().take();
    (response, seen)
}

fn chosen(response: &Response) -> Option<&str> {
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    response
        .headers()
        .get("sec-websocket-protocol")?
        .to_str()
        .ok()
}

fn seen(auth_token: Option<&str>, offered: Option<&str>) -> Option<Seen> {
    Some((auth_token.map(str::to_owned), offered.map(str::to_owned)))
}

//
#[tokio::test]
async fn an_auth_token_reaches_connect_and_phoenix_is_chosen() {
    let offered = "phoenix, base64url.bearer.phx.c2VjcmV0";
    let (response, saw) = offer(|mount| mount.auth_token(true), offered).await;
    assert_eq!(chosen(&response), Some("phoenix"));
    assert_eq!(saw, seen(Some("secret"), Some("phoenix")));
}

//
#[tokio::test]
async fn an_auth_token_that_cannot_be_read_is_forbidden() {
    let offered = "phoenix, base64url.bearer.phx.%%%";
    let (response, saw) = offer(|mount| mount.auth_token(true), offered).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(saw, None);
}

//
#[tokio::test]
async fn an_auth_token_alone_is_taken_and_nothing_chosen() {
    let offered = "base64url.bearer.phx.c2VjcmV0";
    let (response, saw) = offer(|mount| mount.auth_token(true), offered).await;
    assert_eq!(chosen(&response), None);
    assert_eq!(saw, seen(Some("secret"), None));
}

// A-4, SP-1
#[tokio::test]
async fn a_mount_that_was_not_configured_ignores_what_is_offered() {
    let offered = "phoenix, base64url.bearer.phx.c2VjcmV0";
    let (response, saw) = offer(|mount| mount, offered).await;
    assert_eq!(chosen(&response), None);
    assert_eq!(saw, seen(None, Some(offered)));
}

// A-3, SP-2
#[tokio::test]
async fn the_first_subprotocol_of_the_servers_list_is_chosen() {
    let (response, _) = offer(|mount| mount.subprotocols(["sip", "mqtt"]), "mqtt, sip").await;
    assert_eq!(chosen(&response), Some("sip"));
    let both = |mount: Mount| mount.subprotocols(["sip"]).auth_token(true);
    let (response, _) = offer(both, "sip, phoenix").await;
    assert_eq!(chosen(&response), Some("phoenix"));
    let (response, _) = offer(both, "sip").await;
    assert_eq!(chosen(&response), Some("sip"));
}

// SP-2
#[tokio::test]
async fn a_client_that_speaks_none_of_the_subprotocols_is_forbidden() {
    let (response, saw) = offer(|mount| mount.subprotocols(["sip"]), "mqtt").await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(saw, None);
}
