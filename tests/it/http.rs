//! Requests and responses: routes, parameters, sessions, forgeries, files, errors.

use std::time::Duration;

use bennu::endpoint::{Conn, Endpoint, Pipeline, Response, Router, ServeLimits};
use bennu::session::SessionOptions;
use http::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{HttpResponse, Request, Server, builder, patiently};

async fn serving(router: Router) -> Server {
    let builder = builder()
        .session(SessionOptions::new("_key", "salt"))
        .body_bytes_max(100)
        .router(router);
    Server::start(builder).await
}

/// Says what it was given.
async fn describe(conn: Conn) -> Response {
    let description = json!({
        "method": conn.method().as_str(),
        "params": conn.params(),
        "path_params": conn.path_params(),
        "body": std::str::from_utf8(conn.body()).ok(),
    });
    conn.text(StatusCode::OK, description.to_string())
}

fn described(response: &HttpResponse) -> serde_json::Value {
    assert_eq!(response.status, 200);
    serde_json::from_slice(&response.body).expect("a description")
}

#[tokio::test]
async fn a_route_matches_by_method_and_path() {
    let router = Router::new()
        .pipe_through(Pipeline::Plain)
        .get("/rooms/:id", describe)
        .get("/rooms/lobby", |conn| async move {
            conn.text(StatusCode::OK, "the lobby")
        })
        .post("/rooms/:id", describe)
        .route(Method::DELETE, "/rooms/:id", describe)
        .get("/files/*path", describe);
    let server = serving(router).await;
    let room = server.get("/rooms/a%2Fb%20c?id=other&x[]=1").await;
    assert_eq!(
        described(&room),
        json!({
            "method": "GET", "params": {"id": "a/b c", "x": ["1"]}, "path_params": {"id": "a/b c"}, "body": "",
        })
    );
    assert_eq!(server.get("/rooms/lobby/").await.text(), "the lobby");
    let deleted = server.send(Request::new("DELETE", "/rooms/1")).await;
    assert_eq!(described(&deleted)["method"], "DELETE");
    let file = server.get("/files/a/b.txt").await;
    assert_eq!(described(&file)["params"]["path"], "a/b.txt");
    for request in [
        Request::get("/"),
        Request::get("/rooms"),
        Request::get("/rooms/1/2"),
        Request::new("PUT", "/rooms/1"),
    ] {
        let response = server.send(request).await;
        assert_eq!((response.status, response.text()), (404, "Not Found"));
        assert_eq!(
            response.header("content-type"),
            Some("text/html; charset=utf-8")
        );
    }
}

#[tokio::test]
async fn a_form_adds_to_the_query_and_the_path_wins() {
    let router = Router::new()
        .pipe_through(Pipeline::Plain)
        .post("/rooms/:id", describe);
    let server = serving(router).await;
    let form = Request::new("POST", "/rooms/1?a=query&b=query").form("b=form&id=form&c[]=%C3%BC");
    let described_form = described(&server.send(form).await);
    assert_eq!(
        described_form["params"],
        json!({"a": "query", "b": "form", "id": "1", "c": ["ü"]})
    );
    let json_body = Request::new("POST", "/rooms/1").body("application/json", "{\"a\":1}");
    let described_json = described(&server.send(json_body).await);
    assert_eq!(described_json["params"], json!({"id": "1"}));
    assert_eq!(described_json["body"], "{\"a\":1}");
    for request in [
        Request::new("POST", "/rooms/1").form("a=%ff"),
        Request::new("POST", "/rooms/1?a=%ff"),
    ] {
        assert_eq!(server.send(request).await.status, 400);
    }
}

