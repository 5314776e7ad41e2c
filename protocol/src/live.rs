//! The payloads of LiveView, which is a channel on `lv:*` topics.
//!
//! A diff is a tree of JSON objects with one-letter keys; they are named here once. The tree
//! itself is written by the renderer, straight into the frame.

mod cid;
mod event;
mod join;
mod navigation;
mod upload;

pub use event::{Event, EventError};
pub use join::{Join, JoinError};
pub use navigation::{Kind, LivePatch, LiveRedirect, PatchRequest, Redirect};
pub use upload::{
    AllowUpload, Progress, ProgressValue, UploadAllowance, UploadAnswer, UploadConfig, UploadEntry,
    UploadJoin,
};

use serde::{Deserialize, Serialize};

/// Topics of live views are this followed by the id of the view's container.
pub const TOPIC_PREFIX: &str = "lv:";
/// Topics of uploads are this followed by the entry's reference.
pub const UPLOAD_TOPIC_PREFIX: &str = "lvu:";

/// A message from an element, hook or script; see [`Event`].
pub const EVENT: &str = "event";
/// A push with changes the client did not ask for.
pub const DIFF: &str = "diff";
/// Client: show another URL in this view. Server: the URL has changed.
pub const LIVE_PATCH: &str = "live_patch";
/// Server: go to another view of the live session.
pub const LIVE_REDIRECT: &str = "live_redirect";
/// Server: load another page.
pub const REDIRECT: &str = "redirect";
/// A reply to a client's patch: the URL belongs to another view.
pub const LINK_REDIRECT: &str = "link_redirect";
/// Client: components were removed from the page; see [`Cids`].
pub const CIDS_WILL_DESTROY: &str = "cids_will_destroy";
/// Client: components did not come back; see [`Cids`].
pub const CIDS_DESTROYED: &str = "cids_destroyed";
/// Client: may these files be uploaded? See [`AllowUpload`].
pub const ALLOW_UPLOAD: &str = "allow_upload";
/// Client: an upload proceeds; see [`Progress`].
pub const PROGRESS: &str = "progress";
/// Client, on an upload's topic: the next bytes of the file.
pub const CHUNK: &str = "chunk";
/// A built-in event: forget the flash.
pub const CLEAR_FLASH: &str = "lv:clear-flash";

/// The full tree in a join reply.
pub const RENDERED: &str = "rendered";
/// The version of the npm package the server speaks for, in a join reply.
pub const LIVEVIEW_VERSION: &str = "liveview_version";
/// Tag and attributes of the container, in the reply to a join by live navigation.
pub const CONTAINER: &str = "container";
/// The parameter of a form change that names the changed field.
pub const TARGET: &str = "_target";

/// The static parts of a template, or an index into [`TEMPLATES`] or a component to share with.
pub const STATICS: &str = "s";
/// Static parts used several times in one message, by index.
pub const TEMPLATES: &str = "p";
/// Component trees by component id.
pub const COMPONENTS: &str = "c";
/// Events for hooks and window listeners.
pub const EVENTS: &str = "e";
/// At the top of a diff: what the event handler replied.
pub const REPLY: &str = "r";
/// In a tree: the template renders exactly one root element. The same letter as [`REPLY`].
pub const ROOT: &str = "r";
/// The page title.
pub const TITLE: &str = "t";
/// The entries of a comprehension.
pub const KEYED: &str = "k";
/// The number of entries, always present inside [`KEYED`].
pub const KEYED_COUNT: &str = "kc";
/// Entries of [`KEYED`] moved.
pub const KEYED_MOVED: &str = "km";
/// The inserts, deletes and reset of a stream's comprehension.
pub const STREAM: &str = "stream";

/// The payload of `cids_will_destroy` and `cids_destroyed`, and the reply to the latter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cids {
    /// Component ids; what a client says that is none is left out.
    #[serde(deserialize_with = "cid::known")]
    pub cids: Vec<u64>,
}
