//! Live pages: how they come, and events on them in a closed loop.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::rss_bytes_per_client;
use crate::failure::Failure;
use crate::live_page::LivePage;
use crate::options::{Cause, Live, LivePath, Mount};
use crate::report::Phase;
use crate::run::Run;

pub(super) async fn mount(run: &Arc<Run>, options: &Mount) -> Result<Vec<Phase>, Failure> {
    // What the server makes once, for its first view, is not a view's memory.
    drop(open(run, &options.live, 1).await?);
    sleep(Duration::from_millis(500)).await;
    let baseline = run.server_rss_bytes()?;
    let measurement = run.begin("mount", "page")?;
    let views = mount_all(run, options).await?;
    let mounted = measurement.end()?;
    let measurement = run.begin("settled", "nothing")?;
    let mut settled = measurement.end_after(options.settle_s).await?;
    settled.rss_bytes_per_client = rss_bytes_per_client(&settled, baseline, options.views);
    run.abort(views).await;
    Ok(vec![mounted, settled])
}

/// Each view stays connected in a task of its own from the moment it is mounted.
async fn mount_all(
    run: &Arc<Run>,
    options: &Mount,
) -> Result<JoinSet<Result<(), Failure>>, Failure> {
    let path = Arc::new(options.live.clone());
    let views = Arc::new(Mutex::new(JoinSet::new()));
    let mounted = views.clone();
    run.each("mounting", 0..options.views, run.at_once, move |run, _| {
        let (path, mounted) = (path.clone(), mounted.clone());
        async move {
            let mut view = open_one(&run, &path).await?;
            let staying = async move { Err(view.keep_alive().await) };
            mounted.lock().expect(NO_PANIC).spawn(staying);
            Ok(())
        }
    })
    .await?;
    Ok(std::mem::take(&mut *views.lock().expect(NO_PANIC)))
}

const NO_PANIC: &str = "starting a task does not panic";

pub(super) async fn run(run: &Arc<Run>, options: &Live) -> Result<Vec<Phase>, Failure> {
    let payload: Arc<str> = payload(options)?.into();
    let mut clients = JoinSet::new();
    for view in open(run, &options.live, options.views).await? {
        clients.spawn(work(run.clone(), view, payload.clone()));
    }
    let phase = run.timed("live", "event", &options.timing).await?;
    run.stop(clients).await;
    Ok(vec![phase])
}

async fn open(run: &Arc<Run>, path: &LivePath, views: u32) -> Result<Vec<LivePage>, Failure> {
    let path = Arc::new(path.clone());
    run.each("mounting", 0..views, run.at_once, move |run, _| {
        let path = path.clone();
        async move { open_one(&run, &path).await }
    })
    .await
}

async fn open_one(run: &Run, path: &LivePath) -> Result<LivePage, Failure> {
    let start = Instant::now();
    let view = LivePage::open(&run.target, &path.page, &path.live_socket).await?;
    run.recorder.record(start.elapsed());
    Ok(view)
}

/// The payload of the event as the JavaScript client writes it.
fn payload(options: &Live) -> Result<String, Failure> {
    let (kind, default) = match options.cause {
        Cause::Click => ("click", "{}"),
        Cause::Form => ("form", ""),
        Cause::Hook => ("hook", "{}"),
    };
    let value = options.value.as_deref().unwrap_or(default);
    let value = match options.cause {
        Cause::Form => json!(value),
        Cause::Click | Cause::Hook => serde_json::from_str(value)
            .map_err(|cause| Failure::Argument(format!("--value is no JSON: {cause}")))?,
    };
    Ok(json!({ "type": kind, "event": options.event, "value": value }).to_string())
}

async fn work(run: Arc<Run>, mut view: LivePage, payload: Arc<str>) -> Result<(), Failure> {
    while !run.stopped() {
        let start = Instant::now();
        view.event(&payload).await?;
        run.recorder.record(start.elapsed());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bennu_protocol::live::Event;
    use clap::Parser;

    use super::*;
    use crate::options::{Options, Scenario};

    fn payload_of(arguments: &[&str]) -> Result<String, Failure> {
        let arguments = ["bennu-load", "live"].iter().chain(arguments);
        let Scenario::Live(options) = Options::parse_from(arguments).scenario else {
            unreachable!("the arguments say live");
        };
        payload(&options)
    }

    #[test]
    fn events_are_written_as_the_protocol_reads_them() {
        let form = payload_of(&[
            "--event",
            "save",
            "--cause",
            "form",
            "--value",
            "a%5Bb%5D=1",
        ]);
        let form = form.unwrap();
        let event: Event<'_> = serde_json::from_str(&form).unwrap();
        assert_eq!((&*event.event, event.is_form()), ("save", true));
        let params = serde_json::to_string(&event.params().unwrap()).unwrap();
        assert_eq!(params, r#"{"a":{"b":"1"}}"#);

        let click = payload_of(&["--value", r#"{"id":1}"#]).unwrap();
        let event: Event<'_> = serde_json::from_str(&click).unwrap();
        assert_eq!((&*event.event, event.value.get()), ("inc", r#"{"id":1}"#));
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused() {
        assert!(payload_of(&["--value", "{"]).is_err());
    }
}
