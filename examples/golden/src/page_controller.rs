//! The pages without a live view.

use bennu::endpoint::{Conn, Response};
use http::StatusCode;

/// Says that it is plain.
pub(crate) async fn plain(conn: Conn) -> Response {
    conn.text(StatusCode::OK, "plain")
}

/// Puts the value `v` under the key `k` of the session.
pub(crate) async fn session(mut conn: Conn) -> Response {
    let params = conn.params();
    let (Some(key), Some(value)) = (params.text("k"), params.text("v")) else {
        return conn.text(StatusCode::BAD_REQUEST, "Bad Request");
    };
    let (key, value) = (key.to_owned(), value.to_owned());
    conn.session_mut().put(key, value);
    conn.text(StatusCode::OK, "set")
}
