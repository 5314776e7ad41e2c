//! Forms.

use bennu::testing::{View, build_conn, live};
use serde_json::{Value, json};

use super::desk::endpoint;
use super::engine::failure;

async fn fields() -> View {
    let opened = live(&build_conn(&endpoint()), "/fields").await;
    opened.expect("the form is open").0
}

/// What came to the view: the event's name and its parameters.
fn came(html: &str) -> (String, Value) {
    let (_, rest) = html.split_once("<pre>").expect("the view shows what came");
    let (text, _) = rest.split_once("</pre>").expect("the view shows what came");
    let (event, params) = text.split_once(' ').expect("an event came");
    let params = params.replace("&quot;", "\"").replace("&amp;", "&");
    (
        event.to_owned(),
        serde_json::from_str(&params).expect("parameters are JSON"),
    )
}

#[tokio::test(start_paused = true)]
async fn a_submission_sends_what_a_browser_sends() {
    let view = fields().await;
    let html = view
        .form("#user", json!({}))
        .render_submit()
        .await
        .expect("it stays");
    let expected = json!({
        "user": {
            "id": "7", "name": "Ada", "email": "", "fixed": "x", "silent": "s", "news": "false", "tags": ["a"],
            "role": "member", "city": "osl", "days": ["Tu"], "about": "line"
        },
        "outside": "o", "from": "page",
    });
    assert_eq!(came(&html), ("save".to_owned(), expected));
}

#[tokio::test(start_paused = true)]
async fn fields_take_what_a_visitor_can_give_them() {
    let view = fields().await;
    let values = json!({"outside": "&=", "user": {
        "id": "7", "name": "Bo Å", "news": true, "tags": ["b"], "role": "admin", "city": "Bergen", "days": ["Mo", "We"],
        "about": "a\nb",
    }});
    let form = view.form("#user", values).put_submitter("#draft");
    let (_, params) = came(&form.render_submit().await.expect("it stays"));
    let expected = json!({
        "id": "7", "name": "Bo Å", "email": "", "fixed": "x", "silent": "s", "news": "true", "tags": ["b"],
        "role": "admin", "city": "Bergen", "days": ["Mo", "We"], "about": "a\nb"
    });
    assert_eq!(
        (&params["user"], &params["action"], &params["outside"]),
        (&expected, &json!("draft"), &json!("&="))
    );
}

// 7.3, 12.3
#[tokio::test(start_paused = true)]
async fn a_change_names_its_target_and_marks_unused_fields() {
    let view = fields().await;
    let html = view
        .form("#user", json!({"user": {"name": "Bo"}}))
        .render_change()
        .await
        .expect("it stays");
    let (event, params) = came(&html);
    assert_eq!(
        (&*event, &params["_target"], &params["from"]),
        ("check", &json!(["user", "name"]), &json!("page"))
    );
    let user = params["user"].as_object().expect("the fields are nested");
    let unused: Vec<_> = user
        .keys()
        .filter(|name| name.starts_with("_unused_"))
        .collect();
    let expected = [
        "about", "city", "days", "email", "fixed", "news", "role", "tags",
    ];
    assert_eq!(
        unused,
        expected
            .map(|name| format!("_unused_{name}"))
            .iter()
            .collect::<Vec<_>>()
    );
    assert_eq!(params["_unused_outside"], "");

    let form = view
        .form("#user", json!({"user": {"email": "b@o"}}))
        .target("user[role]");
    let (_, params) = came(&form.render_change().await.expect("it stays"));
    assert_eq!(params["_target"], json!(["user", "role"]));
    let user = params["user"].as_object().expect("the fields are nested");
    assert!(
        !user.contains_key("_unused_name") && !user.contains_key("_unused_email"),
        "{user:?}"
    );

    view.form("#user", json!({}))
        .render_submit()
        .await
        .expect("it stays");
    let (_, params) = came(
        &view
            .form("#user", json!({}))
            .render_change()
            .await
            .expect("it stays"),
    );
    assert!(!params.to_string().contains("_unused_"), "{params}");
}

