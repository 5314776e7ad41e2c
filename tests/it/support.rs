//! What the scenarios need: an endpoint that serves, clients that speak raw bytes, and a room that does as it is told.

mod client;
mod cluster;
mod http;
pub(crate) mod live_page;
mod longpoll;
mod room;
#[cfg(feature = "live")]
pub(crate) mod site;
mod websocket;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use bennu::Assigns;
use bennu::endpoint::{Builder, CheckOrigin, Endpoint, LongPollOptions, Mount};
use bennu::protocol::form::Params;
use bennu::pubsub::PubSub;
use bennu::socket::{ConnectError, ConnectInfo, Handler, Routes};
use bennu::token::SecretKeyBase;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) use self::client::{Client, Received, Vsn, Wire};
pub(crate) use self::cluster::Cluster;
pub(crate) use self::http::{HttpResponse, Request};
pub(crate) use self::room::{Journal, Room, Stage};
pub(crate) use self::websocket::masked;

/// How long a test waits for what never comes.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(PATIENCE, future).await;
    waited.unwrap_or_else(|_| panic!("waited for {what} in vain"))
}

pub(crate) fn builder() -> Builder {
    let secret = SecretKeyBase::new("k".repeat(64)).expect("the secret is long enough");
    Endpoint::builder(secret)
}

/// A socket that anybody may connect to, under the name in the parameter `user` if there is one, and its rooms.
pub(crate) fn rooms() -> Mount {
    let routes = Routes::new()
        .channel::<Room>("room:*")
        .channel::<Room>("exact");
    Mount::new(UserSocket, routes)
        .check_origin(CheckOrigin::Any)
        .longpoll(LongPollOptions::default())
}

pub(crate) struct UserSocket;

/// Who a connection says it is.
pub(crate) struct User(pub(crate) Option<String>);

impl Handler for UserSocket {
    async fn connect(
        &self,
        params: &Params,
        _: &ConnectInfo,
        assigns: &mut Assigns,
    ) -> Result<(), ConnectError> {
        assigns.assign(User(params.text("user").map(str::to_owned)));
        Ok(())
    }

    fn id(&self, assigns: &Assigns) -> Option<String> {
        let User(user) = assigns.expect();
        user.as_ref().map(|user| format!("users:{user}"))
    }
}

/// An endpoint at work on a port of its own.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    pub(crate) pubsub: PubSub,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(crate) async fn start(builder: Builder) -> Self {
        let endpoint = builder.build().expect("the parts fit together");
        let pubsub = endpoint.pubsub().clone();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("there is a free port");
        let addr = listener.local_addr().expect("the listener is bound");
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(endpoint.serve(listener, async {
            // The server of a test that ends without stopping it goes on until the runtime ends.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        }));
        Self {
            addr,
            pubsub,
            stop,
            served,
        }
    }

    /// Rooms at `/socket`, nothing else.
    pub(crate) async fn with_rooms() -> (Self, Stage) {
        Self::with_mount(rooms()).await
    }

    pub(crate) async fn with_mount(mount: Mount) -> (Self, Stage) {
        let stage = Stage::new();
        let builder = builder().assign(stage.clone()).socket("/socket", mount);
        (Self::start(builder).await, stage)
    }

    pub(crate) async fn connect(&self, wire: impl Into<Wire>) -> Client {
        self.connect_with(wire, "").await
    }

    /// Connects with further parameters: `&user=ada`.
    pub(crate) async fn connect_with(&self, wire: impl Into<Wire>, params: &str) -> Client {
        let wire = wire.into();
        let (path, vsn) = (wire.path(), wire.vsn.text());
        let path = format!("/socket/{path}?vsn={vsn}{params}");
        let opened = Client::open(self.addr, &path, wire, &[]).await;
        opened.expect("the socket accepts the connection")
    }

    pub(crate) async fn send(&self, request: Request) -> HttpResponse {
        patiently("a response", request.send(self.addr)).await
    }

    pub(crate) async fn get(&self, path: &str) -> HttpResponse {
        self.send(Request::get(path)).await
    }

    /// Asks the server to stop; ready when it has.
    pub(crate) fn stop(self) -> impl Future<Output = ()> {
        let _ = self.stop.send(());
        async move {
            let served = patiently("the server to stop", self.served).await;
            let served = served.expect("serving does not panic");
            served.expect("serving does not fail");
        }
    }
}
