//! The bench application: a room that echoes and broadcasts, presences, and three live pages.
//!
//! An application of the same behaviour is a hundred lines on any server of the protocol, so that one load generator can
//! compare them. `make bench-server` serves it at `PORT`, 4100 unless set, without any log.
//!
//! | path | what answers |
//! |---|---|
//! | `/socket`, `room:*` | `echo` replies with its payload, `broadcast` sends it to the topic as `msg` |
//! | `/socket`, `presence:*` | tracks the joining client under the `uid` of its payload |
//! | `/compressed` | as `/socket`, over WebSockets that compress |
//! | `/counter` | a live view with one number |
//! | `/list` | a live table of 1,000 rows held in the view; a `tick` changes one |
//! | `/stream` | the same table as a stream; a `tick` inserts one row again |
//! | `/plain` | "ok", without session |

mod counter_live;
mod layout;
mod list_live;
mod presence_channel;
mod room_channel;
mod row;
mod stream_live;

use std::error::Error;

use bennu::Presence;
use bennu::endpoint::{Endpoint, LongPollOptions, Mount, Pipeline, Router, WebSocketOptions};
use bennu::live::LiveViews;
use bennu::pubsub::PubSub;
use bennu::session::SessionOptions;
use bennu::socket::{Anyone, Routes};
use bennu::token::SecretKeyBase;
use http::{HeaderName, StatusCode};

use counter_live::CounterLive;
use list_live::ListLive;
use presence_channel::PresenceChannel;
use room_channel::RoomChannel;
use stream_live::StreamLive;

/// The endpoint of the application.
///
/// # Errors
/// When a part of the configuration is refused; as it is fixed, that is a defect of the application.
pub fn endpoint() -> Result<Endpoint, Box<dyn Error>> {
    let pubsub = PubSub::new();
    let views = LiveViews::new("bench live view salt", layout::Layout)
        .view::<CounterLive>("/counter")
        .view::<ListLive>("/list")
        .view::<StreamLive>("/stream");
    let endpoint = Endpoint::builder(SecretKeyBase::new("b".repeat(64))?)
        .assign(Presence::new(pubsub.clone()))
        .pubsub(pubsub)
        .session(SessionOptions::new("_bench_key", "benchsalt"))
        .socket("/socket", silent(user_socket()))
        .socket(
            "/compressed",
            silent(user_socket()).websocket(WebSocketOptions {
                compress: true,
                ..WebSocketOptions::default()
            }),
        )
        .socket("/live", silent(Routes::new().live(&views)))
        .request_id(HeaderName::from_static("x-request-id"))
        .router(router(&views))
        .build()?;
    Ok(endpoint)
}

fn user_socket() -> Routes {
    Routes::new()
        .channel::<RoomChannel>("room:*")
        .channel::<PresenceChannel>("presence:*")
}

/// A socket for everyone, over both transports, whose connections are not logged.
fn silent(routes: Routes) -> Mount {
    Mount::new(Anyone, routes)
        .longpoll(LongPollOptions::default())
        .log(None)
}

fn router(views: &LiveViews) -> Router {
    Router::new()
        .live(views)
        .pipe_through(Pipeline::Plain)
        .get("/plain", async |conn| conn.text(StatusCode::OK, "ok"))
}
