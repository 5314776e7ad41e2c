//! Serving: the accept loop, and the drain when it ends.

use std::future::Future;
use std::io;
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
use tokio::sync::Semaphore;
use tower::Service;

use super::{Endpoint, PeerAddr};
use crate::telemetry;

/// The limits of the HTTP server behind [`Endpoint::serve`].
#[derive(Clone, Copy, Debug)]
pub struct ServeLimits {
    /// TCP connections at a time, sockets included; default 1,000,000. Further ones wait to be accepted.
    pub connections_max: usize,
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

/// How long to wait when the process has no file descriptor left for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

impl Endpoint {
    /// Serves HTTP and WebSocket connections until `shutdown` is ready, then closes the sockets with 1012, so that
    /// their clients come back to the next server, and waits for them to end.
    ///
    /// # Errors
    /// When the listener has no address of its own.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> io::Result<()> {
        telemetry::serving(listener.local_addr()?);
        let limits = self.inner.serve_limits;
        let slots = Arc::new(Semaphore::new(
            limits.connections_max.min(Semaphore::MAX_PERMITS),
        ));
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = accept(&listener, &slots) => accepted,
                () = &mut shutdown => break,
            };
            let (stream, peer, slot) = match accepted {
                Ok(accepted) => accepted,
                Err(cause) => {
                    telemetry::accept_failed(&cause);
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let endpoint = self.clone();
            tokio::spawn(async move {
                endpoint.serve_connection(stream, PeerAddr(peer)).await;
                drop(slot);
            });
        }
        drop(listener);
        self.drain().await;
        Ok(())
    }

    async fn serve_connection(self, stream: TcpStream, peer: PeerAddr) {
        let limits = self.inner.serve_limits;
        // Frames are small and are written whole: waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            self.clone().call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .max_buf_size(limits.header_bytes_max)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        // What goes wrong here is the peer's doing: a reset, a garbled head, a timeout.
        let _ = connection.await;
    }

    /// Closes every socket with 1012, in batches, and waits for the connections to end as long as the drain time allows.
    async fn drain(&self) {
        self.inner.draining.store(true, Ordering::Release);
        self.drain_sockets().await;
        let ended = async {
            while !self.inner.connections.is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let _ = tokio::time::timeout(self.inner.drain, ended).await;
        self.inner.draining.store(false, Ordering::Release);
    }
}

type Accepted = (
    TcpStream,
    std::net::SocketAddr,
    tokio::sync::OwnedSemaphorePermit,
);

async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> io::Result<Accepted> {
    let slot = slots
        .clone()
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, slot))
}
