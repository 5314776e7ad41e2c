//! Pictures on their way from a page into the room.

use bennu::testing::{UploadFile, View, build_conn};
use http::StatusCode;
use serde_json::json;

use super::{Site, open_form_of, send};

/// The first bytes of a picture, 3 pixels wide and 2 high.
const GIF: &[u8] = b"GIF89a\x03\0\x02\0\0\0\0";

async fn choose(view: &View, name: &str, content: &'static [u8]) {
    let file = UploadFile::new(name, "image/png", content);
    let upload = view.file_input("#composer", "picture", [file]);
    upload.render_upload(name).await.unwrap();
}

#[tokio::test]
async fn a_picture_is_shown_to_the_room_and_served_as_what_it_is() {
    let site = Site::start();
    let room = site.room("General").await;
    let ada = site.enter("Ada", &room).await;
    let grace = site.enter("Grace", &room).await;
    choose(&ada, "<b>.png", GIF).await;
    assert!(ada.has_text(".preview .name", "<b>.png").await);
    assert!(ada.has_element(".preview progress[value='100']").await);

    send(&ada, "").await;
    assert!(!ada.has_element(".preview").await);
    let picture = grace.element("#message-1 .picture").render().await;
    assert!(picture.contains(r#"width="3" height="2""#), "{picture}");
    let path = picture
        .split('"')
        .find(|text| text.starts_with("/pictures/"));
    let path = path.unwrap();

    let response = site.browser("Alan").await.get(path).await;
    let header = |name: &str| response.headers()[name].to_str().unwrap();
    assert_eq!(header("content-type"), "image/gif");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(
        header("content-security-policy"),
        "default-src 'none'; sandbox"
    );
    let stranger = build_conn(&site.endpoint).get(path).await;
    assert_eq!(stranger.status(), StatusCode::FOUND);

    open_form_of(&ada, 1).await;
    ada.element("#edit-message .danger")
        .render_click()
        .await
        .unwrap();
    let gone = site.browser("Alan").await.get(path).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_text_that_is_called_a_picture_is_refused_and_the_draft_stays() {
    let site = Site::start();
    let room = site.room("General").await;
    let ada = site.enter("Ada", &room).await;
    choose(&ada, "notes.png", b"<script>alert(1)</script>").await;
    send(&ada, "look").await;
    assert!(ada.has_text("#composer-error", "no PNG").await);
    assert!(ada.has_text("#composer-body", "look").await);
    assert!(!ada.has_element(".preview").await);
    assert!(!ada.has_element("#message-1").await);
}

#[tokio::test]
async fn a_picture_stays_beside_a_text_that_is_too_long() {
    let site = Site::start();
    let room = site.room("General").await;
    let ada = site.enter("Ada", &room).await;
    choose(&ada, "a.png", GIF).await;
    send(&ada, &"x".repeat(4001)).await;
    assert!(ada.has_text("#composer-error", "4001").await);
    send(&ada, "shorter").await;
    assert!(ada.has_element("#message-1 .picture").await);
    assert!(ada.has_text("#message-1 .body", "shorter").await);
}

#[tokio::test]
async fn the_text_beside_a_picture_may_be_taken_away() {
    let site = Site::start();
    let room = site.room("General").await;
    let ada = site.enter("Ada", &room).await;
    choose(&ada, "a.png", GIF).await;
    send(&ada, "too many words").await;
    open_form_of(&ada, 1).await;
    let form = ada.form("#edit-message", json!({"body": " "}));
    form.render_submit().await.unwrap();
    assert!(ada.has_element("#message-1 .picture").await);
    assert!(!ada.has_element("#message-1 .body").await);
}

#[tokio::test]
async fn a_picture_that_was_removed_is_not_sent() {
    let site = Site::start();
    let room = site.room("General").await;
    let ada = site.enter("Ada", &room).await;
    choose(&ada, "a.png", GIF).await;
    ada.element(".preview button").render_click().await.unwrap();
    send(&ada, "without").await;
    assert!(ada.has_text("#message-1 .body", "without").await);
    assert!(!ada.has_element(".picture").await);
}

#[tokio::test]
async fn what_is_sent_before_its_picture_is_here_waits_in_the_form() {
    let site = Site::start();
    let room = site.room("General").await;
    let ada = site.enter("Ada", &room).await;
    let file = UploadFile::new("a.png", "image/png", GIF);
    let upload = ada.file_input("#composer", "picture", [file]);
    upload.render_upload_to("a.png", 50).await.unwrap();
    send(&ada, "too soon").await;
    assert!(ada.has_text("#composer-error", "did not arrive").await);
    upload.render_upload("a.png").await.unwrap();
    send(&ada, "now").await;
    assert!(ada.has_element("#message-1 .picture").await);
}
