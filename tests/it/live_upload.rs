//! Files from a page: what may be sent, how it comes, and what becomes of it (liveview-wire section 10).

mod components;
mod ends;
mod external;
mod hostile;
pub(crate) mod page;
mod writers;

use bennu::live::upload::{Accept, MaxEntriesMode, UploadOptions};
use serde_json::json;

use page::{Page, Site, file};

fn two_texts() -> UploadOptions {
    UploadOptions::new([".txt", ".png"])
        .max_entries(2)
        .max_file_size(20_000)
        .chunk_size(1_000)
}

// 10.1
#[tokio::test]
async fn the_input_of_a_page_has_all_references_even_empty_ones() {
    let site = Site::of(two_texts()).await;
    let page = Page::join(&site.server).await;
    let body = &page.loaded.body;
    let (_, input) = body.split_once("<input").expect("an input");
    let (input, _) = input.split_once('>').expect("an end");
    let (_, id) = input.split_once(" id=\"").expect("an id");
    let (id, _) = id.split_once('"').expect("an end");
    assert_ne!(id, page.upload, "a connected page has an upload of its own");
    assert_eq!(
        input,
        format!(
            " id=\"{id}\" type=\"file\" name=\"doc\" accept=\".txt,.png\" data-phx-hook=\"Phoenix.LiveFileUpload\" \
             data-phx-upload-ref=\"{id}\" data-phx-active-refs=\"\" data-phx-done-refs=\"\" \
             data-phx-preflighted-refs=\"\" multiple class=\"f\""
        )
    );
}

// 10.1
#[tokio::test]
async fn an_input_that_sends_at_once_and_takes_one_file_says_so() {
    let site = Site::of(UploadOptions::new(Accept::Any).auto_upload(true)).await;
    let page = Page::join(&site.server).await;
    let body = &page.loaded.body;
    assert!(
        body.contains(" data-phx-auto-upload class=\"f\">"),
        "{body}"
    );
    assert!(!body.contains("accept="), "{body}");
}

// 10.1
#[tokio::test]
async fn a_preview_names_its_entry_and_is_left_alone() {
    let site = Site::of(two_texts()).await;
    let mut page = Page::join(&site.server).await;
    let diff = page.choose(json!([file("0", "a.png", 3)])).await;
    let statics = diff["p"].to_string();
    for constant in ["Phoenix.LiveImgPreview", "data-phx-update"] {
        assert!(statics.contains(constant), "{diff}");
    }
    let preview = &diff["5"]["k"]["0"]["0"];
    let upload = format!(" data-phx-upload-ref=\"{}\"", page.upload);
    let attributes = [
        " id=\"phx-preview-0\"",
        &*upload,
        " data-phx-entry-ref=\"0\"",
        " width=\"75\"",
    ];
    for (place, attribute) in attributes.into_iter().enumerate() {
        assert_eq!(preview[place.to_string()], attribute, "{diff}");
    }
}

// 10.2 to 10.6
#[tokio::test]
async fn a_file_is_chosen_allowed_sent_and_consumed() {
    let site = Site::of(two_texts()).await;
    let mut page = Page::join(&site.server).await;
    let entries = json!([file("0", "a.txt", 2_500)]);
    let diff = page.choose(entries.clone()).await;
    assert_eq!(diff["0"]["4"], " data-phx-active-refs=\"0\"", "{diff}");
    assert_eq!(diff["1"], "a.txt 0%");

    let allowed = page.allow(entries).await;
    assert_eq!(allowed["ref"], *page.upload);
    let config = json!({"max_file_size": 20_000, "max_entries": 2, "chunk_size": 1_000, "chunk_timeout": 10_000});
    assert_eq!(allowed["config"], config);
    assert_eq!(allowed["errors"], json!({}));
    let preflighted = json!({"0": {"6": " data-phx-preflighted-refs=\"0\""}});
    assert_eq!(allowed["diff"], preflighted);

    let token = &allowed["entries"]["0"];
    let joined = page.join_entry("0", json!({"token": token})).await;
    assert_eq!(joined, json!({"status": "ok", "response": {}}));
    for (bytes, percent) in [(1_000, 40), (1_000, 80), (500, 100)] {
        let reply = page.chunk("0", &vec![b'a'; bytes]).await;
        assert_eq!(reply, json!({"status": "ok", "response": {}}));
        let response = page.progress("0", json!(percent)).await;
        let shown = response["diff"]["1"].as_str().unwrap_or_default();
        assert!(
            shown.starts_with(&format!("a.txt {percent}%")),
            "{response}"
        );
    }
    assert_eq!(site.files(), 1);

    // The entry goes after the changes of the callback that consumed it, as in Phoenix.
    let saved = page.event("save", json!({})).await;
    assert_eq!(saved["diff"], json!({"3": "a.txt: 2500 bytes"}));
    let gone = page.diff().await;
    assert_eq!(gone["1"], "");
    assert_eq!(gone["0"]["4"], " data-phx-active-refs=\"\"");
    page.closed("0").await;
    site.cleared().await;
}

