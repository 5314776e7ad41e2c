//! Files that the page's script sends elsewhere (10.3, 10.5).

use bennu::live::upload::{Accept, PresignError, UploadOptions};
use serde_json::{Value, json};

use super::page::{Page, Presign, Site, file};

fn options() -> UploadOptions<Value> {
    UploadOptions::new(Accept::Any).max_entries(2).external()
}

async fn page(options: UploadOptions<Value>, presign: Presign) -> (Site, Page) {
    let site = Site::with(options, presign, false).await;
    let page = Page::join(&site.server).await;
    (site, page)
}

fn files() -> Value {
    json!([file("0", "a.txt", 1), file("1", "b.txt", 1)])
}

#[tokio::test]
async fn each_entry_gets_its_metadata_and_consuming_gives_it_back() {
    let (_site, mut page) = page(options(), |entry| {
        let url = format!("https://store.example/{}", entry.client_name);
        Ok(json!({"uploader": "S3", "url": url}))
    })
    .await;
    let allowed = page.allow(json!([file("0", "a.txt", 1)])).await;
    let meta = json!({"uploader": "S3", "url": "https://store.example/a.txt"});
    assert_eq!(allowed["entries"], json!({"0": meta}));
    assert_eq!(allowed["errors"], json!({}));
    page.progress("0", json!(50)).await;
    let response = page.progress("0", json!(100)).await;
    assert_eq!(response["diff"]["1"], "a.txt 100% done");
    let saved = page.event("save", json!({})).await;
    let shown = saved["diff"]["3"].as_str().unwrap_or_default();
    assert_eq!(shown, format!("a.txt: {meta}").replace('"', "&quot;"));
    assert_eq!(page.diff().await["1"], "");
}

#[tokio::test]
async fn a_script_that_fails_is_an_error_of_the_entry() {
    let (_site, mut page) = page(options(), |_| Ok(json!({"uploader": "S3"}))).await;
    page.allow(json!([file("0", "a.txt", 1)])).await;
    for _ in 0..2 {
        page.progress("0", json!({"error": "no network"})).await;
    }
    let response = page.progress("0", json!(10)).await;
    assert_eq!(response["diff"]["1"], "a.txt 10% ExternalClientFailure");
}

#[tokio::test]
async fn a_channel_upload_ignores_the_failure_of_a_client() {
    let site = Site::of(UploadOptions::new(Accept::Any)).await;
    let mut page = Page::join(&site.server).await;
    page.begin("0", 5).await;
    let response = page.progress("0", json!({"error": "no network"})).await;
    assert_eq!(response["diff"], json!({"4": "doc 0"}));
}

fn refuse_b(entry: &bennu::live::upload::UploadEntry) -> Result<Value, PresignError> {
    match &*entry.client_name {
        "b.txt" => Err(PresignError::Refused(json!({"why": "b"}))),
        _ => Ok(json!({"uploader": "S3"})),
    }
}

#[tokio::test]
async fn a_refusal_stops_a_form() {
    let (_site, mut page) = page(options(), refuse_b).await;
    let refused = page.allow(files()).await;
    assert_eq!(refused["error"], json!([["1", {"why": "b"}]]));
    let shown = refused["diff"]["1"].as_str().unwrap_or_default();
    assert!(
        shown.contains("b.txt 0% ExternalMetadataFailure"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_refusal_of_an_upload_that_sends_at_once_stops_its_entry_only() {
    let options = options().auto_upload(true).max_file_size(10);
    let (_site, mut page) = page(options.clone(), refuse_b).await;
    let allowed = page.allow(files()).await;
    assert_eq!(allowed["entries"], json!({"0": {"uploader": "S3"}}));
    assert_eq!(allowed["errors"], json!({"1": [{"why": "b"}]}));
    let (_site, mut page) = self::page(options, refuse_b).await;
    let allowed = page
        .allow(json!([file("0", "a.txt", 11), file("1", "a.txt", 1)]))
        .await;
    assert_eq!(allowed["entries"], json!({"1": {"uploader": "S3"}}));
    assert_eq!(allowed["errors"], json!({"0": [{"reason": "too_large"}]}));
}

#[tokio::test]
async fn metadata_without_an_uploader_and_failures_end_the_view() {
    let presigns: [Presign; 2] = [
        |_| Ok(json!({"url": "x"})),
        |_| Err(std::io::Error::other("no key").into()),
    ];
    for presign in presigns {
        let (_site, mut page) = page(options(), presign).await;
        let upload = page.upload.clone();
        page.send("allow_upload", json!({"ref": upload, "entries": files()}))
            .await;
        page.frame(|frame| frame[3] == "phx_error").await;
    }
}
