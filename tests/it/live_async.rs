//! Tasks and timers of views and components (liveview-wire 14.4, 14.5).

mod bench;

use std::time::Duration;

use bennu::live::task::ASYNC_TASKS_MAX;
use serde_json::{Value, json};

use crate::support::live_page::{Loaded, click, event, ok};
use crate::support::{Client, Server, patiently};
use bench::{Bench, server, server_with_mail_max};

struct Page {
    _server: Server,
    bench: Bench,
    page: Loaded,
    client: Client,
    last_ref: u32,
}

impl Page {
    async fn join() -> Self {
        let (server, bench) = server().await;
        Self::join_on(server, bench).await
    }

    async fn join_on(server: Server, bench: Bench) -> Self {
        let page = Loaded::load(&server, "/").await;
        let mut client = page.connect(&server).await;
        let reply = page.join(&mut client, "http://localhost/").await;
        assert_eq!(reply["status"], "ok", "{reply}");
        Self {
            _server: server,
            bench,
            page,
            client,
            last_ref: 10,
        }
    }

    async fn send(&mut self, name: &str) -> String {
        self.last_ref += 1;
        let reference = self.last_ref.to_string();
        self.client.send(click(&self.page, &reference, name)).await;
        reference
    }

    async fn tell(&mut self, name: &str, diff: Value) {
        let reference = self.send(name).await;
        let response = if diff == json!({}) {
            diff
        } else {
            json!({"diff": diff})
        };
        self.client
            .expect(ok(&self.page, &reference, response))
            .await;
    }

    async fn diff(&mut self, diff: Value) {
        let frame = json!(["4", null, self.page.topic(), "diff", diff]);
        self.client.expect(frame).await;
    }

    /// Nothing else came.
    async fn quiet(&mut self) {
        self.tell("noop", json!({})).await;
    }
}

// 14.4
#[tokio::test]
async fn a_result_comes_back_in_a_diff_of_its_own() {
    let mut page = Page::join().await;
    let mut work = page.bench.work();
    page.tell("start", json!({})).await;
    work.done("cake");
    page.diff(json!({"0": "done: cake"})).await;
}

// 14.4
#[tokio::test]
async fn the_newest_task_of_a_name_counts() {
    let mut page = Page::join().await;
    let (mut first, mut second) = (page.bench.work(), page.bench.work());
    page.tell("start", json!({})).await;
    page.tell("start", json!({})).await;
    first.done("stale");
    page.quiet().await;
    second.done("fresh");
    page.diff(json!({"0": "done: fresh"})).await;
}

#[tokio::test]
async fn a_cancelled_task_says_so_and_frees_its_name() {
    let mut page = Page::join().await;
    page.tell("cancel", json!({})).await;
    let (first, mut second) = (page.bench.work(), page.bench.work());
    page.tell("start", json!({})).await;
    page.tell("cancel", json!({})).await;
    first.ended().await;
    page.diff(json!({"0": "the task was cancelled"})).await;
    page.tell("start", json!({})).await;
    second.done("next");
    page.diff(json!({"0": "done: next"})).await;
}

#[tokio::test]
async fn a_panic_in_a_task_is_its_exit_and_harms_nobody() {
    let mut page = Page::join().await;
    drop(page.bench.work());
    page.tell("start", json!({})).await;
    page.diff(json!({"0": "the task panicked: the work was thrown away"}))
        .await;
    page.quiet().await;
}

#[tokio::test]
async fn an_error_after_a_task_ends_the_view() {
    let mut page = Page::join().await;
    let mut work = page.bench.work();
    page.tell("start", json!({})).await;
    work.done("poison");
    let frame = json!(["4", "4", page.page.topic(), "phx_error", {"reason": "channel_crash"}]);
    page.client.expect(frame).await;
}

