//! The join of a live view.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::{LiveRedirect, Redirect};
use crate::form::{Param, Params};

/// The payload of `phx_join` on a live view's topic.
///
/// ```
/// use bennu_protocol::Payload;
/// use bennu_protocol::live::Join;
///
/// let payload = Payload::from_json_text(
///     r#"{"url":"http://localhost/","params":{"_mounts":1},"session":"S","static":"","sticky":false}"#,
/// )?;
/// let join: Join = payload.deserialize()?;
/// assert_eq!(join.url.as_deref(), Some("http://localhost/"));
/// assert_eq!((join.mounts(), join.static_token()), (1, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Join {
    /// The page's URL; absent for nested and sticky views and after live navigation.
    pub url: Option<String>,
    /// The URL a live navigation goes to, instead of `url`.
    pub redirect: Option<String>,
    /// The connect parameters: the application's and the client's own, which start with `_`.
    pub params: Params,
    /// The session token; without it the join is [stale](JoinError::Stale).
    pub session: Option<String>,
    /// The static token as sent; see [`static_token`](Self::static_token).
    #[serde(rename = "static")]
    pub static_: Option<String>,
    /// The flash token a live navigation carries.
    pub flash: Option<String>,
    /// Whether the view outlives live navigation.
    pub sticky: bool,
}

impl Join {
    /// The static token; an empty one counts as none.
    #[must_use]
    pub fn static_token(&self) -> Option<&str> {
        self.static_.as_deref().filter(|token| !token.is_empty())
    }

    /// How often this view object has joined before.
    #[must_use]
    pub fn mounts(&self) -> u64 {
        self.count("_mounts")
    }

    /// How often this view object has tried to join since it last did.
    #[must_use]
    pub fn mount_attempts(&self) -> u64 {
        self.count("_mount_attempts")
    }

    /// The URLs of the page's tracked assets.
    pub fn track_static(&self) -> impl Iterator<Item = &str> {
        let urls = self.params.get("_track_static").and_then(Param::as_list);
        urls.unwrap_or_default().iter().filter_map(Param::as_str)
    }

    /// The URL that live navigation came from.
    #[must_use]
    pub fn live_referer(&self) -> Option<&str> {
        self.params.text("_live_referer")
    }

    fn count(&self, name: &str) -> u64 {
        self.params
            .get(name)
            .and_then(|count| count.deserialize().ok())
            .unwrap_or_default()
    }
}

/// The response of an error reply to a live view's join; the client acts on each differently.
///
/// ```
/// use bennu_protocol::live::JoinError;
///
/// let response = serde_json::to_string(&JoinError::Stale)?;
/// assert_eq!(response, r#"{"reason":"stale"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub enum JoinError {
    /// The tokens are bad, old or missing: the client loads the page again, at once.
    Stale,
    /// The URL belongs to another view or live session: the client loads that page.
    Unauthorized,
    /// Mounting ended in an HTTP error: the client loads the page to show it.
    Reload {
        /// The HTTP status the page will have.
        status: u16,
        /// The signed status, which the client hands in with that request.
        token: String,
    },
    /// Mounting crashed: the client tries again, later.
    Crashed,
    /// The parent of a nested view is leaving.
    ParentRedirect,
    /// Mounting redirected to another page.
    Redirect {
        /// Where to.
        redirect: Redirect,
        /// The events pushed before, a JSON array.
        events: Box<RawValue>,
    },
    /// Mounting redirected to another view of the live session.
    LiveRedirect {
        /// Where to.
        live_redirect: LiveRedirect,
        /// The events pushed before, a JSON array.
        events: Box<RawValue>,
    },
}

impl JoinError {
    /// The text of `reason`, which redirects do not have.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Stale => Some("stale"),
            Self::Unauthorized => Some("unauthorized"),
            Self::Reload { .. } => Some("reload"),
            Self::Crashed => Some("join crashed"),
            Self::ParentRedirect => Some("parent_redirect"),
            Self::Redirect { .. } | Self::LiveRedirect { .. } => None,
        }
    }
}

impl Serialize for JoinError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut response = serializer.serialize_map(None)?;
        if let Some(reason) = self.reason() {
            response.serialize_entry("reason", reason)?;
        }
        match self {
            Self::Stale | Self::Unauthorized | Self::Crashed | Self::ParentRedirect => {}
            Self::Reload { status, token } => {
                response.serialize_entry("status", status)?;
                response.serialize_entry("token", token)?;
            }
            Self::Redirect { redirect, events } => {
                response.serialize_entry(super::REDIRECT, redirect)?;
                response.serialize_entry("events", events)?;
            }
            Self::LiveRedirect {
                live_redirect,
                events,
            } => {
                response.serialize_entry(super::LIVE_REDIRECT, live_redirect)?;
                response.serialize_entry("events", events)?;
            }
        }
        response.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::live::Kind;

    // 4.1
    #[test]
    fn a_join_reads_what_the_client_sends() {
        let join: Join = serde_json::from_value(json!({
            "redirect": "http://localhost/counter",
            "params": {
                "_csrf_token": "C",
                "_track_static": ["/a.css", "/b.js"],
                "_mounts": 0,
                "_mount_attempts": 2,
                "_live_referer": "http://localhost/nav",
            },
            "session": "S",
            "static": "T",
            "flash": null,
            "sticky": true,
        }))
        .unwrap();
        assert_eq!(
            (join.url.as_deref(), join.redirect.is_some(), join.sticky),
            (None, true, true)
        );
        assert_eq!((join.mounts(), join.mount_attempts()), (0, 2));
        assert_eq!(join.track_static().collect::<Vec<_>>(), ["/a.css", "/b.js"]);
        assert_eq!(join.live_referer(), Some("http://localhost/nav"));
        assert_eq!(join.static_token(), Some("T"));
        assert_eq!(join.params.text("_csrf_token"), Some("C"));
    }

    // 3.5
    #[test]
    fn a_join_without_session_is_read_and_left_to_be_stale() {
        let join: Join = serde_json::from_value(json!({ "url": "x", "params": {} })).unwrap();
        assert_eq!(join.session, None);
    }

    // 4.4
    #[test]
    fn each_error_has_its_form() {
        let events = || RawValue::from_string("[]".into()).unwrap();
        for (error, response) in [
            (JoinError::Stale, json!({ "reason": "stale" })),
            (JoinError::Unauthorized, json!({ "reason": "unauthorized" })),
            (JoinError::Crashed, json!({ "reason": "join crashed" })),
            (
                JoinError::ParentRedirect,
                json!({ "reason": "parent_redirect" }),
            ),
            (
                JoinError::Reload {
                    status: 404,
                    token: "T".into(),
                },
                json!({ "reason": "reload", "status": 404, "token": "T" }),
            ),
            (
                JoinError::Redirect {
                    redirect: Redirect {
                        to: "/a".into(),
                        flash: None,
                        status: Some(302),
                    },
                    events: events(),
                },
                json!({ "redirect": { "to": "/a", "status": 302 }, "events": [] }),
            ),
            (
                JoinError::LiveRedirect {
                    live_redirect: LiveRedirect {
                        to: "/b".into(),
                        kind: Kind::Push,
                        flash: Some("F".into()),
                    },
                    events: events(),
                },
                json!({
                    "live_redirect": { "to": "/b", "kind": "push", "flash": "F" },
                    "events": [],
                }),
            ),
        ] {
            assert_eq!(serde_json::to_value(&error).unwrap(), response);
        }
    }
}
