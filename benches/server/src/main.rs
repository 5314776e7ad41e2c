//! Serves the bench application at `PORT`, 4100 unless set; see the library.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use bennu::endpoint::stop_signal;
use tokio::net::{TcpListener, TcpSocket};

/// How many connections may wait to be accepted: as many as Phoenix lets wait. With the 128 of `TcpListener::bind` most
/// clients of a reconnect storm are turned away and try again a second later.
const BACKLOG: u32 = 1024;

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
    let listener = listen(port).map_err(|cause| format!("port {port}: {cause}"))?;
    let endpoint = bench_server::endpoint()?;
    announce(port);
    endpoint.serve(listener, stop_signal()).await?;
    Ok(())
}

/// Listens on all addresses, so that a generator on another machine reaches it, too.
fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from(([0, 0, 0, 0], port)))?;
    socket.listen(BACKLOG)
}

#[expect(
    clippy::print_stdout,
    reason = "a person who starts the application learns here where it is, and its process, for `bennu-load --pid`"
)]
fn announce(port: u16) {
    let pid = std::process::id();
    println!("Bench application at http://localhost:{port}, process {pid} (stop with Ctrl+C)");
}

#[expect(
    clippy::print_stderr,
    reason = "a person who starts the application learns here why it did not start"
)]
fn explain(error: &dyn Error) {
    eprintln!("bench-server: {error}");
}
