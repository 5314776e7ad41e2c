//! Serving: the accept loop, and the drain when it ends.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{Request, StatusCode, Version, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::Service;

use super::conn::error_response;
use super::{Endpoint, PeerAddr};
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

/// The place that a TCP connection takes among `connections_max`, for as long as anybody holds it: also after the
/// connection was upgraded and is no longer the HTTP server's.
#[derive(Clone)]
pub(super) struct Slot(
    #[expect(dead_code, reason = "held for its drop")] Arc<OwnedSemaphorePermit>,
);

/// How long to wait when the process has no file descriptor left for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often a drain looks whether all connections have ended.
const DRAIN_PAUSE: Duration = Duration::from_millis(10);

impl Endpoint {
    /// Serves HTTP and WebSocket connections until `shutdown` is ready. Then nothing more is accepted, requests are
    /// finished, and sockets are closed with 1012, so that their clients come back to the next server. Whoever waits no
    /// longer for that drops the future; with [`stop_signal`](super::stop_signal), a second signal ends the process.
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
            let says_host = says_host(&request);
            request.extensions_mut().insert(PeerAddr(peer));
            request.extensions_mut().insert(slot.clone());
            let mut endpoint = self.clone();
            async move {
                if says_host {
                    endpoint.call(request).await
                } else {
                    Ok(error_response(StatusCode::BAD_REQUEST))
                }
            }
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

    /// Closes the sockets as their drainers say, until all connections have ended or the time is over.
    async fn drain(&self, slots: &Semaphore) {
        self.inner.draining.store(true, Ordering::Release);
        let time_is_over = async {
            self.drain_sockets().await;
            tokio::time::sleep(self.inner.drain).await;
        };
        tokio::select! {
            () = self.all_ended(slots) => {}
            () = time_is_over => {}
        }
        self.inner.draining.store(false, Ordering::Release);
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

/// Whether a request says which host it is for, once: every request of HTTP/1.1 has to (RFC 9112, section 3.2).
fn says_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(_), None) => true,
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
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
