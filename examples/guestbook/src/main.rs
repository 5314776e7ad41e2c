//! Serves the guestbook at http://localhost:4000.

use std::error::Error;

use bennu::endpoint::stop_signal;
use bennu::token::SecretKeyBase;
use guestbook::Book;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let secret_key_base = SecretKeyBase::from_env("SECRET_KEY_BASE")?;
    std::fs::create_dir_all("photos")?;
    let endpoint = guestbook::endpoint(secret_key_base, Book::new("photos"))?;
    let listener = TcpListener::bind("127.0.0.1:4000").await?;
    endpoint.serve(listener, stop_signal()).await?;
    Ok(())
}
