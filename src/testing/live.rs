//! Tests of live views without a browser, as `Phoenix.LiveViewTest`.

mod client;
mod conn;
mod dom;
mod element;
mod excerpt;
mod find;
mod form;
mod page;
mod patch;
mod redirected;
mod rendered;
mod target;
mod trigger;
mod view;

use std::panic::Location;
use std::sync::Arc;

use http::{Method, StatusCode};

use crate::endpoint::Endpoint;

pub use conn::Conn;
pub use element::Element;
pub use form::Form;
pub use redirected::Redirected;
pub use target::Target;
pub use view::View;

use client::Client;
use excerpt::excerpt;

/// A visitor's browser that has been nowhere yet: `build_conn/0` of `Phoenix.ConnTest`.
pub fn build_conn(endpoint: &Endpoint) -> Conn {
    Conn::new(endpoint)
}

/// Loads a page, connects it, and joins its live views: `live/2`.
#[track_caller]
pub fn live(conn: &Conn, path: &str) -> impl Future<Output = Result<(View, String), Redirected>> {
    open(Location::caller(), conn.clone(), path.to_owned())
}

async fn open(at: &Location<'_>, conn: Conn, path: String) -> Result<(View, String), Redirected> {
    let response = conn.request(at, Method::GET, &path, String::new()).await;
    if let Some(to) = conn::location(&response) {
        return Err(Redirected::redirect(to));
    }
    let (status, html) = (response.status(), response.into_body());
    assert!(status == StatusCode::OK, "{at}: {path} answers with {status}{}", excerpt(&html));
    let url = page::resolve(&conn.origin(), &path);
    let client = Arc::new(Client::connect(at, &conn, &html, url).await);
    let Some(main) = client.page().main_view() else {
        panic!("{at}: the page at {path} shows no live view{}", excerpt(&html));
    };
    let view = View::new(client, main);
    let html = view.mounted(at, &path)?;
    Ok((view, html))
}
