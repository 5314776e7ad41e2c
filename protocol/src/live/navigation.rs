//! Going to another URL: within a view, to another view, to another page.

use serde::{Deserialize, Serialize};

/// What happens to the browser's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A new entry.
    Push,
    /// The current entry is replaced.
    Replace,
}

/// The payload of a client's `live_patch`: show this URL in the same view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatchRequest {
    /// The absolute URL.
    pub url: String,
}

/// The payload of the server's `live_patch`: the view now shows another URL.
///
/// ```
/// use bennu_protocol::live::{Kind, LivePatch};
///
/// let patch = LivePatch { to: "/nav?q=2".into(), kind: Kind::Push };
/// assert_eq!(serde_json::to_string(&patch)?, r#"{"to":"/nav?q=2","kind":"push"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LivePatch {
    /// The path.
    pub to: String,
    /// What happens to the history.
    pub kind: Kind,
}

/// The payload of `live_redirect`: go to another view of the live session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveRedirect {
    /// The path.
    pub to: String,
    /// What happens to the history.
    pub kind: Kind,
    /// The signed flash, which the client hands in with its next join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flash: Option<String>,
}

/// The payload of `redirect`: load another page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// The path, or an absolute URL of another site.
    pub to: String,
    /// The signed flash, which the client hands in as a cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flash: Option<String>,
    /// The HTTP status the redirect has when it happens before the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}
