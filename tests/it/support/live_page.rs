//! A loaded page of a live view, and the frames that its script would send.

use serde_json::{Value, json};

use super::{Client, HttpResponse, Server, Vsn};

/// What a page's script finds in the page, and the cookie that came with it.
pub(crate) struct Loaded {
    pub(crate) cookie: String,
    pub(crate) csrf_token: String,
    pub(crate) id: String,
    pub(crate) session: String,
    pub(crate) statics: String,
    pub(crate) body: String,
}

impl Loaded {
    pub(crate) async fn load(server: &Server, path: &str) -> Self {
        let response = server.get(path).await;
        assert_eq!(response.status, 200, "{path}");
        let cookie = response.cookie();
        let cookie = cookie.expect("a first page sets the session");
        Self::read(&response, cookie)
    }

    /// Reads a page that a visitor with this cookie got.
    pub(crate) fn read(response: &HttpResponse, cookie: &str) -> Self {
        let body = response.text().to_owned();
        let find = |before: &str| {
            let (_, rest) = body
                .split_once(before)
                .unwrap_or_else(|| panic!("{before} in {body}"));
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        Self {
            cookie: cookie.to_owned(),
            csrf_token: find("name=\"csrf-token\" content=\""),
            id: format!("phx-{}", find(" id=\"phx-")),
            session: find("data-phx-session=\""),
            statics: find("data-phx-static=\""),
            body,
        }
    }

    pub(crate) fn topic(&self) -> String {
        format!("lv:{}", self.id)
    }

    pub(crate) async fn connect(&self, server: &Server) -> Client {
        let path = format!("/live/websocket?vsn=2.0.0&_csrf_token={}", self.csrf_token);
        let cookie = [("cookie", &*self.cookie)];
        Client::open(server.addr, &path, Vsn::V2, &cookie)
            .await
            .expect("the socket opens")
    }

    pub(crate) fn join_payload(&self, url: &str) -> Value {
        json!({"url": url, "params": {"_mounts": 0}, "session": self.session, "static": self.statics, "sticky": false})
    }

    /// Joins the page's view and gives the response.
    pub(crate) async fn join(&self, client: &mut Client, url: &str) -> Value {
        client
            .send(json!([
                "4",
                "4",
                self.topic(),
                "phx_join",
                self.join_payload(url)
            ]))
            .await;
        let reply = client.next().await;
        assert_eq!(
            (&reply[0], &reply[1], &reply[3]),
            (&json!("4"), &json!("4"), &json!("phx_reply"))
        );
        reply[4].clone()
    }
}

pub(crate) fn event(page: &Loaded, reference: &str, payload: Value) -> Value {
    json!(["4", reference, page.topic(), "event", payload])
}

pub(crate) fn click(page: &Loaded, reference: &str, name: &str) -> Value {
    event(
        page,
        reference,
        json!({"type": "click", "event": name, "value": {}}),
    )
}

pub(crate) fn ok(page: &Loaded, reference: &str, response: Value) -> Value {
    json!(["4", reference, page.topic(), "phx_reply", {"status": "ok", "response": response}])
}