// 14.4: whatever ends the view.
#[tokio::test]
async fn tasks_end_with_the_view() {
    let mut page = Page::join().await;
    let work = page.bench.work();
    page.tell("start", json!({})).await;
    page.client
        .send(json!(["4", "5", page.page.topic(), "phx_leave", {}]))
        .await;
    work.ended().await;

    let mut page = Page::join().await;
    let work = page.bench.work();
    page.tell("start", json!({})).await;
    page.send("panic").await;
    work.ended().await;

    let mut page = Page::join().await;
    let work = page.bench.work();
    page.tell("start", json!({})).await;
    drop(page.client);
    work.ended().await;
}

// 2.6: async tasks are not started while the page is only being loaded.
#[tokio::test]
async fn a_page_that_is_being_loaded_starts_nothing() {
    let (server, bench) = server().await;
    let mut work = bench.work();
    let page = Loaded::load(&server, "/?load").await;
    assert!(page.body.contains("<b>loading</b>"), "{}", page.body);
    let mut client = page.connect(&server).await;
    let reply = page.join(&mut client, "http://localhost/?load").await;
    assert_eq!(reply["status"], "ok");
    work.done("cake");
    let diff = client.next().await;
    assert_eq!(diff[4]["1"]["0"]["0"]["0"], "cake", "{diff}");
}

#[tokio::test]
async fn a_view_has_so_many_tasks_at_work_and_no_more() {
    let mut page = Page::join().await;
    let r = json!({"r": {"started": ASYNC_TASKS_MAX}});
    page.tell("crowd", r.clone()).await;
    page.tell("crowd", json!({"r": {"started": 0}})).await;
    page.bench.open_gate();
    patiently("the crowd to leave", async {
        loop {
            let reference = page.send("crowd").await;
            let reply = page.client.next().await;
            assert_eq!(reply[1], json!(reference));
            if reply[4]["response"]["diff"]["r"]["started"] != 0 {
                break;
            }
        }
    })
    .await;
}

// 14.4
#[tokio::test]
async fn a_value_is_loading_then_there_or_failed() {
    let mut page = Page::join().await;
    let mut work = page.bench.work();
    let reference = page.send("assign").await;
    let reply = page.client.next().await;
    assert_eq!(reply[1], json!(reference));
    let statics = &reply[4]["response"]["diff"]["p"];
    assert_eq!(statics["0"], json!(["<b>loading</b>"]), "{reply}");
    work.fail("no flour");
    let diff = page.client.next().await;
    assert_eq!(diff[4]["1"]["0"]["0"]["0"], "no flour", "{diff}");

    let mut work = page.bench.work();
    page.send("assign").await;
    page.client.next().await;
    work.done("cake");
    let diff = page.client.next().await;
    assert_eq!(diff[4]["1"]["0"]["0"]["0"], "cake", "{diff}");

    // What is there stays while it is loaded again.
    let mut work = page.bench.work();
    page.tell("reload", json!({"2": "..."})).await;
    work.done("pie");
    page.diff(json!({"1": {"0": {"0": {"0": "pie"}}}, "2": ""}))
        .await;
}

// 14.4
#[tokio::test]
async fn loaded_items_go_into_a_stream() {
    let mut page = Page::join().await;
    let mut work = page.bench.work();
    page.tell("stream", json!({"2": "..."})).await;
    work.done("ab");
    let diff = page.client.next().await;
    assert_eq!(diff[4]["2"], "", "{diff}");
    let stream = json!([
        "0",
        [["item-b", -1, null, null], ["item-a", -1, null, null]],
        []
    ]);
    assert_eq!(diff[4]["3"]["stream"], stream, "{diff}");
}

// 14.4: results of components are routed by cid.
#[tokio::test]
async fn a_component_gets_the_result_of_its_task() {
    let mut page = Page::join().await;
    let mut work = page.bench.work();
    let start = json!({"type": "click", "event": "start", "value": {}, "cid": 1});
    page.client.send(event(&page.page, "5", start)).await;
    page.client.expect(ok(&page.page, "5", json!({}))).await;
    work.done("bun");
    page.diff(json!({"c": {"1": {"0": "bun"}}})).await;
}

