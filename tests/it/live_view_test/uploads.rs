//! Uploads, on a scripted server.

use bennu::testing::{UploadError, UploadFile, View};
use serde_json::{Value, json};

use super::engine::failure;
use super::scripted::{Script, heard};

const FORM: &str = r#"<form id="f" phx-change="validate" phx-submit="save">
    <input name="title" value="t"/>
    <input type="file" name="photo" data-phx-upload-ref="phx-R" phx-progress="went"/>
</form>"#;

async fn form(script: Script) -> View {
    script.view("main", FORM).view_of().await
}

/// The references that the client gave the files, in order.
async fn references(view: &View) -> Vec<String> {
    let heard = heard(view).await;
    let change = heard
        .iter()
        .find(|message| message["event"] == "validate")
        .expect("the files were chosen");
    let entries = change["payload"]["uploads"]["phx-R"]
        .as_array()
        .expect("the change lists the files");
    entries
        .iter()
        .map(|entry| {
            entry["ref"]
                .as_str()
                .expect("references are text")
                .to_owned()
        })
        .collect()
}

fn file(name: &str) -> UploadFile {
    UploadFile::new(name, "text/plain", "hello world").last_modified(5)
}

// 10.2, 10.3
#[tokio::test(start_paused = true)]
async fn files_are_validated_and_then_asked_for() {
    let view = form(Script::default().on(
        "allow_upload",
        json!({"ref": "phx-R", "entries": {}, "errors": {}}),
    ))
    .await;
    let upload = view.file_input(
        "#f",
        "photo",
        [file("a.txt"), file("b.txt").claimed_size(1)],
    );
    upload.render_change().await.expect("it stays");
    let answer = upload.preflight_upload().await.expect("it stays");
    assert_eq!(answer["entries"], json!({}));
    let heard = heard(&view).await;
    let change = &heard[1]["payload"];
    assert_eq!(
        (&change["value"], &change["meta"]["_target"]),
        (&json!("_unused_title=&title=t"), &json!("photo"))
    );
    let entries = &change["uploads"]["phx-R"];
    assert_eq!(
        (
            &entries[0]["name"],
            &entries[0]["size"],
            &entries[1]["size"]
        ),
        (&json!("a.txt"), &json!(11), &json!(1))
    );
    assert_eq!(
        (&entries[0]["path"], &entries[0]["last_modified"]),
        (&json!("photo"), &json!(5))
    );
    let asked = &heard[2]["payload"];
    assert_eq!(
        (&asked["ref"], &asked["entries"][0]["path"]),
        (&json!("phx-R"), &Value::Null)
    );
}

/// A server that allows every file; the references of entries are counted through the process.
fn allowing() -> Script {
    let tokens: serde_json::Map<_, _> = (0..1_000)
        .map(|entry: u16| (entry.to_string(), json!("T")))
        .collect();
    let allowed = json!({"ref": "phx-R", "config": {"chunk_size": 4}, "entries": tokens});
    (0..1_000).fold(
        Script::default().on("allow_upload", allowed),
        |script, entry| script.on(&format!("lvu:{entry}"), json!({})),
    )
}

// 10.4, 10.5
#[tokio::test(start_paused = true)]
async fn chunks_are_sent_as_far_as_asked() {
    let script = allowing();
    let chunks = script.chunks.clone();
    let view = form(script).await;
    let upload = view.file_input(
        "#f",
        "photo",
        [file("a.txt"), UploadFile::new("empty", "", "")],
    );
    let sent = || {
        chunks
            .lock()
            .expect("nobody panics here")
            .drain(..)
            .collect::<Vec<_>>()
    };
    upload
        .render_upload_to("a.txt", 50)
        .await
        .expect("it is allowed");
    assert_eq!(sent(), ["hell", "o"]);
    upload.render_upload("a.txt").await.expect("it is allowed");
    assert_eq!(sent(), [" wor", "ld"]);
    upload.render_upload("empty").await.expect("it is allowed");
    assert_eq!(sent(), [""]);
    let reference = references(&view).await.remove(0);
    let progress = heard(&view)
        .await
        .into_iter()
        .filter(|message| message["event"] == "progress");
    let told: Vec<_> = progress
        .map(|message| message["payload"].clone())
        .take(2)
        .collect();
    let expected = [50, 100].map(|percent| {
        json!({"event": "went", "ref": "phx-R", "entry_ref": reference, "progress": percent})
    });
    assert_eq!(told, expected);
}

// 10.3, 10.4
#[tokio::test(start_paused = true)]
async fn a_file_may_be_refused_at_every_step() {
    let errors = json!([["0", "too_large"]]);
    let view =
        form(Script::default().on("allow_upload", json!({"ref": "phx-R", "error": errors}))).await;
    let upload = view.file_input("#f", "photo", [file("a.txt")]);
    assert_eq!(
        upload.render_upload("a.txt").await,
        Err(UploadError::Refused(errors))
    );
    assert!(
        failure(upload.render_upload("b.txt"))
            .await
            .contains("no file \"b.txt\" was chosen")
    );
    let other = view.file_input("#f", "title", [file("a.txt")]);
    assert!(
        failure(other.render_change())
            .await
            .contains("no file input \"title\"")
    );

    let reason = json!({"reason": "file_size_limit_exceeded", "limit": 1});
    let view = form(allowing().on("chunk", reason.clone())).await;
    let upload = view.file_input("#f", "photo", [file("a.txt")]);
    assert_eq!(
        upload.render_upload("a.txt").await,
        Err(UploadError::Refused(reason))
    );
}
