//! Writers of the application's own, and writers that fail.

use std::sync::Arc;

use bennu::channel::Crash;
use bennu::live;
use bennu::live::upload::{Accept, CloseReason, TempFile, UploadOptions, UploadWriter};
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Semaphore;

use super::page::{Files, Page, Site, emptied, serve, views};
use super::two_texts;

/// When a writer fails.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    Init,
    InitPanic,
    Write,
    WritePanic,
    Close,
}

/// What writers do, and what they were told.
#[derive(Clone)]
struct Plan {
    fault: Fault,
    closed: Arc<Mutex<Vec<CloseReason>>>,
    /// Each chunk takes a permit.
    pace: Arc<Semaphore>,
}

struct Collector {
    plan: Plan,
    content: String,
}

impl UploadWriter for Collector {
    type Options = Plan;
    type Meta = String;

    async fn init(plan: Plan) -> live::Result<Self> {
        match plan.fault {
            Fault::Init => Err(Crash::new("no room")),
            Fault::InitPanic => panic!("on purpose"),
            _ => Ok(Self {
                plan,
                content: String::new(),
            }),
        }
    }

    async fn write_chunk(&mut self, chunk: Bytes) -> live::Result<()> {
        match self.plan.fault {
            Fault::Write => return Err(Crash::new("disk full")),
            Fault::WritePanic => panic!("on purpose"),
            _ => {}
        }
        self.plan.pace.acquire().await?.forget();
        self.content += std::str::from_utf8(&chunk)?;
        Ok(())
    }

    async fn close(&mut self, reason: CloseReason) -> live::Result<()> {
        self.plan.closed.lock().push(reason);
        if self.plan.fault == Fault::Close {
            return Err(Crash::new("not synced"));
        }
        Ok(())
    }

    fn meta(self) -> String {
        self.content
    }
}

async fn site(fault: Fault) -> (Site, Plan) {
    let plan = Plan {
        fault,
        closed: Arc::default(),
        pace: Arc::new(Semaphore::new(100)),
    };
    let given = plan.clone();
    let options = UploadOptions::new(Accept::Any).writer::<Collector>(move |_| given.clone());
    (Site::of(options).await, plan)
}

#[tokio::test]
async fn consuming_gives_what_the_writer_made() {
    let (site, plan) = site(Fault::None).await;
    let mut page = Page::join(&site.server).await;
    page.begin("0", 5).await;
    page.chunk("0", b"abc").await;
    page.chunk("0", b"de").await;
    page.progress("0", json!(100)).await;
    let saved = page.event("save", json!({})).await;
    assert_eq!(saved["diff"]["3"], "a.txt: abcde");
    page.closed("0").await;
    assert_eq!(*plan.closed.lock(), [CloseReason::Done]);
    assert_eq!(site.files(), 0);
}

