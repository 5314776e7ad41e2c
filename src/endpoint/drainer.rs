//! Telling the clients to come back elsewhere, a batch at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tracing::Level;

use super::{Endpoint, Inner};
use crate::channel::{CloseCode, Link};
use crate::telemetry::{self, SocketDrain};

/// How a socket's connections are closed before the server stops, `drainer: [...]` in Phoenix (K-3).
///
/// Clients reconnect at once, so that closing them all together would be a stampede on whoever takes over. Every
/// connection is closed with 1012, also those without a channel.
///
/// ```
/// use std::time::Duration;
/// use bennu::endpoint::Drainer;
///
/// let drainer = Drainer { batch_size: 500, batch_interval: Duration::from_secs(1), ..Drainer::default() };
/// assert_eq!(drainer.shutdown, Duration::from_secs(30));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drainer {
    /// Connections that are closed together; default 10,000, at least 1.
    pub batch_size: usize,
    /// The time between two batches; default 2 s.
    pub batch_interval: Duration,
    /// The time for all batches; after it the rest is closed at once. Default 30 s.
    pub shutdown: Duration,
    /// The level of the log line for each batch; none for silence. Default: info.
    pub log: Option<Level>,
}

impl Default for Drainer {
    fn default() -> Self {
        Self {
            batch_size: 10_000,
            batch_interval: Duration::from_secs(2),
            shutdown: Duration::from_secs(30),
            log: Some(Level::INFO),
        }
    }
}

impl Endpoint {
    /// Closes all connections: those of each socket as its drainer says, then whatever is left.
    pub(super) async fn drain_sockets(&self) {
        let mut drains = JoinSet::new();
        for (place, mount) in self.inner.mounts.iter().enumerate() {
            if let Some(drainer) = mount.drainer() {
                let inner = self.inner.clone();
                drains.spawn(async move {
                    let run = run(&inner, place, drainer);
                    // What is left when the time is over is closed with everything else.
                    let _ = tokio::time::timeout(drainer.shutdown, run).await;
                });
            }
        }
        drains.join_all().await;
        for place in 0..self.inner.mounts.len() {
            close_all(&links(&self.inner, place));
        }
    }
}

/// The batches of one socket (K-4, K-6).
async fn run(inner: &Inner, place: usize, drainer: Drainer) {
    let links = links(inner, place);
    let (total, size) = (links.len(), drainer.batch_size.max(1));
    for (index, batch) in links.chunks(size).enumerate() {
        if index > 0 {
            tokio::time::sleep(drainer.batch_interval).await;
        }
        let drain = SocketDrain {
            path: inner.mounts[place].path(),
            count: batch.len(),
            total,
            index: index + 1,
            rounds: total / size + 1,
            interval: drainer.batch_interval,
        };
        telemetry::socket_drain(drainer.log, &drain);
        close_all(batch);
    }
}

fn links(inner: &Inner, place: usize) -> Vec<Arc<Link>> {
    let mut links = Vec::new();
    inner
        .connections
        .for_each(&place, |link| links.push(link.clone()));
    links
}

fn close_all(links: &[Arc<Link>]) {
    for link in links {
        link.outbox.close(CloseCode::Restart);
    }
}