#[tokio::test(start_paused = true)]
async fn what_no_visitor_can_do_is_refused() {
    let view = fields().await;
    let refused = async |values: Value| failure(view.form("#user", values).render_change()).await;
    assert!(
        refused(json!({"user": {"nme": "x"}}))
            .await
            .contains("no field \"user[nme]\", but user[id], user[name]")
    );
    assert!(
        refused(json!({"user": {"off": "y"}}))
            .await
            .contains("is disabled")
    );
    assert!(
        refused(json!({"user": {"fixed": "y"}}))
            .await
            .contains("read-only")
    );
    assert!(
        refused(json!({"user": {"id": "8"}}))
            .await
            .contains("hidden")
    );
    assert!(
        refused(json!({"user": {"city": "Rome"}}))
            .await
            .contains(r#"offers ["osl", "Bergen"], not "Rome""#)
    );
    assert!(
        refused(json!({"user": {"city": "Voss"}}))
            .await
            .contains("not \"Voss\"")
    );
    assert!(
        refused(json!({"user": {"role": "king"}}))
            .await
            .contains(r#"offers ["admin", "member"]"#)
    );
    assert!(
        refused(json!({"user": {"news": "maybe"}}))
            .await
            .contains(r#"offers ["true", "false"]"#)
    );
    assert!(
        refused(json!({"user": {"tags": ["a", "z"]}}))
            .await
            .contains("not \"z\"")
    );
    assert!(
        refused(json!({"user": {"name": ["a", "b"]}}))
            .await
            .contains("no field \"user[name][]\"")
    );
    assert!(
        refused(json!({"photo": "p.png"}))
            .await
            .contains("file_input")
    );
    assert!(
        refused(json!({"action": "save"}))
            .await
            .contains("put_submitter")
    );
    assert!(refused(json!([])).await.contains("an object"));
    let form = view.form("#user", json!({})).put_submitter("pre");
    assert!(
        failure(form.render_submit())
            .await
            .contains("no submit button")
    );
    assert!(
        failure(view.form("pre", json!({})).render_submit())
            .await
            .contains("is no form")
    );
    assert!(
        failure(view.form("#bare", json!({})).render_submit())
            .await
            .contains("no phx-submit")
    );
}

#[tokio::test(start_paused = true)]
async fn scripts_may_set_what_visitors_cannot() {
    let view = fields().await;
    let form = view.form("#user", json!({}));
    let (_, params) = came(
        &form
            .render_submit_with(json!({"user": {"id": "8"}, "extra": 1}))
            .await
            .expect("it stays"),
    );
    assert_eq!(
        (&params["user"]["id"], &params["extra"]),
        (&json!("8"), &json!("1"))
    );
    let element = view
        .element("#user")
        .value(json!({"user": {"id": "9"}, "_target": ["user", "id"]}));
    let (_, params) = came(&element.render_change().await.expect("it stays"));
    assert_eq!(
        (&params["user"]["id"], &params["_target"]),
        (&json!("9"), &json!(["user", "id"]))
    );
    let (event, params) = came(
        &view
            .element("#user")
            .render_submit()
            .await
            .expect("it stays"),
    );
    assert_eq!((&*event, &params["user"]["id"]), ("save", &json!("7")));
}

// 7.3
#[tokio::test(start_paused = true)]
async fn a_field_with_its_own_binding_sends_only_itself() {
    let opened = live(&build_conn(&endpoint()), "/desk").await;
    let (view, _) = opened.expect("the desk is open");
    let html = view
        .element("#search")
        .value(json!({"q": "new"}))
        .render_change()
        .await
        .expect("it stays");
    assert!(
        html.contains(r#"search {"q":"new","_target":["q"]}"#),
        "{html}"
    );
}

#[tokio::test(start_paused = true)]
async fn forms_of_a_view_are_sent_without_an_element() {
    let view = fields().await;
    let html = view
        .render_change(
            "check",
            json!({"user": {"tags": ["a"]}, "_target": ["user"]}),
        )
        .await;
    let expected = json!({"user": {"tags": ["a"]}, "_target": ["user"]});
    assert_eq!(
        came(&html.expect("it stays")),
        ("check".to_owned(), expected)
    );
}

// 12.4
#[tokio::test(start_paused = true)]
async fn an_action_is_followed_once_it_is_triggered() {
    let conn = build_conn(&endpoint());
    let (view, _) = live(&conn, "/fields").await.expect("the form is open");
    let form = view.form("#user", json!({"user": {"name": "Bo"}}));
    assert!(
        failure(form.follow_trigger_action(&conn))
            .await
            .contains("no phx-trigger-action")
    );
    form.render_submit().await.expect("it stays");
    let answer = form.follow_trigger_action(&conn).await;
    assert_eq!(answer.status(), 403, "a form without a token is a forgery");
    assert!(
        failure(view.form("#bare", json!({})).submit_form(&conn))
            .await
            .contains("no action")
    );
}
