//! A server for the clients that bring topics and events of their own: Supabase's Realtime clients and y-phoenix-channel.
//!
//! It listens at `PORT`, 4300 unless set; everything else the golden application serves.

mod realtime_channel;
mod yjs_channel;

use std::error::Error;

use bennu::endpoint::{CheckOrigin, Endpoint, Mount, WebSocketOptions, stop_signal};
use bennu::protocol::form::Params;
use bennu::pubsub::PubSub;
use bennu::socket::{ConnectError, ConnectInfo, Handler, Routes};
use bennu::token::SecretKeyBase;
use bennu::{Assigns, Presence};
use tokio::net::TcpListener;

use crate::realtime_channel::RealtimeChannel;
use crate::yjs_channel::YjsChannel;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = match std::env::var("PORT") {
        Ok(port) => port.parse()?,
        Err(_) => 4300,
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    endpoint()?.serve(listener, stop_signal()).await?;
    Ok(())
}

fn endpoint() -> Result<Endpoint, Box<dyn Error>> {
    let pubsub = PubSub::new();
    let routes = Routes::new()
        .channel::<RealtimeChannel>("realtime:*")
        .channel::<YjsChannel>("yjs:*");
    // Most of these clients offer to compress; the golden application declines it.
    let websocket = WebSocketOptions {
        compress: true,
        ..WebSocketOptions::default()
    };
    let endpoint = Endpoint::builder(SecretKeyBase::new("k".repeat(64))?)
        .assign(Presence::new(pubsub.clone()))
        .pubsub(pubsub)
        .socket(
            "/socket",
            Mount::new(OpenSocket, routes)
                .check_origin(CheckOrigin::Any)
                .websocket(websocket),
        )
        .build()?;
    Ok(endpoint)
}

/// Everyone may connect, nobody is known.
struct OpenSocket;

impl Handler for OpenSocket {
    async fn connect(
        &self,
        _: &Params,
        _: &ConnectInfo,
        _: &mut Assigns,
    ) -> Result<(), ConnectError> {
        Ok(())
    }
}
