//! The frame, and the pages that get it.

use bennu::endpoint::{Conn, LiveReload, Response, Router, TargetWindow, Url};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderValue, StatusCode};
use http_body_util::BodyExt;

use super::Folder;
use crate::support::{Request, Server, builder};

const PAGE: &str = "<html><body class=\"a\"><p>\"</body>\"</p></body></html>";

async fn serving(router: Router) -> (Server, Folder) {
    let folder = Folder::new();
    folder.put("file.html", PAGE);
    let builder = builder()
        .router(router)
        .assets("/files", folder.watched.path())
        .live_reload(folder.live_reload());
    (Server::start(builder).await, folder)
}

/// The page that must have come, if the frame is in it.
fn with_frame(text: &str) -> String {
    let (_, after) = text.split_once("data-boot-id=\"").expect("a frame");
    let (boot_id, _) = after.split_once('"').expect("an id");
    let iframe = format!(
        "<iframe hidden=\"\" height=\"0\" width=\"0\" src=\"/phoenix/live_reload/frame\" \
         data-boot-id=\"{boot_id}\"></iframe>"
    );
    let (before, after) = PAGE.split_at(PAGE.len() - "</body></html>".len());
    format!("{before}{iframe}{after}")
}

#[tokio::test]
async fn a_page_gets_the_frame_before_the_last_end_of_its_body() {
    let router = Router::new()
        .get("/page", |conn: Conn| async {
            conn.html(StatusCode::OK, PAGE)
        })
        .get("/told", |mut conn: Conn| async {
            conn.put_header(CONTENT_LENGTH, HeaderValue::from(PAGE.len()));
            conn.html(StatusCode::OK, PAGE)
        })
        .errors(|conn, status| async move { conn.html(status, PAGE) });
    let (server, _folder) = serving(router).await;
    for (path, status) in [("/page", 200), ("/told", 200), ("/nowhere", 404)] {
        let response = server.get(path).await;
        assert_eq!(response.status, status);
        assert_eq!(response.text(), with_frame(response.text()));
        let length = response.body.len().to_string();
        assert_eq!(response.header("content-length"), Some(&*length), "{path}");
        let head = server.send(Request::new("HEAD", path)).await;
        assert_eq!(head.header("content-length"), Some(&*length), "{path}");
        assert_eq!(head.body, b"");
    }
}

#[tokio::test]
async fn what_is_no_whole_html_page_stays_as_it_is() {
    const FRAGMENT: &str = "<p>\"</body>\"</p>";
    const UNENDED: &str = "<body><p>never closed";
    let router = Router::new()
        .get("/text", |conn: Conn| async {
            conn.text(StatusCode::OK, PAGE)
        })
        .get("/fragment", |conn: Conn| async {
            conn.html(StatusCode::OK, FRAGMENT)
        })
        .get("/unended", |conn: Conn| async {
            conn.html(StatusCode::OK, UNENDED)
        })
        .get("/compressed", |mut conn: Conn| async {
            conn.put_header(CONTENT_ENCODING, HeaderValue::from_static("br"));
            conn.html(StatusCode::OK, PAGE)
        })
        .get("/streamed", |conn: Conn| async { streamed(conn) });
    let (server, _folder) = serving(router).await;
    for (path, body) in [
        ("/text", PAGE),
        ("/fragment", FRAGMENT),
        ("/unended", UNENDED),
        ("/compressed", PAGE),
        ("/files/file.html", PAGE),
    ] {
        assert_eq!(server.get(path).await.text(), body, "{path}");
    }
    let response = server.get("/streamed").await;
    assert!(response.text().contains(PAGE), "{response:?}");
}

/// A page whose length nobody knows.
fn streamed(conn: Conn) -> Response {
    let response = conn.html(StatusCode::OK, PAGE);
    response.map(|body| body.map_frame(|frame| frame).boxed_unsync())
}

#[tokio::test]
async fn a_file_is_sent_whole_since_its_last_version_may_be_as_old() {
    let folder = Folder::new();
    folder.put("app.js", "new");
    let builder = || builder().assets("/files", folder.watched.path());
    for (builder, status) in [
        (builder(), 304),
        (builder().live_reload(folder.live_reload()), 200),
    ] {
        let server = Server::start(builder).await;
        let response = server.get("/files/app.js").await;
        let modified = response.header("last-modified").expect("files are dated");
        let again = Request::get("/files/app.js").header("if-modified-since", modified);
        assert_eq!(server.send(again).await.status, status);
    }
}

#[tokio::test]
async fn the_frame_has_the_options() {
    let options = LiveReload::new()
        .dir(std::env::temp_dir().join("bennu-no-such-folder"))
        .interval(std::time::Duration::from_millis(7))
        .target_window(TargetWindow::Top)
        .reload_page_on_css_changes(true);
    let builder = builder().url(Url::new("localhost").path("/app"));
    let server = Server::start(builder.live_reload(options)).await;
    let frame = server.get("/phoenix/live_reload/frame").await;
    let options = "const options = {\"interval\":7,\"reloadPageOnCssChanges\":true,\
                   \"socket\":\"/app/phoenix/live_reload/socket/websocket\",\"targetWindow\":\"top\"}\n";
    assert!(frame.text().contains(options), "{}", frame.text());
    assert_eq!(
        frame.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(!frame.text().contains("<iframe"));
}

#[test]
#[should_panic(expected = "pattern \"(\": ")]
fn a_pattern_that_is_none_is_refused() {
    let _ = LiveReload::new().pattern("(");
}
