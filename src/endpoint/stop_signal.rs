//! Being asked to stop.

use std::future::pending;
#[cfg(unix)]
use std::io;
use std::time::Duration;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC as Signal, ctrl_c as interrupt};

use tokio::time::Instant;

use crate::telemetry;

/// Signals closer to the first one are the same wish: terminals, supervisors and `npm` each send their own.
const SAME_WISH: Duration = Duration::from_millis(250);

/// Ready when the process is asked to stop: by Ctrl+C, or by SIGTERM, which is what `kill`, systemd and containers send.
///
/// It is for [`Endpoint::serve`](super::Endpoint::serve), so that no client is cut off and no uploaded file stays behind.
/// Asked a second time, a quarter of a second later or more, while it still waits for its clients, the process ends at once: with the status 130 after Ctrl+C and
/// 143 after SIGTERM, as shells count them. Where the system lets no signals be heard, it is never ready.
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
    let mut signals = Signals::listen();
    signals.next().await;
    let asked = Instant::now();
    tokio::spawn(async move {
        loop {
            let status = signals.next().await;
            if asked.elapsed() >= SAME_WISH {
                telemetry::stopping_at_once();
                std::process::exit(status);
            }
        }
    });
}

/// What asks a process to stop. What comes while nobody waits for it is not lost.
struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

impl Signals {
    fn listen() -> Self {
        Self {
            interrupt: interrupt().ok(),
            terminate: terminate(),
        }
    }

    /// The status of a process that the next signal has ended: 128 and its number.
    async fn next(&mut self) -> i32 {
        tokio::select! {
            () = heard(&mut self.interrupt) => 128 + 2,
            () = heard(&mut self.terminate) => 128 + 15,
        }
    }
}

async fn heard(signal: &mut Option<Signal>) {
    let heard = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if heard.is_none() {
        pending::<()>().await;
    }
}

#[cfg(unix)]
fn interrupt() -> io::Result<Signal> {
    signal(SignalKind::interrupt())
}

#[cfg(unix)]
fn terminate() -> Option<Signal> {
    signal(SignalKind::terminate()).ok()
}

#[cfg(windows)]
const fn terminate() -> Option<Signal> {
    None
}
