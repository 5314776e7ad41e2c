//! The golden application: every event, topic and page that was recorded on real Phoenix, on Bennu's public interface.
//!
//! A replay of the recordings against it shows where Bennu and Phoenix differ. `PORT` is 4200 unless set.

mod page_controller;
mod presence_channel;
mod room_channel;
mod user_socket;

use std::error::Error;
use std::time::Duration;

use bennu::Presence;
use bennu::endpoint::{CheckOrigin, Endpoint, LongPollOptions, Mount, Router};
use bennu::pubsub::PubSub;
use bennu::session::SessionOptions;
use bennu::socket::Routes;
use bennu::token::SecretKeyBase;
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;

use crate::presence_channel::PresenceChannel;
use crate::room_channel::RoomChannel;
use crate::user_socket::UserSocket;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = match std::env::var("PORT") {
        Ok(port) => port.parse()?,
        Err(_) => 4200,
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let stopped = async {
        // Without a signal handler the application only stops when it is killed.
        let _ = ctrl_c().await;
    };
    endpoint()?.serve(listener, stopped).await?;
    Ok(())
}

fn endpoint() -> Result<Endpoint, Box<dyn Error>> {
    let pubsub = PubSub::new();
    let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?)
        .assign(Presence::new(pubsub.clone()))
        .pubsub(pubsub)
        .session(SessionOptions::new("_golden_key", "goldensalt"))
        .socket("/socket", user_socket())
        .router(router())
        .build()?;
    Ok(endpoint)
}

fn user_socket() -> Mount {
    let routes = Routes::new()
        .channel::<RoomChannel>("room:*")
        .channel::<RoomChannel>("exact")
        .channel::<PresenceChannel>("presence:*");
    let longpoll = LongPollOptions {
        window: Duration::from_millis(500),
        ..LongPollOptions::default()
    };
    Mount::new(UserSocket, routes)
        .check_origin(CheckOrigin::Any)
        .longpoll(longpoll)
}

fn router() -> Router {
    Router::new()
        .get("/plain", page_controller::plain)
        .get("/session", page_controller::session)
}
