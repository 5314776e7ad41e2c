//! However a transfer ends, its file does not stay.

use std::time::Duration;

use bennu::live::upload::{Accept, UploadOptions};
use serde_json::json;
use tokio::time::Instant;

use super::page::{Page, Site, file};
use super::two_texts;
use crate::support::{Received, patiently};

/// How a transfer ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Cancelled,
    ViewStops,
    ViewPanics,
    ViewLeft,
    ViewReplaced,
    ChannelLeft,
    ConnectionLost,
}

impl End {
    const ALL: [Self; 7] = [
        Self::Cancelled,
        Self::ViewStops,
        Self::ViewPanics,
        Self::ViewLeft,
        Self::ViewReplaced,
        Self::ChannelLeft,
        Self::ConnectionLost,
    ];

    async fn comes(self, mut page: Page) {
        let event = |name: &str| json!({"type": "click", "event": name, "value": {}});
        let topic = page.loaded.topic();
        match self {
            Self::Cancelled => {
                page.event("cancel", json!({"ref": "0"})).await;
                page.closed("0").await;
            }
            Self::ViewStops | Self::ViewPanics => {
                let stops = matches!(self, Self::ViewStops);
                page.send("event", event(if stops { "stop" } else { "panic" }))
                    .await;
                page.closed("0").await;
            }
            Self::ViewLeft => {
                page.client
                    .send(json!(["4", "9", topic, "phx_leave", {}]))
                    .await;
                page.closed("0").await;
            }
            Self::ViewReplaced => {
                let payload = page.loaded.join_payload("http://localhost/upload");
                page.client
                    .send(json!(["5", "5", topic, "phx_join", payload]))
                    .await;
                page.closed("0").await;
            }
            Self::ChannelLeft => {
                page.client
                    .send(json!(["0", "9", "lvu:0", "phx_leave", {}]))
                    .await;
                assert_eq!(page.diff().await["1"], "");
            }
            Self::ConnectionLost => drop(page),
        }
    }
}

// 10.4, 10.6
#[tokio::test]
async fn a_file_on_its_way_is_removed() {
    for end in End::ALL {
        let site = Site::of(two_texts()).await;
        let mut page = Page::join(&site.server).await;
        page.begin("0", 10).await;
        page.chunk("0", b"abc").await;
        assert_eq!(site.files(), 1, "{end:?}");
        end.comes(page).await;
        site.cleared().await;
    }
}

#[tokio::test]
async fn a_file_that_nobody_consumed_is_removed() {
    for end in End::ALL {
        let site = Site::of(two_texts()).await;
        let mut page = Page::join(&site.server).await;
        page.upload("0", b"abc").await;
        assert_eq!(site.files(), 1, "{end:?}");
        end.comes(page).await;
        site.cleared().await;
    }
}

/// The client dies in the middle of a large file, with more chunks on their way than wait for the writer, and has read no
/// answer.
#[tokio::test]
async fn a_flood_that_breaks_off_leaves_nothing() {
    const SIZE: usize = 100 << 20;
    let site = Site::of(UploadOptions::new(Accept::Any).max_file_size(SIZE as u64)).await;
    let mut page = Page::join(&site.server).await;
    page.begin("0", SIZE).await;
    for _ in 0..200 {
        page.send_chunk("0", &[b'x'; 64_000]).await;
    }
    assert_eq!(site.files(), 1);
    drop(page);
    site.cleared().await;
}

#[tokio::test]
async fn a_server_that_stops_leaves_nothing() {
    let site = Site::of(two_texts()).await;
    let mut page = Page::join(&site.server).await;
    page.begin("0", 10).await;
    page.chunk("0", b"abc").await;
    let (dir, ()) = tokio::join!(site.stop(), async {
        loop {
            match page.client.receive().await {
                Received::Close(code) => page.client.close(Some(code)).await,
                Received::End => break,
                _ => {}
            }
        }
    });
    patiently("the directory to be removed", async {
        while std::fs::read_dir(dir.path()).is_ok_and(|mut dir| dir.next().is_some()) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

// 10.4
#[tokio::test(start_paused = true)]
async fn a_client_that_stops_to_send_loses_its_entry() {
    let site = Site::of(UploadOptions::new(Accept::Any)).await;
    let mut page = Page::join(&site.server).await;
    page.begin("0", 10).await;
    page.chunk("0", b"abc").await;
    page.failed("0").await;
    assert_eq!(page.diff().await["1"], "");
    site.cleared().await;
    // It may choose the file again.
    let diff = page.choose(json!([file("0", "a.txt", 10)])).await;
    assert_eq!(diff["1"], "a.txt 0%");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_sends_loses_its_entry_too() {
    let site = Site::of(UploadOptions::new(Accept::Any)).await;
    let mut page = Page::join(&site.server).await;
    page.begin("0", 10).await;
    page.failed("0").await;
    site.cleared().await;
}

/// A chunk counts when it is there.
#[tokio::test(start_paused = true)]
async fn a_client_that_sends_byte_by_byte_loses_its_entry() {
    let site = Site::of(UploadOptions::new(Accept::Any)).await;
    let mut page = Page::join(&site.server).await;
    page.begin("0", 10).await;
    let begun = Instant::now();
    let (_, frame) = page.chunk_frame("0", b"abc");
    let (sent, held_back) = frame.split_at(3);
    for byte in sent {
        page.client.write(&[*byte]).await;
        tokio::time::advance(Duration::from_secs(4)).await;
    }
    page.client.write(held_back).await;
    page.failed("0").await;
    assert!(begun.elapsed() <= Duration::from_secs(12));
    site.cleared().await;
    assert_eq!(page.event("validate", json!({})).await, json!({}));
}

#[tokio::test(start_paused = true)]
async fn a_complete_file_waits_for_its_form() {
    let site = Site::of(UploadOptions::new(Accept::Any)).await;
    let mut page = Page::join(&site.server).await;
    page.upload("0", b"abc").await;
    // Three times the time for a chunk, and less than a connection may be idle.
    tokio::time::advance(Duration::from_secs(30)).await;
    let saved = page.event("save", json!({})).await;
    assert_eq!(saved["diff"]["3"], "a.txt: 3 bytes");
}
