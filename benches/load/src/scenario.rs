//! The scenarios: what clients do, and what of it is measured.

mod echo;
mod fanout;
mod idle;
mod live;
mod page;
mod presence;
mod reconnect;

use std::sync::Arc;

use crate::connection::Connection;
use crate::failure::Failure;
use crate::options::{Channel, Scenario};
use crate::report::Phase;
use crate::run::Run;

impl Scenario {
    /// Its name on the command line.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Idle(_) => "idle",
            Self::Echo(_) => "echo",
            Self::Fanout(_) => "fanout",
            Self::Presence(_) => "presence",
            Self::Mount(_) => "mount",
            Self::Live(_) => "live",
            Self::Reconnect(_) => "reconnect",
            Self::Page(_) => "page",
        }
    }

    /// How many connections are opened at the same time, unless the command line says it.
    #[must_use]
    pub const fn at_once(&self) -> u32 {
        match self {
            Self::Idle(_) | Self::Echo(_) | Self::Fanout(_) | Self::Page(_) => 64,
            Self::Presence(_) => 32,
            Self::Mount(_) | Self::Live(_) => 16,
            Self::Reconnect(_) => 1_000,
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// The failure that kept it from being measured; those of single clients while it is measured are counted instead.
    pub async fn run(&self, run: &Arc<Run>) -> Result<Vec<Phase>, Failure> {
        match self {
            Self::Idle(options) => idle::run(run, options).await,
            Self::Echo(options) => echo::run(run, options).await,
            Self::Fanout(options) => fanout::run(run, options).await,
            Self::Presence(options) => presence::run(run, options).await,
            Self::Mount(options) => live::mount(run, options).await,
            Self::Live(options) => live::run(run, options).await,
            Self::Reconnect(options) => reconnect::run(run, options).await,
            Self::Page(options) => page::run(run, options).await,
        }
    }
}

/// A payload with a text of so many bytes.
fn body(bytes: u32) -> String {
    format!(r#"{{"body":"{}"}}"#, "x".repeat(bytes as usize))
}

/// A client that has joined a topic.
async fn joined(run: &Run, channel: &Channel, topic: &str) -> Result<Connection, Failure> {
    let mut connection = Connection::open(&run.target, &channel.websocket_path(), "").await?;
    connection.join(topic, &channel.join_params).await?;
    Ok(connection)
}

/// The server's memory above `baseline`, in bytes for each of `clients`.
#[expect(clippy::cast_precision_loss, reason = "bytes of memory")]
fn rss_bytes_per_client(phase: &Phase, baseline: Option<u64>, clients: u32) -> Option<f64> {
    let now = phase.server?.rss_bytes;
    Some((now as f64 - baseline? as f64) / f64::from(clients))
}
