//! What a live page's script does: load the page, connect with its tokens, join.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::connection::Connection;
use crate::failure::Failure;
use crate::http::Pages;
use crate::target::Target;

/// A live view that is connected.
#[derive(Debug)]
pub struct LivePage {
    connection: Connection,
    topic: String,
}

/// The tokens of a page, which its script hands back.
#[derive(Debug, PartialEq, Eq)]
struct Tokens<'a> {
    csrf: &'a str,
    id: &'a str,
    session: &'a str,
    statics: &'a str,
}

impl LivePage {
    /// Loads the page on a connection of its own, as a browser that comes by, and connects and joins on another.
    ///
    /// # Errors
    /// When the server refuses, or the page is no live page.
    pub async fn open(target: &Target, page: &str, socket: &str) -> Result<Self, Failure> {
        let mut pages = Pages::open(target).await?;
        let loaded = pages.get(page).await?;
        drop(pages);
        let html = String::from_utf8_lossy(&loaded.body);
        let tokens = Tokens::find(&html)
            .ok_or_else(|| Failure::Malformed("a page without the tokens of a live view".into()))?;
        let path = tokens.socket_path(socket);
        let mut connection = Connection::open(target, &path, &loaded.head.cookies).await?;
        let topic = format!("{}{}", bennu_protocol::live::TOPIC_PREFIX, tokens.id);
        let params = tokens.join_params(&format!("{}{page}", target.url()));
        connection.join(&topic, &params).await?;
        Ok(Self { connection, topic })
    }

    /// Sends an event and waits for its reply; diffs before it are dropped.
    ///
    /// # Errors
    /// When the server refuses or ends the view.
    pub async fn event(&mut self, payload: &str) -> Result<(), Failure> {
        let reference = self
            .connection
            .queue(&self.topic, bennu_protocol::live::EVENT, payload);
        self.connection.answer(reference).await.map(drop)
    }

    /// Stays connected as a browser does, until something fails.
    pub async fn keep_alive(&mut self) -> Failure {
        self.connection.keep_alive().await
    }
}

impl<'a> Tokens<'a> {
    /// The tokens in a page's HTML.
    fn find(html: &'a str) -> Option<Self> {
        let container = tag_with(html, "data-phx-main")?;
        let meta = tag_with(html, "name=\"csrf-token\"")?;
        Some(Self {
            csrf: attribute(meta, "content")?,
            id: attribute(container, "id")?,
            session: attribute(container, "data-phx-session")?,
            statics: attribute(container, "data-phx-static").unwrap_or_default(),
        })
    }

    fn socket_path(&self, socket: &str) -> String {
        let csrf = utf8_percent_encode(self.csrf, NON_ALPHANUMERIC);
        format!("{socket}/websocket?_csrf_token={csrf}&_mounts=0&_mount_attempts=0&vsn=2.0.0")
    }

    fn join_params(&self, url: &str) -> String {
        json!({
            "url": url,
            "params": { "_csrf_token": self.csrf, "_mounts": 0, "_mount_attempts": 0 },
            "session": self.session,
            "static": self.statics,
            "sticky": false,
        })
        .to_string()
    }
}

/// The first tag that has `text` in it.
fn tag_with<'a>(html: &'a str, text: &str) -> Option<&'a str> {
    let at = html.find(text)?;
    let start = html[..at].rfind('<')?;
    let end = at + html[at..].find('>')?;
    Some(&html[start..end])
}

/// The value of an attribute in double quotes.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let end = start + tag[start..].find('"')?;
    Some(&tag[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_in_a_page() {
        let html = r#"<head><meta name="csrf-token" content="C=" /></head>
            <body><div id="phx-1" data-phx-main data-phx-session="S" data-phx-static="T"><p id="x"></p></div></body>"#;
        let tokens = Tokens::find(html).unwrap();
        let expected = Tokens {
            csrf: "C=",
            id: "phx-1",
            session: "S",
            statics: "T",
        };
        assert_eq!(tokens, expected);
        assert!(
            tokens
                .socket_path("/live")
                .starts_with("/live/websocket?_csrf_token=C%3D&")
        );
        let params: bennu_protocol::live::Join =
            serde_json::from_str(&tokens.join_params("http://localhost/counter")).unwrap();
        assert_eq!(params.session.as_deref(), Some("S"));
        assert_eq!(params.static_token(), Some("T"));
    }

    #[test]
    fn a_page_without_a_live_view_has_no_tokens() {
        for html in ["", "<p>plain</p>", "data-phx-main", "<div data-phx-main>"] {
            assert_eq!(Tokens::find(html), None, "{html}");
        }
    }
}