#[tokio::test]
async fn a_page_is_private_and_has_secure_headers() {
    let router = Router::new()
        .get("/page", |conn| async move {
            conn.html(StatusCode::OK, "<p>hi</p>")
        })
        .pipe_through(Pipeline::Plain)
        .get(
            "/plain",
            |conn| async move { conn.text(StatusCode::OK, "hi") },
        );
    let server = serving(router).await;
    let page = server.get("/page").await;
    assert_eq!(page.text(), "<p>hi</p>");
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "max-age=0, private, must-revalidate"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        (
            "content-security-policy",
            "base-uri 'self'; frame-ancestors 'self';",
        ),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    assert_eq!(page.cookie(), None, "nothing was put into the session");
    let plain = server.get("/plain").await;
    assert_eq!(
        plain.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(plain.header("x-content-type-options"), None);
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let router = Router::new().get(
        "/page",
        |conn| async move { conn.html(StatusCode::OK, "12345") },
    );
    let server = serving(router).await;
    let response = server.send(Request::new("HEAD", "/page")).await;
    assert_eq!((response.status, response.text()), (200, ""));
    assert_eq!(response.header("content-length"), Some("5"));
}

#[tokio::test]
async fn a_redirect_leads_to_a_path_of_this_site_or_fails() {
    let router = Router::new().get("/go", |conn| async move {
        let to = conn.params().text("to").unwrap_or("/").to_owned();
        conn.redirect(&to)
    });
    let server = serving(router).await;
    let response = server.get("/go?to=/rooms%3Fa%3D1%26b%3D2").await;
    assert_eq!(response.status, 302);
    assert_eq!(response.header("location"), Some("/rooms?a=1&b=2"));
    assert!(response.text().contains("/rooms?a=1&amp;b=2"));
    assert_eq!(server.get("/go?to=//evil.example").await.status, 500);
}

#[tokio::test]
async fn a_session_lives_in_its_cookie() {
    let router = Router::new()
        .get("/put", |mut conn| async move {
            let name = conn.params().text("name").unwrap_or("nobody").to_owned();
            conn.session_mut().put("name", name);
            conn.text(StatusCode::OK, "put")
        })
        .get("/get", |conn| async move {
            let name = conn.session().get("name").and_then(|name| name.as_str());
            let name = name.unwrap_or("nobody").to_owned();
            conn.text(StatusCode::OK, name)
        })
        .get("/leave", |mut conn| async move {
            conn.session_mut().drop_cookie();
            conn.text(StatusCode::OK, "left")
        });
    let server = serving(router).await;
    let put = server.get("/put?name=ada").await;
    let set_cookie = put.header("set-cookie").expect("the session has changed");
    assert!(
        set_cookie.ends_with("; path=/; HttpOnly; SameSite=Lax"),
        "{set_cookie}"
    );
    let cookie = put.cookie().expect("a cookie").to_owned();
    let get = |cookie: &str| Request::get("/get").header("cookie", cookie);
    let read = server.send(get(&cookie)).await;
    assert_eq!((read.text(), read.cookie()), ("ada", None));
    let among_others = server.send(get(&format!("a=1; {cookie}; b=2"))).await;
    assert_eq!(among_others.text(), "ada");
    let tampered = server.send(get(&format!("{cookie}x"))).await;
    assert_eq!(tampered.text(), "nobody");
    let leaving = Request::get("/leave").header("cookie", &cookie);
    let left = server.send(leaving).await;
    assert!(
        left.header("set-cookie")
            .is_some_and(|gone| gone.contains("max-age=0"))
    );
}

// As Plug.MethodOverride.
#[tokio::test]
async fn a_form_that_is_posted_may_ask_for_another_method() {
    let router = Router::new()
        .pipe_through(Pipeline::Plain)
        .post("/rooms/:id", describe)
        .route(Method::DELETE, "/rooms/:id", describe)
        .route(Method::PUT, "/rooms/:id", describe);
    let server = serving(router).await;
    let method = async |request: Request| described(&server.send(request).await)["method"].clone();
    let post = || Request::new("POST", "/rooms/1");
    assert_eq!(method(post().form("_method=delete")).await, "DELETE");
    assert_eq!(method(post().form("_method=PUT&a=1")).await, "PUT");
    for other in [
        "_method=get",
        "_method=nonsense",
        "_method[]=put",
        "a=_method",
    ] {
        assert_eq!(method(post().form(other)).await, "POST", "{other}");
    }
    // Only what a browser's form sends, and no route but the one asked for.
    assert_eq!(
        method(post().body("application/json", "{\"_method\":\"put\"}")).await,
        "POST"
    );
    assert_eq!(
        method(Request::new("PUT", "/rooms/1").form("_method=delete")).await,
        "PUT"
    );
    let patched = server.send(post().form("_method=patch")).await;
    assert_eq!(patched.status, 404);
}

// 12.5
#[tokio::test]
async fn a_request_that_changes_something_needs_the_token_of_a_page() {
    let router = Router::new()
        .get("/form", |mut conn| async move {
            let token = conn.csrf_token();
            conn.text(StatusCode::OK, token)
        })
        .post(
            "/save",
            |conn| async move { conn.text(StatusCode::OK, "saved") },
        )
        .pipe_through(Pipeline::Plain)
        .post(
            "/api",
            |conn| async move { conn.text(StatusCode::OK, "saved") },
        );
    let server = serving(router).await;
    let form = server.get("/form").await;
    let (cookie, token) = (form.cookie().expect("a session"), form.text());
    let other_form = server.get("/form").await;
    assert_ne!(other_form.text(), token);
    let save = || Request::new("POST", "/save").header("cookie", cookie);
    for (request, status) in [
        (save().form(&format!("_csrf_token={token}")), 200),
        (save().header("x-csrf-token", token).form(""), 200),
        (save().form(""), 403),
        (save().form("_csrf_token=forged"), 403),
        (
            save().form(&format!("_csrf_token={}", other_form.text())),
            403,
        ),
        (
            Request::new("POST", "/save").form(&format!("_csrf_token={token}")),
            403,
        ),
        (Request::new("POST", "/api").form(""), 200),
    ] {
        assert_eq!(server.send(request).await.status, status);
    }
}

#[tokio::test]
async fn a_handler_that_panics_is_answered_with_500_and_the_server_goes_on() {
    let router = Router::new()
        .get("/panic", |_: Conn| async move { panic!("told to") })
        .get(
            "/fine",
            |conn| async move { conn.text(StatusCode::OK, "fine") },
        );
    let server = serving(router).await;
    let response = server.get("/panic").await;
    assert_eq!(
        (response.status, response.text()),
        (500, "Internal Server Error")
    );
    assert_eq!(server.get("/fine").await.text(), "fine");
}

#[tokio::test]
async fn an_application_may_render_its_own_error_pages() {
    let router = Router::new()
        .get("/panic", |_: Conn| async move { panic!("told to") })
        .post(
            "/save",
            |conn| async move { conn.text(StatusCode::OK, "saved") },
        )
        .errors(|conn, status| async move {
            assert_ne!(conn.uri().path(), "/twice", "an error page that panics");
            let page = format!("{} at {}", status.as_u16(), conn.uri().path());
            conn.html(status, page)
        });
    let server = serving(router).await;
    let too_large = Request::new("POST", "/save").form(&"x".repeat(101));
    for (request, status, page) in [
        (Request::get("/nowhere"), 404, "404 at /nowhere"),
        (Request::new("POST", "/save").form(""), 403, "403 at /save"),
        (too_large, 413, "413 at /save"),
        (Request::get("/panic"), 500, "500 at /panic"),
        (Request::get("/twice"), 500, "Internal Server Error"),
    ] {
        let response = server.send(request).await;
        assert_eq!((response.status, response.text()), (status, page));
    }
}

#[tokio::test]
async fn a_body_may_be_as_large_as_allowed_and_no_larger() {
    let router = Router::new()
        .pipe_through(Pipeline::Plain)
        .post("/save", describe);
    let server = serving(router).await;
    let save = |bytes: usize| Request::new("POST", "/save").body("text/plain", &"x".repeat(bytes));
    assert_eq!(
        described(&server.send(save(100)).await)["body"],
        "x".repeat(100)
    );
    let too_large = server.send(save(101)).await;
    assert_eq!(
        (too_large.status, too_large.text()),
        (413, "Payload Too Large")
    );
    let mut chunked = Request::new("POST", "/save").header("transfer-encoding", "chunked");
    chunked = chunked.raw_body(&format!("65\r\n{}\r\n0\r\n\r\n", "x".repeat(101)));
    assert_eq!(server.send(chunked).await.status, 413);
}

#[tokio::test]
async fn a_head_may_be_as_large_as_allowed_and_no_larger() {
    let server = Server::start(builder().serve_limits(ServeLimits {
        header_bytes_max: 8_192,
        ..ServeLimits::default()
    }))
    .await;
    let request = |bytes: usize| Request::get("/").header("x-filling", &"x".repeat(bytes));
    assert_eq!(server.send(request(7_000)).await.status, 404);
    assert_eq!(server.send(request(9_000)).await.status, 431);
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_request_is_dropped() {
    let server = Server::start(builder().serve_limits(ServeLimits {
        header_timeout: Duration::from_millis(20),
        ..ServeLimits::default()
    }))
    .await;
    let mut stream = TcpStream::connect(server.addr)
        .await
        .expect("the server listens");
    stream
        .write_all(b"GET / HTTP/1.1\r\n")
        .await
        .expect("the server reads");
    let mut answer = Vec::new();
    let read = patiently("the end", stream.read_to_end(&mut answer)).await;
    assert_eq!(read.expect("the connection is closed"), answer.len());
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_with_408() {
    let router = Router::new()
        .pipe_through(Pipeline::Plain)
        .post("/save", describe);
    let builder = builder().router(router);
    let server = Server::start(builder.body_timeout(Duration::from_millis(20))).await;
    let half = Request::new("POST", "/save")
        .header("content-length", "2")
        .raw_body("x");
    assert_eq!(server.send(half).await.status, 408);
}

// RFC 9112, section 3.2
#[tokio::test]
async fn a_request_says_once_which_host_it_is_for() {
    let router = Router::new().get("/", |conn| async move { conn.text(StatusCode::OK, "here") });
    let server = Server::start(builder().router(router)).await;
    for (head, status) in [
        ("GET / HTTP/1.1\r\nhost: a", "200"),
        ("GET / HTTP/1.1\r\nhost:", "200"),
        ("GET / HTTP/1.0", "200"),
        ("GET / HTTP/1.1", "400"),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: a", "400"),
        ("GET / HTTP/1.0\r\nhost: a\r\nhost: b", "400"),
    ] {
        let mut stream = TcpStream::connect(server.addr).await.expect("it listens");
        let request = format!("{head}\r\nconnection: close\r\n\r\n");
        let written = stream.write_all(request.as_bytes()).await;
        written.expect("the server reads");
        let mut answer = String::new();
        let read = patiently("an answer", stream.read_to_string(&mut answer)).await;
        read.expect("the answer is text");
        assert_eq!(answer.split(' ').nth(1), Some(status), "{head}");
    }
}

#[tokio::test]
async fn files_are_served_below_their_path_only() {
    let directory = std::env::temp_dir().join(format!("bennu-files-{}", std::process::id()));
    std::fs::create_dir_all(directory.join("public/sub")).expect("a directory");
    std::fs::write(directory.join("public/app.js"), "let x = 1;").expect("a file");
    std::fs::write(directory.join("secret.txt"), "secret").expect("a file");
    let server = Server::start(builder().assets("/assets", directory.join("public"))).await;
    let file = server.get("/assets/app.js").await;
    assert_eq!((file.status, file.text()), (200, "let x = 1;"));
    assert_eq!(file.header("content-type"), Some("text/javascript"));
    assert_eq!(file.header("cache-control"), Some("no-cache"));
    assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    let since = file.header("last-modified").expect("files have a date");
    let again = Request::get("/assets/app.js").header("if-modified-since", since);
    assert_eq!(server.send(again).await.status, 304);
    let head = server.send(Request::new("HEAD", "/assets/app.js")).await;
    assert_eq!(
        (head.header("content-length"), head.text()),
        (Some("10"), "")
    );
    for path in [
        "/assets/",
        "/assets/sub",
        "/assets/none.js",
        "/assets/../secret.txt",
        "/assets/%2e%2e/secret.txt",
        "/assets/..%2fsecret.txt",
        "/assets/%00",
        "/app.js",
    ] {
        let response = server.get(path).await;
        assert_ne!(response.status, 200, "{path}");
        assert_ne!(response.text(), "secret", "{path}");
    }
    std::fs::remove_dir_all(directory).expect("the test made it");
}

#[tokio::test]
async fn an_endpoint_is_a_service_of_any_server() {
    let router = Router::new().get("/", |conn| async move {
        let uri = conn.absolute_uri();
        conn.text(StatusCode::OK, uri)
    });
    let endpoint: Endpoint = builder().router(router).build().expect("the parts fit");
    let request = http::Request::get("https://example.com/?a=1");
    let request = request.body(http_body_util::Empty::<bytes::Bytes>::new());
    let Ok(response) = tower::ServiceExt::oneshot(endpoint, request.expect("a request")).await;
    let body = http_body_util::BodyExt::collect(response.into_body()).await;
    let body = body.expect("the body is whole").to_bytes();
    assert_eq!(body, "https://example.com/?a=1");
}

#[tokio::test]
async fn a_request_keeps_a_name_of_good_length_and_gets_one_otherwise() {
    let router = Router::new()
        .pipe_through(Pipeline::Plain)
        .get("/", describe);
    let header = http::HeaderName::from_static("x-request-id");
    let server = Server::start(builder().request_id(header).router(router)).await;
    let named = async |name: &str| {
        let request = Request::new("GET", "/").header("x-request-id", name);
        let response = server.send(request).await;
        response.header("x-request-id").expect("a name").to_owned()
    };
    for bytes in [20, 200] {
        let name = "n".repeat(bytes);
        assert_eq!(named(&name).await, name);
    }
    for bytes in [0, 19, 201] {
        let name = "n".repeat(bytes);
        let given = named(&name).await;
        assert_eq!(given.len(), 36);
        assert_ne!(given, named(&name).await);
    }
    let missing = server.get("/missing").await;
    assert!(missing.header("x-request-id").is_some());
}
