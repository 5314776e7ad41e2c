//! One publisher and many subscribers of one topic.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, interval_at, sleep};

use super::{body, joined};
use crate::connection::{Connection, HEARTBEAT_INTERVAL};
use crate::envelope::Incoming;
use crate::failure::Failure;
use crate::options::Fanout;
use crate::report::Phase;
use crate::run::Run;

const PROGRESS: &str = "waiting until everyone has got a message";
const PROGRESS_INTERVAL: Duration = Duration::from_millis(5);
/// How many messages may be on their way when a rate is asked for; past it the publisher waits, and the latencies,
/// counted from when a message was due, show it.
const OUTSTANDING_MAX: u32 = 1_000;

pub(super) async fn run(run: &Arc<Run>, options: &Fanout) -> Result<Vec<Phase>, Failure> {
    let options = Arc::new(options.clone());
    let messages = Arc::new(Messages::new(&options));
    let mut clients = JoinSet::new();
    for (number, connection) in connect(run, &options).await?.into_iter().enumerate() {
        let subscriber = Subscriber {
            run: run.clone(),
            connection,
            options: options.clone(),
            payload: body(options.body_bytes),
            messages: messages.clone(),
            received: 0,
        };
        if number == 0 {
            clients.spawn(subscriber.publish());
        } else {
            clients.spawn(subscriber.listen());
        }
    }
    let phase = run.timed("fan-out", "delivery", &options.timing).await?;
    run.count_failed(&mut clients);
    if run.recorder.errors() == 0
        && let Err(failure) = run.within(PROGRESS, messages.progress()).await
    {
        run.recorder.fail(&failure);
    }
    run.abort(clients).await;
    Ok(vec![phase])
}

async fn connect(run: &Arc<Run>, options: &Arc<Fanout>) -> Result<Vec<Connection>, Failure> {
    let options = options.clone();
    let count = 0..options.subscribers;
    run.each("connecting", count, run.at_once, move |run, _| {
        let options = options.clone();
        async move {
            if options.bare {
                Connection::open(&run.target, &options.channel.socket, "").await
            } else {
                joined(&run, &options.channel, &options.topic).await
            }
        }
    })
    .await
}

/// The messages that not every subscriber has got yet.
#[derive(Debug)]
struct Messages {
    /// One for each message that may go out now.
    permits: Semaphore,
    subscribers: u32,
    /// By the number of the message, again and again: messages arrive everywhere in the order they were sent, so one is
    /// complete before a permit for the next in its place is given.
    places: Vec<Place>,
    /// How many were sent.
    sent: AtomicU64,
    /// How many everyone has got.
    delivered: AtomicU64,
    started: Instant,
}

#[derive(Debug, Default)]
struct Place {
    /// In nanoseconds since the start.
    sent: AtomicU64,
    deliveries: AtomicU32,
}

impl Messages {
    fn new(options: &Fanout) -> Self {
        let outstanding = match options.rate_per_s {
            Some(_) => OUTSTANDING_MAX,
            None => options.outstanding,
        };
        Self {
            permits: Semaphore::new(outstanding as usize),
            subscribers: options.subscribers,
            places: (0..outstanding).map(|_| Place::default()).collect(),
            sent: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            started: Instant::now(),
        }
    }

    fn place(&self, number: usize) -> &Place {
        &self.places[number % self.places.len()]
    }

    /// Message `number` goes out, and was due at `due`.
    fn send(&self, number: usize, due: Instant) {
        let nanos = due.saturating_duration_since(self.started).as_nanos();
        let place = self.place(number);
        place.deliveries.store(0, Ordering::Relaxed);
        place
            .sent
            .store(u64::try_from(nanos).unwrap_or(u64::MAX), Ordering::Release);
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until everyone has got another message, or none is on its way.
    async fn progress(&self) -> Result<(), Failure> {
        let before = self.delivered.load(Ordering::Relaxed);
        while before < self.sent.load(Ordering::Relaxed)
            && before == self.delivered.load(Ordering::Relaxed)
        {
            sleep(PROGRESS_INTERVAL).await;
        }
        Ok(())
    }

    /// Message `number` has come to one subscriber; gives how long it took.
    fn receive(&self, number: usize) -> Duration {
        let place = self.place(number);
        let sent = Duration::from_nanos(place.sent.load(Ordering::Acquire));
        let took = self.started.elapsed().saturating_sub(sent);
        if place.deliveries.fetch_add(1, Ordering::AcqRel) + 1 == self.subscribers {
            self.delivered.fetch_add(1, Ordering::Relaxed);
            self.permits.add_permits(1);
        }
        took
    }
}

struct Subscriber {
    run: Arc<Run>,
    connection: Connection,
    options: Arc<Fanout>,
    payload: String,
    messages: Arc<Messages>,
    received: usize,
}

impl Subscriber {
    async fn listen(mut self) -> Result<(), Failure> {
        let mut heartbeats = interval(HEARTBEAT_INTERVAL);
        heartbeats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeats.tick().await;
        loop {
            tokio::select! {
                biased;
                more = self.connection.receive_more() => more?,
                _ = heartbeats.tick() => self.heartbeat(),
            }
            self.take_all()?;
        }
    }

