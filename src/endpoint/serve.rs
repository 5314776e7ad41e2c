//! Serving: the accept loop, and the drain when it ends.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::Service;

use super::{Endpoint, PeerAddr};
use crate::channel::{CloseCode, Link};
use crate::telemetry;

/// The limits of the HTTP server behind [`Endpoint::serve`].
#[derive(Clone, Copy, Debug)]
pub struct ServeLimits {
    /// TCP connections at a time, sockets included; default 1,000,000. Further ones wait to be accepted.
    pub connections_max: u32,
    /// How long a client may take to send the head of a request; default 15 s.
    pub header_timeout: Duration,
    /// The size of a request's head in bytes; default 64 KiB.
    pub header_bytes_max: usize,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            connections_max: 1_000_000,
            header_timeout: Duration::from_secs(15),
            header_bytes_max: 64 * 1024,
        }
    }
}

/// How connections end when [`Endpoint::serve`] stops, the `drainer` of a Phoenix socket (K-3).
///
/// Clients come back within milliseconds; in batches they do not all come back to the next server at once.
#[derive(Clone, Copy, Debug)]
pub struct DrainOptions {
    /// Connections that are closed at a time, `batch_size`; default 10,000.
    pub batch_max: usize,
    /// The time between two batches, `batch_interval`; default 2 s.
    pub batch_interval: Duration,
    /// How long to wait for connections and requests to end, `shutdown`; default 30 s. What is still open then is
    /// closed without regard to batches.
    pub timeout: Duration,
}

impl Default for DrainOptions {
    fn default() -> Self {
        Self {
            batch_max: 10_000,
            batch_interval: Duration::from_secs(2),
            timeout: Duration::from_secs(30),
        }
    }
}

/// The place that a TCP connection takes among `connections_max`, for as long as anybody holds it: also after the
/// connection was upgraded and is no longer the HTTP server's.
#[derive(Clone)]
pub(super) struct Slot(
    #[expect(dead_code, reason = "held for its drop")] Arc<OwnedSemaphorePermit>,
);

/// How long to wait when the process has no file descriptor left for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long connections that were closed in the last moment have to send their close frames.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How often a drain looks whether all connections have ended.
const DRAIN_PAUSE: Duration = Duration::from_millis(10);

impl Endpoint {
    /// Serves HTTP and WebSocket connections until `shutdown` is ready. Then nothing more is accepted, requests are
    /// finished, and sockets are closed with 1012, so that their clients come back to the next server.
    ///
    /// # Errors
    /// When the listener has no address of its own.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> io::Result<()> {
        telemetry::serving(listener.local_addr()?);
        let slots = Arc::new(Semaphore::new(self.connections_max() as usize));
        let (serving, stopped) = watch::channel(());
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = accept(&listener, &slots) => accepted,
                () = &mut shutdown => break,
            };
            match accepted {
                Ok((stream, peer, slot)) => {
                    let endpoint = self.clone();
                    tokio::spawn(endpoint.serve_connection(stream, peer, slot, stopped.clone()));
                }
                Err(cause) => {
                    telemetry::accept_failed(&cause);
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        drop(serving);
        self.drain(&slots).await;
        Ok(())
    }

    fn connections_max(&self) -> u32 {
        let permits_max = u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX);
        self.inner.serve_limits.connections_max.min(permits_max)
    }

    async fn serve_connection(
        self,
        stream: TcpStream,
        peer: SocketAddr,
        slot: Slot,
        mut stopped: watch::Receiver<()>,
    ) {
        let limits = self.inner.serve_limits;
        // Frames are small and are written whole: waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(PeerAddr(peer));
            request.extensions_mut().insert(slot.clone());
            self.clone().call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .max_buf_size(limits.header_bytes_max)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        // What goes wrong here is the peer's doing: a reset, a garbled head, a timeout.
        tokio::select! {
            _ = &mut connection => return,
            _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }

    /// Closes the sockets, batch by batch, until all connections have ended or the time is over.
    async fn drain(&self, slots: &Semaphore) {
        let timeout = self.inner.drain.timeout;
        self.inner.draining.store(true, Ordering::Release);
        let all_ended = tokio::select! {
            () = self.all_ended(slots) => true,
            never = self.close_in_batches() => match never {},
            () = tokio::time::sleep(timeout) => false,
        };
        if !all_ended {
            close(&self.links());
            let _ = tokio::time::timeout(LAST_WORDS, self.all_ended(slots)).await;
        }
        self.inner.draining.store(false, Ordering::Release);
    }

    /// Never ready: after the last batch there is only to wait.
    async fn close_in_batches(&self) -> Infallible {
        let DrainOptions {
            batch_max,
            batch_interval,
            ..
        } = self.inner.drain;
        let links = self.links();
        let batches = links.chunks(batch_max.max(1));
        let rounds = batches.len();
        for (index, batch) in batches.enumerate() {
            telemetry::socket_drain(batch.len(), links.len(), index, rounds);
            close(batch);
            tokio::time::sleep(batch_interval).await;
        }
        drop(links);
        std::future::pending().await
    }

    fn links(&self) -> Vec<Arc<Link>> {
        let mut links = Vec::new();
        for place in 0..self.inner.mounts.len() {
            let connections = &self.inner.connections;
            connections.for_each(&place, |link| links.push(link.clone()));
        }
        links
    }

    /// Ready when there is neither a TCP connection nor a long-poll session left.
    async fn all_ended(&self, slots: &Semaphore) {
        while !self.inner.connections.is_empty() {
            tokio::time::sleep(DRAIN_PAUSE).await;
        }
        let all = slots.acquire_many(self.connections_max()).await;
        drop(all.expect("the semaphore is never closed"));
    }
}

fn close(links: &[Arc<Link>]) {
    for link in links {
        link.outbox.close(CloseCode::Restart);
    }
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, Slot)> {
    let slot = slots.clone().acquire_owned().await;
    let slot = Slot(Arc::new(slot.map_err(io::Error::other)?));
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, slot))
}
