//! The model application of Bennu: rooms, messages that everyone in a room sees at once, and who is there.
//!
//! | file | what it holds |
//! |---|---|
//! | `main.rs` | the wiring: environment, endpoint, routes |
//! | `live_socket.rs` | who may open the socket, and which channels it has |
//! | `chat_live.rs` | a room as a live view |
//! | `chat_live/changes.rs` | what the view does when somebody writes, edits, deletes |
//! | `chat_live/composer.rs`, `draft.rs`, `message_row.rs`, `members.rs`, `room_list.rs` | the parts of its page |
//! | `chat_live/post.rs`, `typing.rs` | how a message gets into the room; who is typing, told at a bounded rate |
//! | `chat_channel.rs` | the channel `event_bus:*` beside it, found through a registry |
//! | `page_controller.rs`, `session_controller.rs` | the list of rooms and signing in: plain pages and forms |
//! | `message_controller.rs` | messages without a script, and their pictures |
//! | `pages.rs` | the templates that pages share |
//! | `chats.rs` | people, rooms and messages in SQLite, and who is told of them |
//! | `secret.rs` | the signing secret |

mod chat_channel;
mod chat_live;
mod chats;
mod live_socket;
mod message_controller;
mod page_controller;
mod pages;
mod secret;
mod session_controller;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bennu::endpoint::{CheckOrigin, Endpoint, Mount, Pipeline, Router, stop_signal};
use bennu::live::LiveViews;
use bennu::presence::Presence;
use bennu::pubsub::PubSub;
use bennu::session::SessionOptions;
use bennu::socket::Routes;
use bennu::token::SecretKeyBase;
use http::StatusCode;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use chat_channel::{ChatChannel, EventBuses};
use chat_live::ChatLive;
use chats::Chats;
use live_socket::LiveSocket;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            explain(&*error);
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let database = PathBuf::from(std::env::var_os("DATABASE").unwrap_or_else(|| "chat.db".into()));
    check_folder(&database)?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match &*arguments {
        [] => runtime.block_on(serve(&database)),
        [command, chat_id, count] if command == "seed" => runtime.block_on(async {
            Ok(Chats::open(&database, PubSub::new())?
                .seed(chat_id.parse()?, count.parse()?)
                .await?)
        }),
        _ => Err("usage: chat, or chat seed ROOM_ID COUNT".into()),
    }
}

/// The secret is made beside the database before that is opened: without this it would be the one to complain.
fn check_folder(database: &Path) -> Result<(), Failure> {
    match database.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(format!(
            "DATABASE is {}, but there is no folder {}",
            database.display(),
            folder.display()
        )
        .into()),
        _ => Ok(()),
    }
}

async fn serve(database: &Path) -> Result<(), Failure> {
    let port: u16 = match std::env::var("PORT") {
        Ok(port) => port
            .parse()
            .map_err(|_| format!("PORT is {port:?}, not a port number"))?,
        Err(_) => 4000,
    };
    let secret =
        secret::SecretKeyBase::load(std::env::var("SECRET_KEY_BASE").ok().as_deref(), database)?;
    let chats = Chats::open(database, PubSub::new())?;
    let endpoint = endpoint(SecretKeyBase::new(secret.as_str())?, chats.clone())?;
    let listener = TcpListener::bind(("0.0.0.0", port))
        .await
        .map_err(|cause| format!("port {port}: {cause}"))?;
    announce(port);
    endpoint.serve(listener, stop_signal()).await?;
    Ok(chats.checkpoint().await?)
}

/// The application: everything that a test of it would start, too.
fn endpoint(secret_key_base: SecretKeyBase, chats: Chats) -> Result<Endpoint, Failure> {
    let pubsub = chats.pubsub().clone();
    let views = LiveViews::new("live view salt", pages::Layout).view::<ChatLive>("/chats/:id");
    let router = Router::new()
        .get("/", page_controller::index)
        .post("/session", session_controller::create)
        .post("/session/delete", session_controller::delete)
        .post("/chats", page_controller::create_room)
        .post("/chats/:id/messages", message_controller::create)
        .get("/pictures/:key", message_controller::picture)
        .live(&views)
        .errors(page_controller::error)
        .pipe_through(Pipeline::Plain)
        .get("/health", async |conn| conn.text(StatusCode::OK, "ok"));
    let routes = Routes::new()
        .channel::<ChatChannel>("event_bus:*")
        .live(&views);
    let builder = Endpoint::builder(secret_key_base)
        .assign(Presence::new(pubsub.clone()))
        .pubsub(pubsub)
        .assign(EventBuses::unique())
        .assign(chats)
        .session(SessionOptions::new("_chat_key", "session salt"))
        // The chat is reached by whatever name its host has; the pages of other sites stay out all the same.
        .check_origin(CheckOrigin::Conn)
        .socket("/live", Mount::new(LiveSocket, routes))
        .assets("/assets", assets())
        .router(router);
    #[cfg(feature = "live-reload")]
    let builder = builder.live_reload(
        bennu::endpoint::LiveReload::new()
            .dir(assets())
            .pattern(r"\.(js|css|svg)$"),
    );
    Ok(builder.build()?)
}

/// Where the built script and style are: beside the sources, unless `ASSETS` says otherwise.
fn assets() -> PathBuf {
    let beside_sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../../js-client/dist");
    std::env::var_os("ASSETS").map_or_else(|| beside_sources.into(), PathBuf::from)
}

#[expect(
    clippy::print_stdout,
    reason = "the address is what a person who starts the chat waits for"
)]
fn announce(port: u16) {
    println!("Chat at http://localhost:{port} (stop with Ctrl+C)");
}

#[expect(
    clippy::print_stderr,
    reason = "a person who starts the chat learns here why it did not start"
)]
fn explain(error: &dyn Error) {
    eprintln!("chat: {error}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_in_an_absent_folder_is_refused_by_its_variable() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("absent").join("chat.db");
        let refused = check_folder(&database).unwrap_err().to_string();
        assert!(refused.starts_with("DATABASE is "), "{refused}");
        assert!(refused.ends_with("absent"), "{refused}");
    }

    #[test]
    fn a_database_in_the_working_directory_or_a_folder_that_exists_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        check_folder(Path::new("chat.db")).unwrap();
        check_folder(&folder.path().join("chat.db")).unwrap();
    }
}