    async fn publish(mut self) -> Result<(), Failure> {
        let mut schedule = Schedule::new(self.options.rate_per_s);
        let messages = self.messages.clone();
        let mut sent = 0;
        loop {
            tokio::select! {
                more = self.connection.receive_more() => more?,
                due = schedule.next(&messages.permits) => {
                    messages.send(sent, due);
                    sent += 1;
                    self.send();
                }
            }
            self.take_all()?;
        }
    }

    fn send(&mut self) {
        if self.options.bare {
            self.connection.queue_text(&self.payload);
        } else {
            let options = &self.options;
            self.connection
                .queue(&options.topic, &options.event, &self.payload);
        }
    }

    fn heartbeat(&mut self) {
        // A bare server would take it for a message.
        if !self.options.bare {
            self.connection.queue_heartbeat();
        }
    }

    /// Takes the messages that have come in.
    fn take_all(&mut self) -> Result<(), Failure> {
        while let Some(message) = self.connection.received()? {
            let is_message = if self.options.bare {
                message == self.payload.as_bytes()
            } else {
                let incoming = Incoming::parse(message)?;
                incoming.check_open()?;
                incoming.payload.get() == self.payload
            };
            if is_message {
                let took = self.messages.receive(self.received);
                self.received += 1;
                self.run.recorder.record(took);
            }
        }
        Ok(())
    }
}

/// When messages are due.
struct Schedule {
    /// None when the next is due as soon as it may go out.
    ticks: Option<Interval>,
    /// What is due and has no permit yet.
    due: Option<Instant>,
}

impl Schedule {
    fn new(rate_per_s: Option<u32>) -> Self {
        let ticks = rate_per_s.map(|rate| {
            let period = Duration::from_secs(1) / rate;
            let mut ticks = interval_at(Instant::now() + period, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            ticks
        });
        Self { ticks, due: None }
    }

    /// Waits until a message is due and may go out. May be cancelled without losing one.
    async fn next(&mut self, permits: &Semaphore) -> Instant {
        if let (Some(ticks), None) = (&mut self.ticks, self.due) {
            self.due = Some(ticks.tick().await);
        }
        let permit = permits.acquire().await.expect("permits are never closed");
        permit.forget();
        self.due.take().unwrap_or_else(Instant::now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(outstanding: usize, subscribers: u32) -> Messages {
        Messages {
            permits: Semaphore::new(0),
            subscribers,
            places: (0..outstanding).map(|_| Place::default()).collect(),
            sent: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            started: Instant::now(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_delivery_lets_the_next_message_go_out() {
        let messages = messages(2, 3);
        messages.send(0, Instant::now());
        messages.send(1, Instant::now());
        tokio::time::advance(Duration::from_millis(7)).await;
        for _ in 0..2 {
            assert_eq!(messages.receive(0), Duration::from_millis(7));
            assert_eq!(messages.permits.available_permits(), 0);
        }
        messages.receive(0);
        assert_eq!(messages.permits.available_permits(), 1);

        messages.send(2, Instant::now());
        messages.receive(1);
        assert_eq!(messages.receive(2), Duration::ZERO);
        assert_eq!(messages.permits.available_permits(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn progress_is_another_delivery_or_nothing_to_deliver() {
        let messages = messages(2, 1);
        messages.progress().await.unwrap();

        messages.send(0, Instant::now());
        messages.send(1, Instant::now());
        let (progress, ()) = tokio::join!(messages.progress(), async {
            messages.receive(0);
        });
        progress.unwrap();
        let stalled = tokio::time::timeout(Duration::from_secs(9), messages.progress()).await;
        assert!(stalled.is_err(), "the second message has reached nobody");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_keeps_to_its_times_when_the_server_falls_behind() {
        let permits = Semaphore::new(1);
        let start = Instant::now();
        let mut schedule = Schedule::new(Some(10));
        let first = schedule.next(&permits).await;
        assert_eq!(first - start, Duration::from_millis(100));

        let late = tokio::time::timeout(Duration::from_secs(1), schedule.next(&permits)).await;
        assert!(late.is_err(), "there was no permit");
        permits.add_permits(1);
        let second = schedule.next(&permits).await;
        assert_eq!(second - start, Duration::from_millis(200));
    }
}
