//! What no browser sends. It harms the one upload, or the one view, and nothing else.

use bennu::live::upload::{Accept, ENTRIES_OVER_MAX, ENTRY_TEXT_BYTES_MAX, UploadOptions};
use serde_json::{Value, json};

use super::page::{Page, Site, file};
use super::two_texts;

async fn page() -> (Site, Page) {
    let site = Site::of(two_texts()).await;
    let page = Page::join(&site.server).await;
    (site, page)
}

fn reason(reason: &str) -> Value {
    json!({"status": "error", "response": {"reason": reason}})
}

async fn view_ends(page: &mut Page) {
    let topic = page.loaded.topic();
    let end = page.frame(|frame| frame[2] == *topic && frame[3] == "phx_error");
    end.await;
}

/// The view answers and shows what it showed.
async fn view_lives(page: &mut Page) {
    assert_eq!(page.event("validate", json!({})).await, json!({}));
}

// 10.4
#[tokio::test]
async fn only_the_token_of_the_entry_opens_its_channel() {
    let (_site, mut page) = page().await;
    let entries = json!([file("0", "a.txt", 5), file("1", "b.txt", 5)]);
    page.choose(entries.clone()).await;
    let allowed = page.allow(entries).await;
    let token = allowed["entries"]["0"]
        .as_str()
        .expect("a token")
        .to_owned();
    let of_the_other = &allowed["entries"]["1"];
    let payloads = [
        json!({}),
        json!([]),
        json!({"token": null}),
        json!({"token": ""}),
        json!({"token": format!("{token}x")}),
        json!({"token": of_the_other}),
        json!({"token": page.loaded.session}),
        json!({"token": page.loaded.statics}),
    ];
    for payload in payloads {
        let reply = page.join_entry("0", payload.clone()).await;
        assert_eq!(reply, reason("invalid_token"), "{payload}");
    }
    let reply = page.join_entry("0", json!({"token": token})).await;
    assert_eq!(reply["status"], "ok");
}

// 10.4
#[tokio::test]
async fn an_entry_has_one_channel() {
    let (site, mut page) = page().await;
    let token = page.token("0", 5).await;
    let token = json!({"token": token});
    assert_eq!(page.join_entry("0", token.clone()).await["status"], "ok");
    let mut other = Page::join(&site.server).await;
    let reply = other.join_entry("0", token.clone()).await;
    assert_eq!(reply, reason("already_registered"));
    // The channel that joins again on its own connection takes the entry with it.
    let reply = page.join_entry("0", token).await;
    assert_eq!(reply, reason("disallowed"));
    site.cleared().await;
}

#[tokio::test]
async fn a_token_outlives_neither_its_entry_nor_its_view() {
    let (_site, mut page) = page().await;
    let token = page.token("0", 5).await;
    page.event("cancel", json!({"ref": "0"})).await;
    let reply = page.join_entry("0", json!({"token": token})).await;
    assert_eq!(reply, reason("disallowed"));
    let token = page.token("1", 5).await;
    let stop = json!({"type": "click", "event": "stop", "value": {}});
    page.send("event", stop).await;
    page.frame(|frame| frame[3] == "phx_close").await;
    let reply = page.join_entry("1", json!({"token": token})).await;
    assert_eq!(reply, reason("disallowed"));
}

#[tokio::test]
async fn an_entry_that_is_not_taken_has_no_token() {
    let (_site, mut page) = page().await;
    let big = json!([file("0", "big.txt", 30_000)]);
    page.choose(big.clone()).await;
    assert!(page.allow(big).await.get("entries").is_none());
}

#[tokio::test]
async fn a_chunk_before_the_join_finds_nobody() {
    let (site, mut page) = page().await;
    page.token("0", 5).await;
    let reply = page.chunk("0", b"ab").await;
    assert_eq!(reply, reason("unmatched topic"));
    assert_eq!(site.files(), 0);
    view_lives(&mut page).await;
}

// 10.4
#[tokio::test]
async fn not_one_byte_more_than_announced_is_taken() {
    let (site, mut page) = page().await;
    page.begin("0", 5).await;
    assert_eq!(page.chunk("0", b"abc").await["status"], "ok");
    let reply = page.chunk("0", b"def").await;
    let limit = json!({"reason": "file_size_limit_exceeded", "limit": 5});
    assert_eq!(reply, json!({"status": "error", "response": limit}));
    page.closed("0").await;
    assert_eq!(page.diff().await["1"], "");
    site.cleared().await;
}

#[tokio::test]
async fn a_complete_file_takes_no_more() {
    let (site, mut page) = page().await;
    page.begin("0", 3).await;
    assert_eq!(page.chunk("0", b"").await["status"], "ok");
    assert_eq!(page.chunk("0", b"abc").await["status"], "ok");
    let reply = page.chunk("0", b"").await;
    assert_eq!(reply["response"]["reason"], "file_size_limit_exceeded");
    page.closed("0").await;
    site.cleared().await;
}

#[tokio::test]
async fn chunks_that_do_not_wait_for_their_answer_are_taken_in_order() {
    let (_site, mut page) = page().await;
    page.begin("0", 200).await;
    let mut references = Vec::new();
    for byte in 0..200 {
        references.push(page.send_chunk("0", &[byte]).await);
    }
    for reference in references {
        assert_eq!(page.reply(&reference).await["status"], "ok");
    }
    page.progress("0", json!(100)).await;
    let saved = page.event("save", json!({})).await;
    assert_eq!(saved["diff"]["3"], "a.txt: 200 bytes");
}