#[tokio::test]
async fn a_components_tasks_end_with_it_and_the_views_go_on() {
    let mut page = Page::join().await;
    let (of_component, mut of_view) = (page.bench.work(), page.bench.work());
    let start = json!({"type": "click", "event": "start", "value": {}, "cid": 1});
    page.client.send(event(&page.page, "5", start)).await;
    page.client.expect(ok(&page.page, "5", json!({}))).await;
    page.tell("start", json!({})).await;
    page.tell("hide", json!({"4": ""})).await;
    for (reference, name) in [("6", "cids_will_destroy"), ("7", "cids_destroyed")] {
        let cids = json!(["4", reference, page.page.topic(), name, {"cids": [1]}]);
        page.client.send(cids).await;
        page.client.next().await;
    }
    of_component.ended().await;
    of_view.done("cake");
    page.diff(json!({"0": "done: cake"})).await;
}

// A task that a component starts while the view renders is the view's as well.
#[tokio::test]
async fn a_component_starts_a_task_when_it_is_mounted() {
    let mut page = Page::join().await;
    let mut work = page.bench.work();
    page.send("hide").await;
    page.client.next().await;
    for (reference, name) in [("6", "cids_will_destroy"), ("7", "cids_destroyed")] {
        let cids = json!(["4", reference, page.page.topic(), name, {"cids": [1]}]);
        page.client.send(cids).await;
        page.client.next().await;
    }
    page.send("show eager").await;
    page.client.next().await;
    work.done("bun");
    page.diff(json!({"c": {"2": {"0": "bun"}}})).await;
}

/// Lets time pass for everybody.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

const A_WHILE: Duration = Duration::from_secs(10);

// Row 126
#[tokio::test]
async fn a_timer_sends_the_view_a_message() {
    let mut page = Page::join().await;
    page.tell("in a while", json!({})).await;
    page.tell("in a while", json!({})).await;
    page.tell("not at all", json!({})).await;
    page.quiet().await;
    pass(A_WHILE).await;
    page.diff(json!({"0": "a while later"})).await;
    page.quiet().await;
}

// Row 126: what makes the message is the view's, wherever it runs.
#[tokio::test]
async fn a_panic_of_a_repeated_timer_ends_the_view() {
    let mut page = Page::join().await;
    page.tell("panic in a while", json!({})).await;
    page.quiet().await;
    pass(A_WHILE).await;
    let frame = json!(["4", "4", page.page.topic(), "phx_error", {"reason": "channel_crash"}]);
    page.client.expect(frame).await;
}

// Row 126
#[tokio::test]
async fn a_timer_repeats_until_it_is_cancelled() {
    let mut page = Page::join().await;
    page.tell("each while", json!({})).await;
    for turn in ["again", "once", "again"] {
        page.quiet().await;
        pass(A_WHILE).await;
        page.diff(json!({"0": turn})).await;
    }
    page.tell("no more", json!({})).await;
    pass(A_WHILE).await;
    page.quiet().await;
}

// 14.5
#[tokio::test]
async fn props_arrive_after_a_delay() {
    let mut page = Page::join().await;
    page.tell("update later", json!({})).await;
    page.quiet().await;
    pass(A_WHILE).await;
    page.diff(json!({"c": {"1": {"0": "later"}}})).await;
}

// A client that misses something starts afresh.
#[tokio::test]
async fn a_view_without_room_for_a_result_ends() {
    let (server, bench) = server_with_mail_max(1).await;
    let mut page = Page::join_on(server, bench).await;
    let works = [page.bench.work(), page.bench.work(), page.bench.work()];
    page.tell("start three", json!({})).await;
    page.send("busy").await;
    page.bench.until_busy().await;
    for mut work in works {
        work.done("cake");
        work.ended().await;
    }
    page.bench.open_gate();
    let frame = page.client.next().await;
    assert_eq!(frame[3], "phx_reply", "{frame}");
    let frame = json!(["4", "4", page.page.topic(), "phx_error", {"reason": "channel_crash"}]);
    page.client.expect(frame).await;
}