#[tokio::test]
async fn a_cancelled_writer_is_told() {
    let (site, plan) = site(Fault::None).await;
    let mut page = Page::join(&site.server).await;
    page.begin("0", 5).await;
    page.chunk("0", b"abc").await;
    page.event("cancel", json!({"ref": "0"})).await;
    page.closed("0").await;
    crate::support::patiently("the writer to be closed", async {
        while plan.closed.lock().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(*plan.closed.lock(), [CloseReason::Cancel]);
}

// 10.4, 10.6
#[tokio::test]
async fn a_writer_that_cannot_begin_refuses_the_join_and_the_entry_stays() {
    for (fault, why) in [
        (Fault::Init, "no room"),
        (Fault::InitPanic, "panicked: on purpose"),
    ] {
        let (site, _) = site(fault).await;
        let mut page = Page::join(&site.server).await;
        let token = page.token("0", 5).await;
        let reply = page.join_entry("0", json!({"token": token})).await;
        let refused = json!({"status": "error", "response": {"reason": "writer_error"}});
        assert_eq!(reply, refused, "{fault:?}");
        failed(&mut page, why).await;
        let reply = page.join_entry("0", json!({"token": token})).await;
        assert_eq!(reply["response"]["reason"], "disallowed");
    }
}

// 10.4, 10.6
#[tokio::test]
async fn a_writer_that_fails_ends_the_transfer_and_the_entry_stays() {
    for (fault, why, closed) in [
        (Fault::Write, "disk full", CloseReason::Error),
        (
            Fault::WritePanic,
            "panicked: on purpose",
            CloseReason::Error,
        ),
        (Fault::Close, "not synced", CloseReason::Done),
    ] {
        let (site, plan) = site(fault).await;
        let mut page = Page::join(&site.server).await;
        page.begin("0", 3).await;
        let reply = page.chunk("0", b"abc").await;
        let refused = json!({"status": "error", "response": {"reason": "writer_error"}});
        assert_eq!(reply, refused, "{fault:?}");
        page.closed("0").await;
        failed(&mut page, why).await;
        assert_eq!(*plan.closed.lock(), [closed], "{fault:?}");
    }
}

/// The page shows the failure until the entry is cancelled; its view was told and lives.
async fn failed(page: &mut Page, why: &str) {
    let diff = page.diff().await;
    let shown = diff["1"].as_str().unwrap_or_default();
    let expected = format!("a.txt 0% WriterFailure(&quot;{why}&quot;)");
    assert_eq!(shown, expected);
    assert_eq!(diff["4"], "doc 0");
    assert_eq!(diff["0"]["7"], " data-phx-error-refs=\"0\"");
    let response = page.event("cancel", json!({"ref": "0"})).await;
    assert_eq!(response["diff"]["1"], "");
}

#[tokio::test]
async fn a_disk_that_takes_no_files_is_a_writer_that_fails() {
    let file = tempfile::NamedTempFile::new().expect("there is room");
    let views = views(file.path()).view::<Files<TempFile>>("/upload");
    let server = serve(&views, |builder| Site::assigns(builder, two_texts())).await;
    let mut page = Page::join(&server).await;
    let token = page.token("0", 5).await;
    let reply = page.join_entry("0", json!({"token": token})).await;
    assert_eq!(reply["response"]["reason"], "writer_error");
    let diff = page.diff().await;
    let shown = diff["1"].as_str().unwrap_or_default();
    assert!(shown.starts_with("a.txt 0% WriterFailure"), "{diff}");
}

#[tokio::test]
async fn files_that_would_be_too_many_bytes_together_fail_until_others_are_gone() {
    let dir = tempfile::tempdir().expect("there is room");
    let views = views(dir.path()).upload_bytes_max(5);
    let views = views.view::<Files<TempFile>>("/upload");
    let server = serve(&views, |builder| Site::assigns(builder, two_texts())).await;
    let mut first = Page::join(&server).await;
    let mut second = Page::join(&server).await;
    first.upload("0", b"abc").await;
    second.begin("0", 3).await;
    assert_eq!(second.chunk("0", b"de").await["status"], "ok");
    let reply = second.chunk("0", b"f").await;
    assert_eq!(reply["response"]["reason"], "writer_error");
    let why = "all uploaded files have 5 of at most 5 bytes";
    failed(&mut second, why).await;
    let saved = first.event("save", json!({})).await;
    assert_eq!(saved["diff"]["3"], "a.txt: 3 bytes");
    first.closed("0").await;
    emptied(dir.path()).await;
    second.upload("1", b"abcde").await;
    let saved = second.event("save", json!({})).await;
    assert_eq!(saved["diff"]["3"], "a.txt: 5 bytes");
}

#[tokio::test]
async fn a_slow_writer_keeps_neither_the_view_nor_its_cancelling_waiting() {
    let (site, plan) = site(Fault::None).await;
    plan.pace.forget_permits(100);
    let mut page = Page::join(&site.server).await;
    page.begin("0", 5).await;
    let chunk = page.send_chunk("0", b"abc").await;
    page.event("validate", json!({})).await;
    let response = page.event("cancel", json!({"ref": "0"})).await;
    assert_eq!(response["diff"]["1"], "");
    plan.pace.add_permits(1);
    assert_eq!(page.reply(&chunk).await["status"], "ok");
    page.closed("0").await;
}
