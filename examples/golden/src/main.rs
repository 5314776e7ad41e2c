//! Serves the golden application at `PORT`, 4200 unless set.

use std::error::Error;
use std::process::ExitCode;

use bennu::endpoint::stop_signal;
use tokio::net::TcpListener;

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
        Err(_) => 4200,
    };
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|cause| format!("port {port}: {cause}"))?;
    golden::endpoint()?.serve(listener, stop_signal()).await?;
    Ok(())
}

#[expect(
    clippy::print_stderr,
    reason = "a person who starts the application learns here why it did not start"
)]
fn explain(error: &dyn Error) {
    eprintln!("golden: {error}");
}
