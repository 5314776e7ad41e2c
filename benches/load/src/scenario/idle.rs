//! Connections that join a topic of their own and stay.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{joined, rss_bytes_per_client};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::options::Idle;
use crate::report::Phase;
use crate::run::Run;

/// What idle clients are told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Stay,
    Heartbeat,
    Leave,
}

pub(super) async fn run(run: &Arc<Run>, options: &Idle) -> Result<Vec<Phase>, Failure> {
    // What the server makes once, for its first client, is not a connection's memory.
    let topic = topic(options, 0);
    let first = joined(run, &options.channel, &topic);
    drop(run.within("connecting", first).await?);
    sleep(Duration::from_millis(500)).await;
    let baseline = run.server_rss_bytes()?;

    let (orders, order) = watch::channel(Order::Stay);
    let turns = Arc::new(Semaphore::new(run.at_once));
    let measurement = run.begin("connect and join", "connection")?;
    let clients = connect(run, options, order, turns).await?;
    let connected = measurement.end()?;

    let mut settled = run
        .begin("settled", "nothing")?
        .end_after(options.settle_s)
        .await?;
    settled.rss_bytes_per_client = rss_bytes_per_client(&settled, baseline, options.connections);

    let measurement = run.begin("heartbeat", "heartbeat")?;
    let _ = orders.send(Order::Heartbeat);
    all_answered(run, options.connections).await?;
    let mut beaten = measurement.end_after(options.settle_s).await?;
    beaten.rss_bytes_per_client = rss_bytes_per_client(&beaten, baseline, options.connections);

    let _ = orders.send(Order::Leave);
    run.stop(clients).await;
    Ok(vec![connected, settled, beaten])
}

fn topic(options: &Idle, number: u32) -> String {
    format!("{}{number}", options.topic_prefix)
}

/// Each client stays connected in a task of its own from the moment it has joined.
async fn connect(
    run: &Arc<Run>,
    options: &Idle,
    order: watch::Receiver<Order>,
    turns: Arc<Semaphore>,
) -> Result<JoinSet<Result<(), Failure>>, Failure> {
    let (options, count) = (Arc::new(options.clone()), 1..=options.connections);
    let clients = Arc::new(Mutex::new(JoinSet::new()));
    let connected = clients.clone();
    run.each("connecting", count, run.at_once, move |run, number| {
        let (options, connected) = (options.clone(), connected.clone());
        let (order, turns) = (order.clone(), turns.clone());
        async move {
            let start = Instant::now();
            let connection = joined(&run, &options.channel, &topic(&options, number)).await?;
            run.recorder.record(start.elapsed());
            let client = stay(run, connection, order, turns);
            connected.lock().expect(NO_PANIC).spawn(client);
            Ok(())
        }
    })
    .await?;
    Ok(std::mem::take(&mut *clients.lock().expect(NO_PANIC)))
}

const NO_PANIC: &str = "starting a task does not panic";

/// Waits until every client has had its heartbeat, or failed.
async fn all_answered(run: &Run, clients: u32) -> Result<(), Failure> {
    let answered = async {
        while run.recorder.operations() + run.recorder.errors() < u64::from(clients) {
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    };
    // Each has its own time; a turn comes after those of all others.
    let turns = clients / u32::try_from(run.at_once).unwrap_or(u32::MAX) + 1;
    let limit = run.answer_timeout.saturating_mul(turns);
    tokio::time::timeout(limit, answered)
        .await
        .unwrap_or_else(|_| {
            Err(Failure::TimedOut {
                what: "waiting for the heartbeats' replies".to_owned(),
                limit,
            })
        })
}

/// Keeps a connection alive, and measures a heartbeat when told.
async fn stay(
    run: Arc<Run>,
    mut connection: Connection,
    mut orders: watch::Receiver<Order>,
    turns: Arc<Semaphore>,
) -> Result<(), Failure> {
    loop {
        tokio::select! {
            failure = connection.keep_alive() => return Err(failure),
            changed = orders.changed() => {
                let order = *orders.borrow_and_update();
                if changed.is_err() || order == Order::Leave {
                    return Ok(());
                }
                let _turn = turns.acquire().await;
                let start = Instant::now();
                let reference = connection.queue_heartbeat();
                run.within("heartbeat", connection.answer(reference)).await?;
                run.recorder.record(start.elapsed());
            }
        }
    }
}
