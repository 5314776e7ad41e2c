//! Push and reply in a closed loop.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use super::{body, joined};
use crate::connection::Connection;
use crate::envelope::Incoming;
use crate::failure::Failure;
use crate::options::Echo;
use crate::report::Phase;
use crate::run::Run;

pub(super) async fn run(run: &Arc<Run>, options: &Echo) -> Result<Vec<Phase>, Failure> {
    let options = Arc::new(options.clone());
    let mut clients = JoinSet::new();
    for client in connect(run, &options).await? {
        clients.spawn(client.work(run.clone()));
    }
    let phase = run.timed("echo", "reply", &options.timing).await?;
    run.stop(clients).await;
    Ok(vec![phase])
}

async fn connect(run: &Arc<Run>, options: &Arc<Echo>) -> Result<Vec<Client>, Failure> {
    let options = options.clone();
    let count = 1..=options.connections;
    run.each("connecting", count, run.at_once, move |run, number| {
        let options = options.clone();
        async move { Client::open(&run, options, number).await }
    })
    .await
}

struct Client {
    connection: Connection,
    options: Arc<Echo>,
    topic: String,
    payload: String,
    /// The requests that wait for their reply, oldest first; bare ones have reference 0.
    waiting: VecDeque<(u64, Instant)>,
}

impl Client {
    async fn open(run: &Run, options: Arc<Echo>, number: u32) -> Result<Self, Failure> {
        let topic = format!("{}{number}", options.topic_prefix);
        let connection = if options.bare {
            Connection::open(&run.target, &options.channel.socket, "").await?
        } else {
            joined(run, &options.channel, &topic).await?
        };
        Ok(Self {
            connection,
            topic,
            payload: body(options.body_bytes),
            waiting: VecDeque::with_capacity(options.in_flight as usize),
            options,
        })
    }

    async fn work(mut self, run: Arc<Run>) -> Result<(), Failure> {
        for _ in 0..self.options.in_flight {
            self.request();
        }
        while !self.waiting.is_empty() {
            self.connection.receive_more().await?;
            while self.take_reply(&run)? {
                if !run.stopped() {
                    self.request();
                }
            }
        }
        Ok(())
    }

    fn request(&mut self) {
        let reference = if self.options.bare {
            self.connection.queue_text(&self.payload);
            0
        } else {
            self.connection
                .queue(&self.topic, &self.options.event, &self.payload)
        };
        self.waiting.push_back((reference, Instant::now()));
    }

    /// Takes one of the replies that have come in; false if there is none.
    fn take_reply(&mut self, run: &Run) -> Result<bool, Failure> {
        let Some(message) = self.connection.received()? else {
            return Ok(false);
        };
        let Some((reference, start)) = self.waiting.pop_front() else {
            return Err(Failure::Malformed("a reply without its request".into()));
        };
        let echoed = if self.options.bare {
            message == self.payload.as_bytes()
        } else {
            let incoming = Incoming::parse(message)?;
            incoming.check_open()?;
            incoming.answers(reference) && incoming.ok()?.get() == self.payload
        };
        if !echoed {
            return Err(Failure::Malformed("a reply that is no echo".into()));
        }
        run.recorder.record(start.elapsed());
        Ok(true)
    }
}
