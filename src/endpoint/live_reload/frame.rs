//! The hidden frame of each page, and the script in it.

use std::fmt::Write as _;

use bytes::Bytes;
use http::StatusCode;
use serde_json::json;

use super::{LiveReload, SOCKET_PATH};
use crate::endpoint::{Conn, Pipeline, Response, Router};

/// Where the frame is.
pub(super) const PATH: &str = "/phoenix/live_reload/frame";

const SCRIPT: &str = include_str!("live_reload.js");

/// The frame's document.
#[derive(Clone)]
pub(super) struct Frame(Bytes);

impl Frame {
    pub(super) fn new(options: &LiveReload, prefix: &str) -> Self {
        let options = json!({
            "socket": format!("{prefix}{SOCKET_PATH}/websocket"),
            "interval": u64::try_from(options.interval.as_millis()).unwrap_or(u64::MAX),
            "targetWindow": options.target_window.property(),
            "reloadPageOnCssChanges": options.reload_page_on_css_changes,
        });
        // Nothing inside a script may look like its end.
        let options = options.to_string().replace('<', r"\u003c");
        let page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Live reload</title>\n\
             <script>\nconst options = {options}\n{SCRIPT}</script>\n</html>\n"
        );
        Self(page.into())
    }

    pub(super) fn into_router(self) -> Router {
        Router::new()
            .pipe_through(Pipeline::Plain)
            .get(PATH, move |conn| self.clone().answer(conn))
    }

    async fn answer(self, conn: Conn) -> Response {
        conn.html(StatusCode::OK, self.0)
    }
}

/// The element that shows the frame. It says which process made the page that it stands in.
pub(super) fn iframe(options: &LiveReload, prefix: &str, boot_id: &str) -> String {
    let src = format!("{prefix}{PATH}");
    let own = [
        ("hidden", ""),
        ("height", "0"),
        ("width", "0"),
        ("src", &*src),
        ("data-boot-id", boot_id),
    ];
    let given = options.iframe_attrs.iter();
    let given: Vec<_> = given.map(|(name, value)| (&**name, &**value)).collect();
    let is_given = |name: &str| given.iter().any(|(given, _)| *given == name);
    let mut iframe = "<iframe".to_owned();
    let kept = own.into_iter().filter(|(name, _)| !is_given(name));
    for (name, value) in kept.chain(given.iter().copied()) {
        write!(iframe, " {name}=\"{}\"", escape(value)).expect("memory can be written");
    }
    iframe.push_str("></iframe>");
    iframe
}

fn escape(value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('"', "&quot;");
    value.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_added_replaced_and_escaped() {
        let options = LiveReload::new()
            .iframe_attr("class", r#"a "b" <c>"#)
            .iframe_attr("height", "1");
        assert_eq!(
            iframe(&options, "/app", "id"),
            "<iframe hidden=\"\" width=\"0\" src=\"/app/phoenix/live_reload/frame\" data-boot-id=\"id\" \
             class=\"a &quot;b&quot; &lt;c&gt;\" height=\"1\"></iframe>"
        );
    }

    #[test]
    fn an_option_cannot_end_the_script() {
        let Frame(page) = Frame::new(&LiveReload::new(), "</script>");
        let page = std::str::from_utf8(&page).expect("the page is text");
        assert_eq!(page.matches("</script>").count(), 1);
    }
}
