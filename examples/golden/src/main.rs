//! Serves the golden application at `PORT`, 4200 unless set.

use std::error::Error;

use tokio::net::TcpListener;
use tokio::signal::ctrl_c;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = match std::env::var("PORT") {
        Ok(port) => port.parse()?,
        Err(_) => 4200,
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let stopped = async {
        // Without a signal handler the application only stops when it is killed.
        let _ = ctrl_c().await;
    };
    golden::endpoint()?.serve(listener, stopped).await?;
    Ok(())
}
