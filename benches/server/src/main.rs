//! Serves the bench application at `PORT`, 4100 unless set; see the library.

use std::error::Error;
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio::signal::ctrl_c;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            explain(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let port = match std::env::var("PORT") {
        Ok(port) => port
            .parse()
            .map_err(|_| format!("PORT is {port:?}, not a port number"))?,
        Err(_) => 4100,
    };
    // All of 127.0.0.0/8, so that generators may spread their connections over source addresses.
    let listener = TcpListener::bind(("0.0.0.0", port))
        .await
        .map_err(|cause| format!("port {port}: {cause}"))?;
    let stopped = async {
        // Without a signal handler the application only stops when it is killed.
        let _ = ctrl_c().await;
    };
    bench_server::endpoint()?.serve(listener, stopped).await?;
    Ok(())
}

#[expect(
    clippy::print_stderr,
    reason = "a person who starts the application learns here why it did not start"
)]
fn explain(error: &dyn Error) {
    eprintln!("bench-server: {error}");
}
