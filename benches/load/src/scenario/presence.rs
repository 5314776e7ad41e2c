//! Many clients join one presence topic until everyone has seen everyone.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bennu_protocol::event;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::envelope::{Incoming, JOIN_REF};
use crate::failure::Failure;
use crate::options::{Channel, Presence};
use crate::report::Phase;
use crate::run::Run;

/// The clients of a round, each reading in a task of its own from its join on.
type Clients = JoinSet<Result<Client, Failure>>;

pub(super) async fn run(run: &Arc<Run>, options: &Presence) -> Result<Vec<Phase>, Failure> {
    let options = Arc::new(options.clone());
    round(run, &options, 0).await?;
    let measurement = run.begin("presence", "join")?;
    for number in 1..=options.rounds {
        round(run, &options, number).await?;
    }
    Ok(vec![measurement.end()?])
}

/// An observer joins, then all clients do; the round ends when each has seen them all.
async fn round(run: &Arc<Run>, options: &Arc<Presence>, number: u32) -> Result<(), Failure> {
    let topic = Arc::new(format!("{}{number}", options.topic_prefix));
    let everyone = options.clients as usize + 1;
    let clients = Arc::new(Mutex::new(Clients::new()));
    let observer = Client::join(run, options, &topic, "observer");
    spawn(&clients, run.within("joining", observer).await?, everyone);

    let (options, count, joining) = (options.clone(), 0..options.clients, clients.clone());
    run.each("joining", count, run.at_once, move |run, number| {
        let (options, topic, clients) = (options.clone(), topic.clone(), joining.clone());
        async move {
            let start = Instant::now();
            let client = Client::join(&run, &options, &topic, &format!("u{number}")).await?;
            run.recorder.record(start.elapsed());
            spawn(&clients, client, everyone);
            Ok(())
        }
    })
    .await?;
    let clients = std::mem::take(&mut *clients.lock().expect(NO_PANIC));
    run.within(
        "waiting until everyone has seen everyone",
        all_have_seen(clients),
    )
    .await
}

const NO_PANIC: &str = "starting a task does not panic";

fn spawn(clients: &Mutex<Clients>, client: Client, everyone: usize) {
    clients.lock().expect(NO_PANIC).spawn(client.see(everyone));
}

/// Waits for everyone; they leave together, so that nobody sees anybody leave before.
async fn all_have_seen(mut clients: Clients) -> Result<(), Failure> {
    let mut done = Vec::with_capacity(clients.len());
    while let Some(seen) = clients.join_next().await {
        done.push(seen.map_err(|panic| Failure::Crashed(panic.to_string()))??);
    }
    Ok(())
}

struct Client {
    connection: Connection,
    seen: HashSet<String>,
}

#[derive(Deserialize)]
struct Diff {
    joins: BTreeMap<String, IgnoredAny>,
}

impl Client {
    async fn join(run: &Run, options: &Presence, topic: &str, uid: &str) -> Result<Self, Failure> {
        let channel = Channel {
            socket: options.socket.clone(),
            join_params: json!({ &*options.key: uid }).to_string(),
        };
        let connection = Connection::open(&run.target, &channel.websocket_path(), "").await?;
        let mut client = Self {
            connection,
            seen: HashSet::new(),
        };
        client.connection.queue_join(topic, &channel.join_params);
        while !client.take().await? {}
        Ok(client)
    }

    /// Reads until so many have been seen.
    async fn see(mut self, everyone: usize) -> Result<Self, Failure> {
        while self.seen.len() < everyone {
            self.take().await?;
        }
        Ok(self)
    }

    /// Takes a message; gives whether it was the reply to the join.
    async fn take(&mut self) -> Result<bool, Failure> {
        let incoming = Incoming::parse(self.connection.receive().await?)?;
        incoming.check_open()?;
        match &*incoming.event {
            event::PRESENCE_STATE => {
                let state: BTreeMap<String, IgnoredAny> = parse(&incoming)?;
                self.seen.extend(state.into_keys());
            }
            event::PRESENCE_DIFF => {
                let diff: Diff = parse(&incoming)?;
                self.seen.extend(diff.joins.into_keys());
            }
            _ if incoming.answers(JOIN_REF) => return incoming.ok().map(|_| true),
            _ => {}
        }
        Ok(false)
    }
}

fn parse<'a, T: Deserialize<'a>>(incoming: &Incoming<'a>) -> Result<T, Failure> {
    serde_json::from_str(incoming.payload.get())
        .map_err(|cause| Failure::Malformed(format!("presences that are none: {cause}")))
}
