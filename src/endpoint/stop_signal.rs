//! Being asked to stop.

use std::future::pending;
use std::io;

use tokio::signal::ctrl_c;

/// Ready when the process is asked to stop: by Ctrl+C, or by SIGTERM, which is what `kill`, systemd and containers send.
///
/// It is for [`Endpoint::serve`](super::Endpoint::serve), so that no client is cut off and no uploaded file stays behind.
/// Where the system lets no signals be heard, it is never ready.
///
/// ```no_run
/// use bennu::endpoint::{Endpoint, stop_signal};
/// use tokio::net::TcpListener;
///
/// # async fn run(endpoint: Endpoint) -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:4000").await?;
/// endpoint.serve(listener, stop_signal()).await
/// # }
/// ```
pub async fn stop_signal() {
    tokio::select! {
        () = heard(ctrl_c()) => {}
        () = heard(terminate()) => {}
    }
}

async fn heard(signal: impl Future<Output = io::Result<()>>) {
    if signal.await.is_err() {
        pending::<()>().await;
    }
}

#[cfg(unix)]
async fn terminate() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::terminate())?.recv().await;
    Ok(())
}

#[cfg(not(unix))]
async fn terminate() -> io::Result<()> {
    pending().await
}
