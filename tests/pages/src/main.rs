//! Serves the pages of the browser tests at `PORT`, 4300 unless set.
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

use bennu::endpoint::{CheckOrigin, Endpoint, LongPollOptions, Mount, Pipeline, Router};
use bennu::live::LiveViews;
use bennu::session::SessionOptions;
use bennu::socket::{Anyone, Routes};
use bennu::token::SecretKeyBase;
use http::StatusCode;
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
    let port: u16 = match std::env::var("PORT") {
        Ok(port) => port
            .parse()
            .map_err(|_| format!("PORT is {port:?}, not a port number"))?,
        Err(_) => 4300,
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let stopped = async {
        // Without a signal handler the pages only go when they are killed.
        let _ = ctrl_c().await;
    };
    endpoint()?.serve(listener, stopped).await?;
    Ok(())
}

fn endpoint() -> Result<Endpoint, Box<dyn Error>> {
    let views = views();
    let router = Router::new()
        .live(&views)
        .post("/form_bindings/sent", form_bindings::sent)
        .pipe_through(Pipeline::Plain)
        .get("/health", async |conn| conn.text(StatusCode::OK, "ok"));
    let js_client = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../js-client"));
    let builder = Endpoint::builder(SecretKeyBase::new("p".repeat(64))?)
        .session(SessionOptions::new("_pages_key", "session salt"))
        .check_origin(CheckOrigin::Conn)
        .socket(
            "/live",
            Mount::new(Anyone, Routes::new().live(&views)).longpoll(LongPollOptions::default()),
        )
        .assets("/npm", js_client.join("node_modules"))
        .assets("/live", js_client.join("test/live/client"))
        .router(router);
    Ok(live_reload::watch(builder).build()?)
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
