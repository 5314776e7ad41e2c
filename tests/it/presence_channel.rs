//! Presences of channels, as their clients see them (channels-wire 11.1).

use bennu::Presence;
use bennu::channel::{self, Channel, Flow, JoinError, JoinSocket, Socket};
use bennu::endpoint::{CheckOrigin, Mount};
use bennu::presence::{PresenceDiff, PresenceState};
use bennu::protocol::{Payload, event};
use bennu::pubsub::PubSub;
use bennu::socket::Routes;
use serde_json::{Value, json};

use crate::support::{Client, Server, User, UserSocket, Vsn, builder};

const ROOM: &str = "presence:1";

/// Tracks its client under its user's name.
struct Lobby {
    presence: Presence,
    key: String,
}

impl Channel for Lobby {
    type Info = ();

    async fn join(_: Payload, socket: &mut JoinSocket<Self>) -> Result<(Self, Payload), JoinError> {
        let presence = socket.assigns::<Presence>().clone();
        let User(user) = socket.assigns();
        let key = user.clone().unwrap_or_default();
        Ok((Self { presence, key }, Payload::empty()))
    }

    async fn after_join(&mut self, socket: &mut Socket<Self>) -> channel::Result<()> {
        self.presence.track(socket, &*self.key, json!({"n": 0}))?;
        let state = self.presence.list(socket.topic()).await;
        Ok(socket.push(event::PRESENCE_STATE, &state)?)
    }

    async fn handle_in(
        &mut self,
        event: &str,
        _: Payload,
        socket: &mut Socket<Self>,
    ) -> channel::Result {
        match event {
            "count" => {
                let meta = self.presence.meta(socket, &*self.key);
                let mut meta: Value = meta.ok_or_else(absent)?.deserialize()?;
                meta["n"] = json!(meta["n"].as_i64().unwrap_or_default() + 1);
                self.presence.update(socket, &*self.key, meta)?;
            }
            "untrack" => self.presence.untrack(socket, &*self.key),
            "track" => {
                self.presence.track(socket, &*self.key, json!({}))?;
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }
}

fn absent() -> channel::Crash {
    channel::Crash::new("the client is not tracked")
}

async fn lobby() -> Server {
    let pubsub = PubSub::new();
    let routes = Routes::new().channel::<Lobby>("presence:*");
    let mount = Mount::new(UserSocket, routes).check_origin(CheckOrigin::Any);
    let builder = builder()
        .assign(Presence::new(pubsub.clone()))
        .pubsub(pubsub)
        .socket("/socket", mount);
    Server::start(builder).await
}

async fn enter(server: &Server, vsn: Vsn, user: &str) -> (Client, PresenceState) {
    let mut client = server.connect_with(vsn, &format!("&user={user}")).await;
    client.join("1", ROOM).await;
    let own = diff(&mut client).await;
    assert!(own.joins.keys().eq([user]) && own.leaves.is_empty());
    let state = client.next().await;
    assert_eq!(state[3], "presence_state");
    let state = serde_json::from_value(state[4].clone());
    (client, state.expect("a state"))
}

/// The diff that comes next; it is a broadcast (PR-5).
async fn diff(client: &mut Client) -> PresenceDiff {
    let frame = client.next().await;
    assert_eq!(frame[0], json!(null));
    assert_eq!(
        (&frame[2], &frame[3]),
        (&json!(ROOM), &json!("presence_diff"))
    );
    serde_json::from_value(frame[4].clone()).expect("a diff")
}

// PR-1, PR-5
#[tokio::test]
async fn everyone_learns_of_everyone() {
    let server = lobby().await;
    let (mut ada, alone) = enter(&server, Vsn::V2, "ada").await;
    assert!(alone.keys().eq(["ada"]));
    let (mut bob, both) = enter(&server, Vsn::V1, "bob").await;
    assert!(both.keys().eq(["ada", "bob"]));
    let came = diff(&mut ada).await;
    assert_eq!(came.joins["bob"], both["bob"]);
    bob.send(json!(["1", "2", ROOM, "phx_leave", {}])).await;
    let went = diff(&mut ada).await;
    assert_eq!(went.leaves["bob"], both["bob"]);
    // Who leaves does not hear of it.
    bob.expect_ok("1", "2", ROOM, json!({})).await;
    bob.expect(json!(["1", "1", ROOM, "phx_close", {}])).await;
    bob.send(json!(["1", "3", ROOM, "phx_leave", {}])).await;
    bob.expect_ok("1", "3", ROOM, json!({})).await;
}

// PR-3
#[tokio::test]
async fn a_meta_is_updated_from_the_former_one() {
    let server = lobby().await;
    let (mut ada, state) = enter(&server, Vsn::V2, "ada").await;
    let mut former = state["ada"].metas[0].clone();
    for n in 1..=3 {
        ada.send(json!(["1", "2", ROOM, "count", {}])).await;
        let update = diff(&mut ada).await;
        assert_eq!(update.leaves["ada"].metas, [former.clone()]);
        let [meta] = &update.joins["ada"].metas[..] else {
            panic!("one meta joins: {update:?}");
        };
        let fields: Value = meta.deserialize().expect("an object");
        assert_eq!(fields["phx_ref_prev"], former.phx_ref());
        assert_eq!(fields["n"], n);
        former = meta.clone();
    }
}

// PR-10
#[tokio::test]
async fn a_channel_may_untrack_and_track_again() {
    let server = lobby().await;
    let (mut ada, state) = enter(&server, Vsn::V2, "ada").await;
    ada.send(json!(["1", "2", ROOM, "untrack", {}])).await;
    assert_eq!(diff(&mut ada).await.leaves, state);
    ada.send(json!(["1", "3", ROOM, "track", {}])).await;
    assert!(diff(&mut ada).await.joins.keys().eq(["ada"]));
    // Tracking twice is the channel's error, which ends its presence: the client hears of the crash alone.
    ada.send(json!(["1", "4", ROOM, "track", {}])).await;
    ada.expect(json!(["1", "1", ROOM, "phx_error", {"reason": "channel_crash"}]))
        .await;
    let (_again, state) = enter(&server, Vsn::V2, "ada").await;
    assert_eq!(state["ada"].metas.len(), 1);
}

// PR-10
#[tokio::test]
async fn whoever_goes_in_whatever_way_is_gone() {
    let server = lobby().await;
    let (mut ada, _) = enter(&server, Vsn::V2, "ada").await;
    for way in ["crash", "close", "cut", "disconnect", "again"] {
        let (mut bob, _) = enter(&server, Vsn::V2, "bob").await;
        let came = diff(&mut ada).await;
        match way {
            "crash" => bob.send(json!(["1", "2", ROOM, "nonsense", {}])).await,
            "close" => bob.close(Some(1000)).await,
            "cut" => drop(bob),
            "disconnect" => {
                let told = server
                    .pubsub
                    .broadcast("users:bob", "disconnect", Payload::empty());
                told.expect("nothing can fail locally");
                drop(bob);
            }
            _ => {
                // The channel that joins again is another presence of the same user.
                bob.send(json!(["2", "2", ROOM, "phx_join", {}])).await;
                let went = diff(&mut ada).await;
                assert_eq!(went.leaves, came.joins);
                assert_ne!(diff(&mut ada).await.joins, came.joins);
                continue;
            }
        }
        let went = diff(&mut ada).await;
        assert_eq!((went.leaves, went.joins.len()), (came.joins, 0), "{way}");
    }
}
