//! The golden application: every event, topic and page that was recorded on real Phoenix, on Bennu's public interface.
//!
//! A replay of the recordings against it shows where Bennu and Phoenix differ. The binary serves it at `PORT`, 4200
//! unless set; the tests of the third-party clients serve it in their own process.

mod live;
mod page_controller;
mod presence_channel;
mod room_channel;
mod user_socket;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use bennu::Presence;
use bennu::endpoint::{CheckOrigin, Endpoint, LongPollOptions, Mount, Router};
use bennu::live::{LiveSocket, LiveViews};
use bennu::pubsub::PubSub;
use bennu::session::SessionOptions;
use bennu::socket::Routes;
use bennu::token::SecretKeyBase;

use crate::presence_channel::PresenceChannel;
use crate::room_channel::RoomChannel;
use crate::user_socket::UserSocket;

/// The endpoint of the application: `/socket` over WebSocket and long polling, and the pages.
///
/// # Errors
/// When a part of the configuration is refused; as it is fixed, that is a defect of the application.
pub fn endpoint() -> Result<Endpoint, Box<dyn Error>> {
    let pubsub = PubSub::new();
    let views = live::views();
    let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?)
        .assign(Presence::new(pubsub.clone()))
        .pubsub(pubsub)
        .session(SessionOptions::new("_golden_key", "goldensalt"))
        .socket("/socket", user_socket())
        .socket("/live", live_socket(&views))
        .assets("/assets/phoenix", npm_package("phoenix"))
        .assets(
            "/assets/phoenix_live_view",
            npm_package("phoenix_live_view"),
        )
        .router(router().live(&views))
        .build()?;
    Ok(endpoint)
}

fn user_socket() -> Mount {
    let routes = Routes::new()
        .channel::<RoomChannel>("room:*")
        .channel::<RoomChannel>("exact")
        .channel::<PresenceChannel>("presence:*");
    Mount::new(UserSocket, routes)
        .check_origin(CheckOrigin::Any)
        .longpoll(LongPollOptions {
            window: Duration::from_millis(500),
            ..LongPollOptions::default()
        })
}

fn live_socket(views: &LiveViews) -> Mount {
    Mount::new(LiveSocket, Routes::new().live(views))
        .check_origin(CheckOrigin::Conn)
        .longpoll(LongPollOptions::default())
}

/// The built scripts of an npm package, as it was installed for the tests.
fn npm_package(name: &str) -> PathBuf {
    let packages = concat!(env!("CARGO_MANIFEST_DIR"), "/../../js-client/node_modules");
    [packages, name, "priv", "static"].iter().collect()
}

fn router() -> Router {
    Router::new()
        .get("/plain", page_controller::plain)
        .get("/session", page_controller::session)
}
