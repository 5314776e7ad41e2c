//! Tasks beside the callbacks, and timers.

use std::time::Duration;

use bennu::channel::{Crash, Flow};
use bennu::heex;
use bennu::live::async_result::{AsyncResult, async_result};
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::task::Exit;
use bennu::live::{self, LiveView, MountError, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::Session;

struct Dashboard {
    org: AsyncResult<String>,
    report: Option<String>,
    rows: Stream<u32>,
    rows_loaded: AsyncResult<()>,
    seconds: u32,
}

enum Info {
    Tick,
}

impl LiveView for Dashboard {
    type Info = Info;

    async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
        socket.send_self_after(Info::Tick, Duration::from_secs(1))?;
        Ok(Self {
            org: socket.assign_async("org", |view| &mut view.org, fetch_org())?,
            report: None,
            rows: Stream::new("rows", |row| *row),
            rows_loaded: socket.stream_async(
                "rows",
                |view| (&mut view.rows, &mut view.rows_loaded),
                fetch_rows(),
            )?,
            seconds: 0,
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "report" => socket.start_async("report", write_report(), Self::report_written)?,
            "cancel" => socket.cancel_async("report"),
            "reload" => {
                let loading = socket.assign_async("org", |view| &mut view.org, fetch_org())?;
                self.org.reload(loading);
            }
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, info: Info, socket: &mut Socket<Self>) -> live::Result {
        let Info::Tick = info;
        self.seconds += 1;
        socket.send_self_after(Info::Tick, Duration::from_secs(1))?;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <.async_result :let={org} assign={&self.org}>
                <:loading>Loading...</:loading>
                <:failed :let={why}>No organisation: {why.to_string()}</:failed>
                <h1>{org}</h1>
            </.async_result>
            <ol id="rows" phx-update="stream">
                <li :for={(dom_id, row) in &self.rows} id={dom_id}>{row}</li>
            </ol>
            <p>{self.report.as_deref()} {self.seconds}</p>
        }
    }
}

impl Dashboard {
    fn report_written(
        &mut self,
        report: Result<String, Exit>,
        _: &mut Socket<Self>,
    ) -> live::Result<()> {
        self.report = Some(match report {
            Ok(report) => report,
            Err(exit) => format!("no report: {exit}"),
        });
        Ok(())
    }
}

async fn fetch_org() -> Result<String, Crash> {
    Ok("Bennu".to_owned())
}

async fn fetch_rows() -> Result<Vec<u32>, Crash> {
    Ok(vec![1, 2, 3])
}

async fn write_report() -> String {
    "all is well".to_owned()
}

mod tests {
    use bennu::testing::{Redirected, isolated, live};
    use serde_json::json;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn results_of_tasks_come_to_the_page() -> Result<(), Redirected> {
        let conn = isolated::<Dashboard>(|builder| builder);
        let loaded = conn.get("/").await.into_body();
        assert!(loaded.contains("Loading..."), "{loaded}");
        let (view, _) = live(&conn, "/").await?;
        let html = view.render_async().await;
        assert!(html.contains("<h1>Bennu</h1>"), "{html}");
        assert!(html.contains(r#"<li id="rows-3""#), "{html}");
        view.render_click("report", json!({})).await?;
        let html = view.render_async().await;
        assert!(html.contains("all is well"), "{html}");
        Ok(())
    }
}