#[tokio::test]
async fn progress_is_told_and_may_consume() {
    let options = UploadOptions::new(Accept::Any).auto_upload(true);
    let site = Site::with(options, |_| Ok(json!({})), true).await;
    let mut page = Page::join(&site.server).await;
    page.begin("0", 4).await;
    page.chunk("0", b"ab").await;
    let response = page.progress("0", json!(50)).await;
    assert_eq!(response["diff"]["4"], "doc 50");
    page.chunk("0", b"cd").await;
    let response = page.progress("0", json!(100)).await;
    assert_eq!(response["diff"]["3"], "4 bytes");
    assert_eq!(page.diff().await["1"], "");
    page.closed("0").await;
    site.cleared().await;
}

#[tokio::test]
async fn what_is_postponed_can_be_consumed_later() {
    let site = Site::of(two_texts()).await;
    let mut page = Page::join(&site.server).await;
    page.upload("0", b"abc").await;
    let response = page.event("postpone", json!({})).await;
    assert_eq!(response["diff"], json!({"3": "postponed"}));
    assert_eq!(site.files(), 1);
    let response = page.event("save", json!({})).await;
    assert_eq!(response["diff"], json!({"3": "postponed,a.txt: 3 bytes"}));
    site.cleared().await;
}

// 10.2
#[tokio::test]
async fn files_that_are_not_taken_are_kept_with_their_errors() {
    let site = Site::of(two_texts()).await;
    let mut page = Page::join(&site.server).await;
    let mut pdf = file("1", "x.pdf", 1);
    pdf["type"] = json!("application/pdf");
    let entries = json!([file("0", "big.txt", 30_000), pdf, file("2", "ok.txt", 1)]);
    let diff = page.choose(entries.clone()).await;
    assert_eq!(
        diff["1"],
        "big.txt 0% TooLarge; x.pdf 0% NotAccepted; ok.txt 0%"
    );
    assert_eq!(diff["2"], "too many files were chosen");
    let errors = format!(" data-phx-error-refs=\"0,1,{}\"", page.upload);
    assert_eq!(diff["0"]["7"], *errors);

    // 10.3
    let refused = page.allow(entries).await;
    let error = json!([
        ["0", "too_large"],
        ["1", "not_accepted"],
        [page.upload, "too_many_files"]
    ]);
    assert_eq!(refused, json!({"ref": page.upload, "error": error}));

    for reference in ["0", "1"] {
        let cancelled = page.event("cancel", json!({"ref": reference})).await;
        assert_eq!(cancelled["diff"]["r"], json!({"cancelled": true}));
    }
    let response = page.event("cancel", json!({"ref": "0"})).await;
    assert_eq!(response, json!({"diff": {"r": {"cancelled": false}}}));
    let allowed = page.allow(json!([file("2", "ok.txt", 1)])).await;
    assert!(allowed["entries"]["2"].is_string(), "{allowed}");
}

// 10.2
#[tokio::test]
async fn the_application_may_check_files_itself() {
    let options = UploadOptions::new(Accept::Any).validate(|entry| match &*entry.client_name {
        "bad.txt" => Err("no".into()),
        _ => Ok(()),
    });
    let site = Site::of(options).await;
    let mut page = Page::join(&site.server).await;
    let bad = json!([file("0", "bad.txt", 1)]);
    let diff = page.choose(bad.clone()).await;
    assert_eq!(diff["1"], "bad.txt 0% Custom(&quot;no&quot;)");
    let refused = page.allow(bad).await;
    assert_eq!(refused["error"], json!([["0", "no"]]));
}

