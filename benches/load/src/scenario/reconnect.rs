//! All clients lose their connection at once and come back.

use std::sync::Arc;
use std::time::Instant;

use super::joined;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::options::Reconnect;
use crate::report::Phase;
use crate::run::Run;

pub(super) async fn run(run: &Arc<Run>, options: &Reconnect) -> Result<Vec<Phase>, Failure> {
    let options = Arc::new(options.clone());
    let mut connections = connect(run, &options).await?;
    let measurement = run.begin("reconnect", "connection")?;
    for _ in 0..options.rounds {
        drop(connections);
        connections = connect(run, &options).await?;
    }
    Ok(vec![measurement.end()?])
}

/// Latencies count from the moment the connections were lost, as their users see it.
async fn connect(run: &Arc<Run>, options: &Arc<Reconnect>) -> Result<Vec<Connection>, Failure> {
    let lost = Instant::now();
    let options = options.clone();
    let count = 0..options.connections;
    run.each("connecting", count, run.at_once, move |run, number| {
        let options = options.clone();
        async move {
            let topic = format!("{}{number}", options.topic_prefix);
            let connection = joined(&run, &options.channel, &topic).await?;
            run.recorder.record(lost.elapsed());
            Ok(connection)
        }
    })
    .await
}