#[tokio::test]
async fn what_is_no_chunk_ends_its_channel_and_not_the_view() {
    for event in ["chunk", "nonsense"] {
        let (site, mut page) = page().await;
        page.begin("0", 5).await;
        page.client
            .send(json!(["0", "77", "lvu:0", event, {}]))
            .await;
        page.frame(|frame| frame[2] == "lvu:0" && frame[3] == "phx_error")
            .await;
        let shown = page.diff().await["1"].to_string();
        assert!(shown.contains("a.txt 0% WriterFailure"), "{shown}");
        site.cleared().await;
        view_lives(&mut page).await;
    }
}

#[tokio::test]
async fn progress_without_the_bytes_is_not_done() {
    let (_site, mut page) = page().await;
    page.begin("0", 5).await;
    page.chunk("0", b"ab").await;
    let response = page.progress("0", json!(100)).await;
    assert_eq!(response["diff"]["1"], "a.txt 100%");
    // Consuming it is a mistake, as in Phoenix.
    let save = json!({"type": "form", "event": "save", "value": ""});
    page.send("event", save).await;
    view_ends(&mut page).await;
}

#[tokio::test]
async fn references_that_nobody_knows_mean_nothing() {
    let (_site, mut page) = page().await;
    page.token("0", 5).await;
    let response = page.progress("9", json!(50)).await;
    assert_eq!(response, json!({}));
    page.upload = "phx-nobody".to_owned();
    assert!(page.choose(json!([file("1", "b.txt", 1)])).await.is_null());
    let refused = page.allow(json!([file("1", "b.txt", 1)])).await;
    let expected = json!({"ref": "phx-nobody", "error": [["phx-nobody", "disallowed"]]});
    assert_eq!(refused, expected);
    assert_eq!(page.progress("0", json!(50)).await, json!({}));
}

#[tokio::test]
async fn an_upload_of_the_view_does_not_answer_to_a_component() {
    let (_site, page) = page().await;
    let mut page = page.in_component(1);
    let refused = page.allow(json!([file("0", "a.txt", 1)])).await;
    assert_eq!(refused["error"][0][1], "disallowed");
}

#[tokio::test]
async fn progress_that_is_none_ends_the_view() {
    for progress in [json!(101), json!(-1), json!("all"), json!({})] {
        let (_site, mut page) = page().await;
        page.begin("0", 5).await;
        let upload = page.upload.clone();
        let payload = json!({"ref": upload, "entry_ref": "0", "progress": progress});
        page.send("progress", payload).await;
        view_ends(&mut page).await;
        page.closed("0").await;
    }
}

#[tokio::test]
async fn malformed_choices_end_the_view() {
    let without = |key: &str| {
        let mut entry = file("0", "a.txt", 1);
        entry.as_object_mut().expect("an object").remove(key);
        entry
    };
    let mut negative = file("0", "a.txt", 1);
    negative["size"] = json!(-1);
    let choices = [
        json!([1]),
        json!({"0": "a.txt"}),
        json!([without("name")]),
        json!([without("ref")]),
        json!([without("size")]),
        json!([negative]),
    ];
    for chosen in choices {
        let (_site, mut page) = page().await;
        let mut uploads = json!({});
        uploads[&page.upload] = chosen.clone();
        let event = page.chosen(uploads);
        page.send("event", event).await;
        view_ends(&mut page).await;
        let reference = page.upload.clone();
        page.send("allow_upload", json!({"ref": reference, "entries": chosen}))
            .await;
        let gone = page.client.next().await;
        assert_eq!(gone[4]["response"]["reason"], "unmatched topic");
    }
}

#[tokio::test]
async fn an_upload_keeps_some_more_entries_than_it_takes_and_no_more() {
    let (_site, mut page) = page().await;
    let many: Vec<_> = (0..500).map(|n| file(&n.to_string(), "a.txt", 1)).collect();
    let diff = page.choose(json!(many)).await;
    let shown = diff["1"].as_str().expect("text");
    assert_eq!(shown.split("; ").count(), 2 + ENTRIES_OVER_MAX);
    assert_eq!(diff["2"], "too many files were chosen");
    let more: Vec<_> = (500..600)
        .map(|n| file(&n.to_string(), "a.txt", 1))
        .collect();
    assert!(page.choose(json!(more)).await.is_null());
}

#[tokio::test]
async fn a_file_of_which_too_much_is_said_is_not_taken() {
    let site = Site::of(UploadOptions::new(Accept::Any).max_entries(10)).await;
    let mut page = Page::join(&site.server).await;
    let said = "0".len() + "text/plain".len();
    let name = "n".repeat(ENTRY_TEXT_BYTES_MAX - said);
    let fits = file("0", &name, 1);
    let does_not = file("1", &format!("{name}n"), 1);
    let mut meta = file("2", "a", 1);
    meta["meta"] = json!({"x": "y".repeat(ENTRY_TEXT_BYTES_MAX)});
    let large = file("3", &"n".repeat(4 << 20), 1);
    let mut long_ref = file("4", "a", 1);
    long_ref["ref"] = json!("4".repeat(ENTRY_TEXT_BYTES_MAX));
    let diff = page
        .choose(json!([fits, does_not, meta, large, long_ref]))
        .await;
    assert_eq!(diff["0"]["4"], " data-phx-active-refs=\"0\"");
    let allowed = page.allow(json!([meta])).await;
    assert_eq!(allowed["entries"], json!({}));
}
