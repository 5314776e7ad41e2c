//! Live views inside live views (liveview-wire 2.3, 4.2, 14.9, 14.10).

mod family;

use bennu::live::nested::{NESTED_VIEWS_MAX, NESTING_DEPTH_MAX};
use serde_json::{Value, json};

use crate::support::live_page::{Loaded, click, ok};
use crate::support::{Client, Server};
use family::{Farewell, pages, pages_with};

/// A container that a view has shown.
#[derive(Debug, Clone)]
struct Container {
    id: String,
    session: String,
    statics: String,
}

/// What follows `name="` in an HTML text, up to the next quote.
fn attribute(html: &str, name: &str) -> String {
    let (_, rest) = html
        .split_once(&format!("{name}=\""))
        .unwrap_or_else(|| panic!("no {name} in {html}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

impl Container {
    fn in_html(html: &str) -> Self {
        Self {
            id: attribute(html, "<div id"),
            session: attribute(html, "data-phx-session"),
            statics: attribute(html, "data-phx-static"),
        }
    }

    fn topic(&self) -> String {
        format!("lv:{}", self.id)
    }

    fn join_payload(&self) -> Value {
        json!({"params": {"_mounts": 0}, "session": self.session, "static": self.statics, "sticky": false})
    }

    async fn join(&self, client: &mut Client, reference: &str) -> Value {
        let message = json!([
            reference,
            reference,
            self.topic(),
            "phx_join",
            self.join_payload()
        ]);
        client.send(message).await;
        let reply = client.next().await;
        assert_eq!(
            (&reply[1], &reply[2]),
            (&json!(reference), &json!(self.topic()))
        );
        reply[4].clone()
    }

    /// Sends an event to the view that joined with the ref "20".
    async fn click(&self, client: &mut Client, reference: &str, name: &str) {
        let payload = json!({"type": "click", "event": name, "value": {}});
        client
            .send(json!(["20", reference, self.topic(), "event", payload]))
            .await;
    }

    fn ok(&self, reference: &str, response: Value) -> Value {
        json!(["20", reference, self.topic(), "phx_reply", {"status": "ok", "response": response}])
    }

    fn push(&self, event: &str, payload: Value) -> Value {
        let reference = if event == "diff" {
            json!(null)
        } else {
            json!("20")
        };
        json!(["20", reference, self.topic(), event, payload])
    }
}

/// A page whose view has joined.
struct Joined {
    server: Server,
    page: Loaded,
    client: Client,
    rendered: Value,
}

impl Joined {
    async fn at(path: &str) -> Self {
        Self::on(Server::start(pages()).await, path).await
    }

    async fn on(server: Server, path: &str) -> Self {
        let page = Loaded::load(&server, path).await;
        let mut client = page.connect(&server).await;
        let reply = page
            .join(&mut client, &format!("http://localhost{path}"))
            .await;
        assert_eq!(reply["status"], "ok", "{reply}");
        let rendered = reply["response"]["rendered"].clone();
        Self {
            server,
            page,
            client,
            rendered,
        }
    }

    fn kid(&self) -> Container {
        Container::in_html(
            self.rendered["1"]["k"]["0"]["0"]
                .as_str()
                .expect("a container"),
        )
    }

    /// Joins the first child.
    async fn with_kid(path: &str) -> (Self, Container) {
        let mut joined = Self::at(path).await;
        let kid = joined.kid();
        let reply = kid.join(&mut joined.client, "20").await;
        assert_eq!(reply["status"], "ok", "{reply}");
        (joined, kid)
    }

    async fn send(&mut self, reference: &str, name: &str) {
        self.client.send(click(&self.page, reference, name)).await;
    }

    /// The parent lives and sent nothing else.
    async fn quiet(&mut self) {
        self.send("99", "noop").await;
        self.client.expect(ok(&self.page, "99", json!({}))).await;
    }

    fn diff(&self, diff: Value) -> Value {
        json!(["4", null, self.page.topic(), "diff", diff])
    }

    fn phx(&self, event: &str) -> Value {
        let payload = if event == "phx_error" {
            json!({"reason": "channel_crash"})
        } else {
            json!({})
        };
        json!(["4", "4", self.page.topic(), event, payload])
    }
}

fn stale() -> Value {
    json!({"status": "error", "response": {"reason": "stale"}})
}

// 2.3, 14.9
#[tokio::test]
async fn a_page_is_complete_with_the_views_inside_its_views() {
    let server = Server::start(pages()).await;
    let page = Loaded::load(&server, "/?kids=mother,%22q%22").await;
    let (_, content) = page
        .body
        .split_once("<p></p>")
        .expect("the parent's content");
    let mother = Container::in_html(content);
    assert_eq!((&*mother.id, &*mother.session), ("mother", ""));
    let opened = format!(
        "<div><div id=\"mother\" data-phx-session=\"\" data-phx-static=\"{}\" data-phx-parent-id=\"{}\">\
         <b>mother is calm</b><i>0</i>",
        mother.statics, page.id
    );
    let (_, rest) = content
        .split_once(&*opened)
        .unwrap_or_else(|| panic!("{content}"));
    let grandchild = Container::in_html(rest);
    let nested = format!(
        "<div id=\"grandchild\" data-phx-session=\"\" data-phx-static=\"{}\" data-phx-parent-id=\"mother\">\
         <b>baby is calm</b><i>0</i></div></div></div>",
        grandchild.statics
    );
    assert!(rest.contains(&nested), "{rest}");
    assert!(
        rest.contains("<div id=\"&quot;q&quot;\" data-phx-session"),
        "{rest}"
    );
    assert!(page.body.ends_with("</body></html>"));
}

// 2.3: a child that goes elsewhere takes the whole request along.
#[tokio::test]
async fn a_child_answers_for_the_whole_page() {
    let server = Server::start(pages()).await;
    let response = server.get("/?kids=kid,away").await;
    assert_eq!(
        (response.status, response.header("location")),
        (302, Some("/elsewhere"))
    );
    assert_eq!(server.get("/?kids=lost").await.status, 404);
    assert_eq!(server.get("/?kids=broken").await.status, 500);
}

// 2.3: an empty container, with a token of its own.
#[tokio::test]
async fn a_connected_view_shows_containers_that_stay_as_they_are() {
    let mut joined = Joined::at("/").await;
    let kid = joined.kid();
    let container = format!(
        "<div id=\"kid\" data-phx-session=\"{}\" data-phx-static=\"\" data-phx-parent-id=\"{}\"></div>",
        kid.session, joined.page.id
    );
    assert_eq!(joined.rendered["1"]["k"]["0"]["0"], json!(container));
    joined.send("5", "write").await;
    let expected = ok(&joined.page, "5", json!({"diff": {"0": "!"}}));
    joined.client.expect(expected).await;
}

// 4.1, 4.2, 14.1
#[tokio::test]
async fn a_child_joins_without_a_url_and_has_a_process_of_its_own() {
    let mut joined = Joined::at("/").await;
    let mut kid = joined.kid();
    // The client takes the static token from the page that was loaded.
    let (_, content) = joined
        .page
        .body
        .split_once("<p></p>")
        .expect("the parent's content");
    kid.statics = Container::in_html(content).statics;
    let reply = kid.join(&mut joined.client, "20").await;
    let rendered = &reply["response"]["rendered"];
    assert_eq!(
        (&rendered["0"], &rendered["1"], &rendered["2"]),
        (&json!("kid"), &json!("calm"), &json!("0"))
    );
    assert!(reply["response"].get("container").is_none());
    kid.click(&mut joined.client, "21", "inc").await;
    joined
        .client
        .expect(kid.ok("21", json!({"diff": {"2": "1"}})))
        .await;
    joined.quiet().await;
}

// 4.2: what was assigned around a child when it was shown.
#[tokio::test]
async fn a_child_sees_what_its_parent_has_assigned() {
    let mut joined = Joined::at("/").await;
    joined.send("5", "worry").await;
    joined.client.next().await;
    let kid = joined.kid();
    let reply = kid.join(&mut joined.client, "20").await;
    assert_eq!(reply["response"]["rendered"]["1"], "worried");
}

// 2.3: grandchildren belong to the child's own render.
#[tokio::test]
async fn a_grandchild_joins_inside_its_parent_and_ends_with_it() {
    let mut joined = Joined::at("/?kids=mother").await;
    let reply = joined.kid().join(&mut joined.client, "20").await;
    let container = reply["response"]["rendered"]["3"]
        .as_str()
        .expect("a container");
    assert!(
        container.ends_with("data-phx-parent-id=\"mother\"></div>"),
        "{container}"
    );
    let grandchild = Container::in_html(container);
    let reply = grandchild.join(&mut joined.client, "30").await;
    assert_eq!(reply["response"]["rendered"]["1"], "calm", "{reply}");
    let payload = json!({"type": "click", "event": "whose", "value": {}});
    joined
        .client
        .send(json!(["30", "31", grandchild.topic(), "event", payload]))
        .await;
    let reply = joined.client.next().await;
    // Its parent is a Kid, not a Parent.
    assert_eq!(
        reply[4]["response"]["diff"]["r"],
        json!({"parents": [false, true]})
    );
    joined
        .client
        .send(json!(["20", "22", "lv:mother", "phx_leave", {}]))
        .await;
    for expected in [
        json!(["20", "22", "lv:mother", "phx_reply", {"status": "ok", "response": {}}]),
        json!(["20", "20", "lv:mother", "phx_close", {}]),
        json!(["30", "30", "lv:grandchild", "phx_close", {}]),
    ] {
        joined.client.expect(expected).await;
    }
    joined.quiet().await;
}

// 14.10: parent stop closes children.
#[tokio::test]
async fn a_child_closes_when_its_parent_leaves_or_crashes() {
    let (mut joined, kid) = Joined::with_kid("/").await;
    joined
        .client
        .send(json!(["4", "5", joined.page.topic(), "phx_leave", {}]))
        .await;
    joined.client.expect(ok(&joined.page, "5", json!({}))).await;
    joined.client.expect(joined.phx("phx_close")).await;
    joined.client.expect(kid.push("phx_close", json!({}))).await;

    let (mut joined, kid) = Joined::with_kid("/").await;
    joined.send("5", "panic").await;
    // The two tasks end at the same time.
    let mut ends = [joined.client.next().await, joined.client.next().await];
    ends.sort_by_key(|frame| frame[2] == json!(kid.topic()));
    assert_eq!(
        ends,
        [joined.phx("phx_error"), kid.push("phx_close", json!({}))]
    );
}

// 3.5, 14.10: a dead parent makes a child's token stale.
#[tokio::test]
async fn a_child_of_a_view_that_is_gone_is_stale() {
    let mut joined = Joined::at("/").await;
    let kid = joined.kid();
    joined
        .client
        .send(json!(["4", "5", joined.page.topic(), "phx_leave", {}]))
        .await;
    joined.client.next().await;
    joined.client.next().await;
    assert_eq!(kid.join(&mut joined.client, "20").await, stale());
}

// 4.2: a client that is going elsewhere with the parent must not load the page again.
#[tokio::test]
async fn a_child_of_a_view_that_is_about_to_end_is_told_so() {
    let farewell = Farewell::default();
    let server = Server::start(pages_with(farewell.clone())).await;
    let mut joined = Joined::on(server, "/").await;
    let kid = joined.kid();
    joined.send("5", "linger").await;
    let reply = ok(&joined.page, "5", json!({}));
    joined.client.expect(reply).await;
    joined.client.expect(joined.phx("phx_close")).await;
    let reply = kid.join(&mut joined.client, "20").await;
    assert_eq!(reply["response"], json!({"reason": "parent_redirect"}));
    farewell.0.notify_one();
}

// 3.1: the token binds a child to the parent that lives on the same connection.
#[tokio::test]
async fn a_child_joins_only_where_its_parent_lives() {
    let joined = Joined::at("/").await;
    let mut other = joined.page.connect(&joined.server).await;
    assert_eq!(joined.kid().join(&mut other, "20").await, stale());
    let reply = joined.page.join(&mut other, "http://localhost/").await;
    assert_eq!(reply["status"], "ok");
    assert_eq!(joined.kid().join(&mut other, "20").await, stale());
}

// 3.1, 3.5
#[tokio::test]
async fn a_childs_token_is_good_for_its_topic_and_for_nothing_else() {
    let mut joined = Joined::at("/").await;
    let kid = joined.kid();
    let other = Container {
        id: "other".into(),
        ..kid.clone()
    };
    assert_eq!(other.join(&mut joined.client, "20").await, stale());
    let statics = joined.page.statics.clone();
    let swapped = Container {
        statics,
        ..kid.clone()
    };
    assert_eq!(swapped.join(&mut joined.client, "21").await, stale());
    let unsigned = Container {
        session: String::new(),
        ..kid.clone()
    };
    assert_eq!(unsigned.join(&mut joined.client, "22").await, stale());
    // 4.2: live navigation goes to routes.
    let mut payload = kid.join_payload();
    payload["redirect"] = json!("http://localhost/");
    joined
        .client
        .send(json!(["23", "23", kid.topic(), "phx_join", payload]))
        .await;
    let reply = joined.client.next().await;
    assert_eq!(reply[4]["response"], json!({"reason": "unauthorized"}));
}

// 9.6: a nested view has no URL.
#[tokio::test]
async fn a_child_takes_no_patch() {
    let (mut joined, kid) = Joined::with_kid("/").await;
    let patch = json!(["20", "21", kid.topic(), "live_patch", {"url": "http://localhost/"}]);
    joined.client.send(patch).await;
    joined
        .client
        .expect(kid.ok("21", json!({"link_redirect": true})))
        .await;
}

// 14.10: child crash leaves the parent alone; the client joins it again with the same token.
#[tokio::test]
async fn a_child_that_crashes_is_mounted_anew_and_its_parent_stays() {
    let (mut joined, kid) = Joined::with_kid("/").await;
    kid.click(&mut joined.client, "21", "inc").await;
    joined.client.next().await;
    kid.click(&mut joined.client, "22", "panic").await;
    joined
        .client
        .expect(kid.push("phx_error", json!({"reason": "channel_crash"})))
        .await;
    joined.quiet().await;
    let reply = kid.join(&mut joined.client, "20").await;
    assert_eq!(reply["response"]["rendered"]["2"], "0");
}

// Row 105
#[tokio::test]
async fn a_child_that_is_linked_takes_its_parent_along_when_it_crashes() {
    let (mut joined, kid) = Joined::with_kid("/?kids=linked").await;
    kid.click(&mut joined.client, "21", "panic").await;
    joined
        .client
        .expect(kid.push("phx_error", json!({"reason": "channel_crash"})))
        .await;
    joined.client.expect(joined.phx("phx_error")).await;
}

// The page hears first of the child: of a child whose parent has ended it would not hear at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linked_child_whose_mount_crashes_is_answered_before_its_parent_ends() {
    for _ in 0..3 {
        let mut joined = Joined::at("/?kids=fragile").await;
        let reply = joined.kid().join(&mut joined.client, "20").await;
        assert_eq!(reply["response"], json!({"reason": "join crashed"}));
        joined.client.expect(joined.phx("phx_error")).await;
    }
}

#[tokio::test]
async fn a_child_that_is_linked_and_ends_as_it_should_leaves_its_parent_alone() {
    let (mut joined, kid) = Joined::with_kid("/?kids=linked").await;
    kid.click(&mut joined.client, "21", "stop").await;
    joined.client.expect(kid.ok("21", json!({}))).await;
    joined.client.expect(kid.push("phx_close", json!({}))).await;
    joined.quiet().await;
    let reply = kid.join(&mut joined.client, "20").await;
    assert_eq!(reply["status"], "ok");
    joined
        .client
        .send(json!(["20", "22", kid.topic(), "phx_leave", {}]))
        .await;
    joined.client.next().await;
    joined.client.next().await;
    joined.quiet().await;
}

// Row 106
#[tokio::test]
async fn parent_and_child_send_each_other_messages() {
    let (mut joined, kid) = Joined::with_kid("/").await;
    kid.click(&mut joined.client, "21", "tell parent").await;
    let told = joined.diff(json!({"0": "from kid"}));
    let answered = kid.ok("21", json!({}));
    // There is no order across views (15.3).
    let mut frames = [joined.client.next().await, joined.client.next().await];
    frames.sort_by_key(|frame| frame[3] == "diff");
    assert_eq!(frames, [answered, told]);
    joined.send("5", "tell child").await;
    let told = kid.push("diff", json!({"0": "from the parent"}));
    let mut frames = [joined.client.next().await, joined.client.next().await];
    frames.sort_by_key(|frame| frame[3] == "diff");
    assert_eq!(frames, [ok(&joined.page, "5", json!({})), told]);
}

// 2.3: shown again, a child is a new view.
#[tokio::test]
async fn a_child_that_was_hidden_and_is_shown_again_joins_again() {
    let (mut joined, kid) = Joined::with_kid("/").await;
    joined.send("5", "hide").await;
    joined.client.next().await;
    joined
        .client
        .send(json!(["20", "22", kid.topic(), "phx_leave", {}]))
        .await;
    joined.client.next().await;
    joined.client.next().await;
    joined.send("6", "show").await;
    let reply = joined.client.next().await;
    let html = reply[4]["response"]["diff"]["1"]["k"]["0"]["0"]
        .as_str()
        .expect("a container");
    assert_eq!(
        Container::in_html(html)
            .join(&mut joined.client, "20")
            .await["status"],
        "ok"
    );
}

// Row 108
#[tokio::test]
async fn views_stand_in_streams_and_in_components() {
    let mut joined = Joined::at("/?kids=&component").await;
    let html = joined.rendered["c"]["1"]["0"]
        .as_str()
        .expect("a container");
    let cradled = Container::in_html(html);
    assert_eq!(cradled.id, "cradled");
    assert!(
        html.contains(&format!("data-phx-parent-id=\"{}\"", joined.page.id)),
        "{html}"
    );
    assert_eq!(cradled.join(&mut joined.client, "20").await["status"], "ok");
    joined.send("5", "stream").await;
    let reply = joined.client.next().await;
    let row = &reply[4]["response"]["diff"]["2"]["k"]["0"];
    let html = row["1"].as_str().unwrap_or_else(|| panic!("{reply}"));
    assert_eq!(
        Container::in_html(html)
            .join(&mut joined.client, "21")
            .await["status"],
        "ok"
    );
    assert!(
        joined
            .page
            .body
            .contains("<nav><div id=\"cradled\" data-phx-session=\"\"")
    );
}

#[tokio::test]
async fn views_inside_each_other_are_so_deep_and_no_deeper() {
    let server = Server::start(pages()).await;
    assert_eq!(server.get("/deep?load").await.status, 500);

    let mut joined = Joined::at("/deep").await;
    let mut container = joined.rendered["0"].clone();
    for depth in 1..=NESTING_DEPTH_MAX {
        let html = container.as_str().expect("a container");
        let reply = Container::in_html(html)
            .join(&mut joined.client, &format!("2{depth}"))
            .await;
        if depth == NESTING_DEPTH_MAX {
            assert_eq!(reply["response"], json!({"reason": "join crashed"}));
        }
        container = reply["response"]["rendered"]["0"].clone();
    }
}

#[tokio::test]
async fn a_page_has_so_many_views_and_no_more() {
    let server = Server::start(pages()).await;
    assert_eq!(
        server
            .get(&format!("/crowd?size={NESTED_VIEWS_MAX}"))
            .await
            .status,
        200
    );
    let more = NESTED_VIEWS_MAX + 1;
    assert_eq!(server.get(&format!("/crowd?size={more}")).await.status, 500);
}
