//! Serves the pages of the browser tests at `PORT`, 4300 unless set; with `COMPRESS` over compressed WebSockets.
//!
//! Each module is one page, or a few that belong together; the tests are `js-client/test/live/*.spec.mjs`, named alike.

mod asynchronous;
mod commands;
mod components;
mod comprehensions;
mod crashes;
mod events;
mod form_bindings;
mod forms;
mod function_components;
mod hooks;
mod ignored;
mod layout;
mod live_reload;
mod navigation;
mod nested;
mod placed_forms;
mod portals;
mod races;
mod rendering;
mod streams;
mod uploads;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use bennu::endpoint::{
    CheckOrigin, Endpoint, LongPollOptions, Mount, Pipeline, Router, WebConsoleLogger,
    WebSocketOptions, stop_signal,
};
use bennu::live::LiveViews;
use bennu::session::SessionOptions;
use bennu::socket::{Anyone, Routes};
use bennu::token::SecretKeyBase;
use http::StatusCode;
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[tokio::main]
async fn main() -> ExitCode {
    // What goes wrong belongs into the output of the test that made it go wrong.
    let console = WebConsoleLogger::new();
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer())
        .with(console.clone())
        .with(LevelFilter::INFO)
        .init();
    match run(console).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            explain(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn run(console: WebConsoleLogger) -> Result<(), Box<dyn Error>> {
    let port: u16 = match std::env::var("PORT") {
        Ok(port) => port
            .parse()
            .map_err(|_| format!("PORT is {port:?}, not a port number"))?,
        Err(_) => 4300,
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    endpoint(console)?.serve(listener, stop_signal()).await?;
    Ok(())
}

fn endpoint(console: WebConsoleLogger) -> Result<Endpoint, Box<dyn Error>> {
    let views = views();
    let router = Router::new()
        .live(&views)
        .post("/form_bindings/sent", form_bindings::sent)
        .pipe_through(Pipeline::Plain)
        .get("/health", async |conn| conn.text(StatusCode::OK, "ok"));
    let websocket = WebSocketOptions {
        compress: std::env::var_os("COMPRESS").is_some(),
        ..WebSocketOptions::default()
    };
    let js_client = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../js-client"));
    let builder = Endpoint::builder(SecretKeyBase::new("p".repeat(64))?)
        .session(SessionOptions::new("_pages_key", "session salt"))
        .check_origin(CheckOrigin::Conn)
        .socket(
            "/live",
            Mount::new(Anyone, Routes::new().live(&views))
                .websocket(websocket)
                .longpoll(LongPollOptions::default()),
        )
        .assets("/npm", js_client.join("node_modules"))
        .assets("/live", js_client.join("test/live/client"))
        .router(router);
    Ok(live_reload::watch(builder, console).build()?)
}

fn views() -> LiveViews {
    let views = LiveViews::new("pages live salt", layout::Layout::from_env())
        .view::<rendering::RenderingLive>("/rendering")
        .view::<comprehensions::ComprehensionsLive>("/comprehensions")
        .view::<function_components::FunctionComponentsLive>("/function_components")
        .view::<components::ComponentsLive>("/components")
        .view::<streams::StreamsLive>("/streams")
        .view::<commands::CommandsLive>("/commands")
        .view::<hooks::HooksLive>("/hooks")
        .view::<events::EventsLive>("/events")
        .view::<ignored::IgnoredLive>("/ignored")
        .view::<portals::PortalsLive>("/portals")
        .view::<crashes::CrashesLive>("/crashes")
        .view::<form_bindings::FormBindingsLive>("/form_bindings")
        .view::<forms::FormsLive>("/forms")
        .view::<live_reload::LiveReloadLive>("/live_reload")
        .view::<asynchronous::AsynchronousLive>("/asynchronous")
        .view::<uploads::UploadsLive>("/uploads");
    let views = nested::routes(navigation::routes(views));
    races::routes(placed_forms::routes(views))
}

#[expect(
    clippy::print_stderr,
    reason = "a person who starts the pages learns here why they did not start"
)]
fn explain(error: &dyn Error) {
    eprintln!("pages: {error}");
}
