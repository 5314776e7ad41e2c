//! A page that loads again, or renders anew, when files of the folder `LIVE_RELOAD_DIR` change.

use std::fs;
use std::path::PathBuf;

use bennu::channel::Flow;
use bennu::endpoint::{Builder, LiveReload, WebConsoleLogger};
use bennu::heex;
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

/// Watches the folder, if there is one to watch.
pub(crate) fn watch(builder: Builder, console: WebConsoleLogger) -> Builder {
    let Some(dir) = std::env::var_os("LIVE_RELOAD_DIR").map(PathBuf::from) else {
        return builder;
    };
    let live_reload = LiveReload::new()
        .dir(&dir)
        .pattern(r"\.(js|css)$")
        .notify("live_view", r"\.md$")
        .web_console_logger(console);
    builder
        .assign(Dir(dir.clone()))
        .assets("/reload", dir)
        .live_reload(live_reload)
}

struct Dir(PathBuf);

pub(crate) struct LiveReloadLive {
    text: PathBuf,
    count: u32,
    rows: Stream<u32>,
}

impl LiveView for LiveReloadLive {
    type Info = ();

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        let Dir(dir) = socket.assigns();
        let mut rows = Stream::new("rows", u32::to_string);
        rows.insert(1);
        rows.insert(2);
        Ok(Self {
            text: dir.join("text.md"),
            count: 0,
            rows,
        })
    }

    async fn handle_event(&mut self, event: &str, _: Param, _: &mut Socket<Self>) -> live::Result {
        match event {
            "inc" => self.count += 1,
            "say" => tracing::info!(count = self.count, "said by the server"),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        let text = fs::read_to_string(&self.text).unwrap_or_default();
        heex! {
            <div id="assets" phx-update="ignore">
                <link rel="stylesheet" href="/reload/app.css">
                <style>r#"@import url("/reload/imported.css");"#</style>
                <script src="/reload/app.js"></script>
            </div>
            <p id="text">{text}</p>
            <p id="count">{self.count}</p>
            <form id="form"><input id="typed" name="typed" aria-label="typed"></form>
            <ul id="rows" phx-update="stream">
                <li :for={(id, row) in &self.rows} id={id}>{row}</li>
            </ul>
        }
    }
}
