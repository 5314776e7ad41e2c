//! The HTTP surface: which request gets which answer (8.1).

use std::time::Duration;

use bennu::endpoint::{CheckOrigin, LongPollOptions};
use http::{Method, StatusCode};
use serde_json::json;

use super::app::{builder, endpoint, mount};
use super::client::{Client, NDJSON, call, get, request};

const JSON: &str = "application/json; charset=utf-8";

// L-1, L-3
#[tokio::test(start_paused = true)]
async fn the_first_poll_opens_a_session() {
    let endpoint = endpoint(LongPollOptions::default());
    let opened = get(&endpoint, "/socket/longpoll?vsn=2.0.0&").await;
    assert_eq!(opened.status, StatusCode::OK);
    assert_eq!(opened.header("content-type"), Some(JSON));
    assert_eq!(opened.header("cache-control"), Some("no-store"));
    assert_eq!(opened.header("access-control-allow-origin"), Some("*"));
    let body = opened.json();
    assert_eq!(body["status"], 410);
    assert_eq!(body["messages"], json!([]));
    assert!(body["token"].is_string());
}

// R-4, R-6
#[tokio::test]
async fn without_the_option_there_is_no_long_polling() {
    let endpoint = builder().socket("/socket", mount()).build().expect("fits");
    let missing = get(&endpoint, "/socket/longpoll?vsn=2.0.0").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

// L-1
#[tokio::test(start_paused = true)]
async fn a_poll_that_finds_nothing_ends_with_the_window() {
    let window = Duration::from_secs(7);
    let options = LongPollOptions {
        window,
        ..LongPollOptions::default()
    };
    let client = Client::open(&endpoint(options), "").await;
    let (status, waited) = client.poll_timed().await;
    assert_eq!((status, waited.as_secs()), (204, 7));
    let idle = client.poll().await;
    assert_eq!(
        idle,
        json!({"status": 204, "token": client.token, "messages": []})
    );
}

// L-4
#[tokio::test]
async fn a_foreign_origin_is_refused_in_the_body() {
    let endpoint = endpoint(LongPollOptions::default());
    for method in [Method::GET, Method::POST, Method::OPTIONS] {
        let mut request = request(method, "/socket/longpoll?vsn=2.0.0", "");
        let origin = "http://evil.example".parse().expect("a header");
        request.headers_mut().insert("origin", origin);
        let refused = call(&endpoint, request).await;
        assert_eq!(refused.status, StatusCode::OK);
        assert_eq!(refused.json(), json!({"status": 403}));
        assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
    }
}

// 8.1
#[tokio::test]
async fn a_refused_connect_is_told_in_the_body_whatever_the_reason() {
    let endpoint = endpoint(LongPollOptions::default());
    for query in [
        "vsn=2.0.0&reject=error",
        "vsn=2.0.0&reject=reason",
        "vsn=9.0.0",
        "vsn[]=2.0.0",
    ] {
        let refused = get(&endpoint, &format!("/socket/longpoll?{query}")).await;
        assert_eq!(refused.status, StatusCode::OK, "{query}");
        assert_eq!(refused.json(), json!({"status": 403}), "{query}");
    }
}

#[tokio::test]
async fn a_connect_that_panics_is_answered_with_500() {
    let endpoint = endpoint(LongPollOptions::default());
    let crashed = get(&endpoint, "/socket/longpoll?vsn=2.0.0&reject=panic").await;
    assert_eq!(crashed.status, StatusCode::INTERNAL_SERVER_ERROR);
}

// 8.1
#[tokio::test]
async fn a_post_without_a_living_session_is_told_so() {
    let endpoint = endpoint(LongPollOptions::default());
    for query in ["vsn=2.0.0", "vsn=2.0.0&token=nonsense", "token[]=nonsense"] {
        let uri = format!("/socket/longpoll?{query}");
        let gone = call(&endpoint, request(Method::POST, &uri, "[]")).await;
        assert_eq!(gone.json(), json!({"status": 410}), "{query}");
    }
}

// L-2
#[tokio::test(start_paused = true)]
async fn the_token_of_the_header_wins_over_the_query() {
    let endpoint = endpoint(LongPollOptions::default());
    let client = Client::open(&endpoint, "").await;
    let post = |query: &str, header: &str| {
        let uri = format!("/socket/longpoll?vsn=2.0.0&token={query}");
        let mut request = request(Method::POST, &uri, r#"[null,"1","phoenix","heartbeat",{}]"#);
        let token = header.parse().expect("a header");
        request
            .headers_mut()
            .insert("x-phoenix-longpoll-token", token);
        call(&endpoint, request)
    };
    assert_eq!(post("nonsense", &client.token).await.json()["status"], 200);
    assert_eq!(post(&client.token, "nonsense").await.json()["status"], 410);
}

// 8.1, EP-2
#[tokio::test]
async fn a_preflight_allows_the_headers_that_are_asked_for() {
    let endpoint = builder()
        .check_origin(CheckOrigin::Any)
        .socket("/socket", mount().longpoll(LongPollOptions::default()))
        .build()
        .expect("fits");
    let mut request = request(Method::OPTIONS, "/socket/longpoll?vsn=2.0.0", "");
    for (name, value) in [
        ("origin", "http://x.example"),
        ("access-control-request-headers", "content-type"),
        ("access-control-request-headers", "x-phoenix-authtoken"),
    ] {
        request
            .headers_mut()
            .append(name, value.parse().expect("a header"));
    }
    let allowed = call(&endpoint, request).await;
    assert_eq!((allowed.status, &*allowed.body), (StatusCode::OK, &b""[..]));
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        (
            "access-control-allow-headers",
            "content-type, x-phoenix-authtoken",
        ),
        ("access-control-allow-methods", "get, post, options"),
        ("access-control-max-age", "3600"),
    ] {
        assert_eq!(allowed.header(name), Some(value));
    }
}

// 8.1
#[tokio::test]
async fn other_methods_are_bad_requests() {
    let endpoint = endpoint(LongPollOptions::default());
    for method in [Method::PUT, Method::DELETE, Method::HEAD, Method::PATCH] {
        let refused = call(&endpoint, request(method, "/socket/longpoll", "")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(refused.body.is_empty());
    }
}

// R-1, R-2
#[tokio::test(start_paused = true)]
async fn path_variables_are_parameters_and_win() {
    let endpoint = builder()
        .socket(
            "/:_version/:tenant/socket",
            mount().longpoll(LongPollOptions::default()),
        )
        .build()
        .expect("fits");
    let uri = "/v1//acme%20co/socket/longpoll/?vsn=2.0.0&tenant=other&_version=";
    let token = get(&endpoint, uri).await.json()["token"].clone();
    let uri = format!("{uri}&token={}", token.as_str().expect("a token"));
    let lines = "[\"1\",\"1\",\"room:a\",\"phx_join\",{}]\n[\"1\",\"2\",\"room:a\",\"seen\",{}]";
    let mut post = request(Method::POST, &uri, lines);
    let content_type = NDJSON.parse().expect("a header");
    post.headers_mut().insert("content-type", content_type);
    call(&endpoint, post).await;
    let polled = [get(&endpoint, &uri).await, get(&endpoint, &uri).await];
    let seen = r#"{\"auth_token\":null,\"tenant\":\"acme co\"}"#;
    let bodies = polled.map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
    assert!(bodies.concat().contains(seen), "{bodies:?}");
}

// A-5
#[tokio::test(start_paused = true)]
async fn the_auth_token_comes_in_a_header_where_the_mount_takes_it() {
    for (taken, expected) in [(true, json!("secret/+")), (false, json!(null))] {
        let mount = mount()
            .longpoll(LongPollOptions::default())
            .auth_token(taken);
        let endpoint = builder().socket("/socket", mount).build().expect("fits");
        let mut open = request(Method::GET, "/socket/longpoll?vsn=2.0.0", "");
        let token = "secret/+".parse().expect("a header");
        open.headers_mut().insert("x-phoenix-authtoken", token);
        let uri = open.uri().to_string();
        let opened = call(&endpoint, open).await.json();
        let token = opened["token"].as_str().expect("a token");
        let client = Client::with_token(&endpoint, &uri, token);
        client.post(r#"["1","1","room:a","phx_join",{}]"#).await;
        client.messages().await;
        client.push("2", "seen").await;
        let messages = client.messages().await;
        assert_eq!(messages[0][4]["response"]["auth_token"], expected);
    }
}