// 10.2
#[tokio::test]
async fn a_single_file_is_replaced_by_the_next() {
    let site = Site::of(UploadOptions::new(Accept::Any)).await;
    let mut page = Page::join(&site.server).await;
    page.begin("0", 10).await;
    page.chunk("0", b"abc").await;
    let diff = page.choose(json!([file("1", "b.txt", 1)])).await;
    assert_eq!(diff["1"], "b.txt 0%");
    page.closed("0").await;
    site.cleared().await;
}

// 10.3
#[tokio::test]
async fn an_upload_that_sends_at_once_sends_what_it_may() {
    let options = two_texts().auto_upload(true);
    let site = Site::of(options).await;
    let mut page = Page::join(&site.server).await;
    let entries = json!([
        file("0", "big.txt", 30_000),
        file("1", "ok.txt", 1),
        file("2", "more.txt", 1)
    ]);
    page.choose(entries.clone()).await;
    let allowed = page.allow(entries.clone()).await;
    assert_eq!(allowed["errors"], json!({"0": ["too_large"]}));
    let entries_allowed = allowed["entries"].as_object().expect("an object");
    assert!(entries_allowed.keys().eq(["1"]), "{allowed}");
    // A second time nothing is left to be allowed.
    let allowed = page.allow(entries).await;
    assert_eq!(
        (&allowed["entries"], &allowed["errors"]),
        (&json!({}), &json!({}))
    );
}

// 10.3
#[tokio::test]
async fn in_total_mode_consumed_files_count() {
    let options = two_texts().max_entries_mode(MaxEntriesMode::Total);
    let site = Site::of(options).await;
    let mut page = Page::join(&site.server).await;
    page.upload("0", b"a").await;
    page.event("save", json!({})).await;
    page.closed("0").await;
    let diff = page
        .choose(json!([file("1", "b.txt", 1), file("2", "c.txt", 1)]))
        .await;
    assert_eq!(diff["2"], "too many files were chosen");
    let diff = page.event("cancel", json!({"ref": "2"})).await;
    assert_eq!(diff["diff"]["2"], "");
    let allowed = page.allow(json!([file("1", "b.txt", 1)])).await;
    assert!(allowed["entries"]["1"].is_string(), "{allowed}");
}

#[tokio::test]
async fn files_are_sent_side_by_side() {
    let site = Site::of(two_texts()).await;
    let mut page = Page::join(&site.server).await;
    let entries = json!([file("0", "a.txt", 2), file("1", "b.txt", 2)]);
    page.choose(entries.clone()).await;
    let allowed = page.allow(entries).await;
    for entry in ["0", "1"] {
        let token = &allowed["entries"][entry];
        page.join_entry(entry, json!({"token": token})).await;
    }
    for byte in [b"x", b"y"] {
        for entry in ["0", "1"] {
            let reply = page.chunk(entry, byte).await;
            assert_eq!(reply["status"], "ok");
        }
    }
    for entry in ["0", "1"] {
        page.progress(entry, json!(100)).await;
    }
    let response = page.event("save", json!({})).await;
    assert_eq!(response["diff"]["3"], "a.txt: 2 bytes,b.txt: 2 bytes");
    site.cleared().await;
}

// Feature 141
#[tokio::test]
async fn a_disallowed_upload_takes_nothing_and_stale_references_mean_nothing() {
    let site = Site::of(two_texts()).await;
    let mut page = Page::join(&site.server).await;
    let token = page.token("0", 5).await;
    let response = page.event("disallow", json!({})).await;
    assert_eq!(response["diff"]["1"], "");
    assert!(page.choose(json!([file("1", "b.txt", 1)])).await.is_null());
    let refused = page.allow(json!([file("1", "b.txt", 1)])).await;
    assert_eq!(refused["error"][0][1], "disallowed");
    let refused = page.join_entry("0", json!({"token": token})).await;
    assert_eq!(refused["response"], json!({"reason": "disallowed"}));
    assert!(page.progress("0", json!(50)).await.get("diff").is_none());
}

#[tokio::test]
async fn an_upload_allowed_anew_forgets_the_old_one() {
    let site = Site::of(two_texts()).await;
    let mut page = Page::join(&site.server).await;
    page.begin("0", 5).await;
    page.chunk("0", b"ab").await;
    let response = page.event("again", json!({})).await;
    let renewed = response["diff"]["0"]["3"].as_str().unwrap_or_default();
    assert!(renewed.contains("data-phx-upload-ref"), "{response}");
    assert!(!renewed.contains(&page.upload), "{response}");
    page.closed("0").await;
    site.cleared().await;
}
