//! What guests do with the book.

use std::error::Error;
use std::fs;

use bennu::testing::{Conn, UploadFile, build_conn, live};
use bennu::token::SecretKeyBase;
use guestbook::Book;
use serde_json::json;
use tempfile::TempDir;

type TestResult = Result<(), Box<dyn Error>>;

/// A visitor of an empty book, whose photos are in the folder.
fn visitor(photos: &TempDir) -> Result<Conn, Box<dyn Error>> {
    let secret_key_base = SecretKeyBase::new("t".repeat(64))?;
    let endpoint = guestbook::endpoint(secret_key_base, Book::new(photos.path()))?;
    Ok(build_conn(&endpoint))
}

#[tokio::test(start_paused = true)]
async fn an_entry_is_seen_on_every_page() -> TestResult {
    let photos = TempDir::new()?;
    let conn = visitor(&photos)?;
    let (ada, _) = live(&conn, "/").await?;
    let (grace, _) = live(&conn, "/").await?;

    let form = ada.form("#sign", json!({"entry": {"name": "Ada", "text": "Hello"}}));
    form.render_submit().await?;
    assert!(grace.has_text("#entries-1", "Hello").await);

    let (_, html) = live(&conn, "/").await?;
    assert!(html.contains("Hello"), "{html}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_entry_without_a_name_is_refused() -> TestResult {
    let photos = TempDir::new()?;
    let (view, _) = live(&visitor(&photos)?, "/").await?;

    let form = view.form("#sign", json!({"entry": {"name": " ", "text": "Hello"}}));
    form.render_submit().await?;
    assert!(view.has_text("#sign b", "can't be blank").await);
    assert!(!view.has_element("#entries-1").await);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_photo_comes_with_its_entry() -> TestResult {
    let photos = TempDir::new()?;
    let conn = visitor(&photos)?;
    let (view, _) = live(&conn, "/").await?;

    let photo = UploadFile::new("me.jpg", "image/jpeg", "not really a photo");
    let upload = view.file_input("#sign", "photo", [photo]);
    let html = upload.render_upload("me.jpg").await?;
    assert!(html.contains("me.jpg 100%"), "{html}");

    let form = view.form("#sign", json!({"entry": {"name": "Ada", "text": "Look"}}));
    form.render_submit().await?;
    assert!(view.has_element("#entries-1 img").await);

    let kept = fs::read_dir(&photos)?.next().ok_or("no photo was kept")??;
    let path = format!("/photos/{}", kept.file_name().display());
    assert_eq!(conn.get(&path).await.body(), "not really a photo");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_no_photo_is_not_taken() -> TestResult {
    let photos = TempDir::new()?;
    let (view, _) = live(&visitor(&photos)?, "/").await?;

    let text = UploadFile::new("me.txt", "text/plain", "hello");
    let upload = view.file_input("#sign", "photo", [text]);
    let html = upload.render_change().await?;
    assert!(
        html.contains("files of this kind are not accepted"),
        "{html}"
    );

    view.element(".photo button").render_click().await?;
    assert!(!view.has_element(".photo").await);
    Ok(())
}
