//! Uploads: what the client says about files. Their bytes come as binary `chunk` messages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A file chosen in the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UploadEntry {
    /// The entry's reference, unique within its upload.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The input's name; absent in a preflight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The file's name.
    pub name: String,
    /// The file's path inside a chosen directory, else empty.
    #[serde(default)]
    pub relative_path: Option<String>,
    /// The size the client claims, in bytes.
    pub size: u64,
    /// The media type the client claims, possibly empty.
    #[serde(rename = "type", default)]
    pub media_type: String,
    /// When the file was changed, in milliseconds since 1970.
    #[serde(default)]
    pub last_modified: Option<i64>,
    /// What the application's script added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Value>,
}

/// The payload of `allow_upload`: the client asks before it sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllowUpload {
    /// The upload's reference.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The files.
    pub entries: Vec<UploadEntry>,
    /// The component that owns the upload.
    #[serde(
        default,
        deserialize_with = "super::cid::target",
        skip_serializing_if = "Option::is_none"
    )]
    pub cid: Option<u64>,
}

/// The response to [`AllowUpload`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UploadAllowance {
    /// The upload's reference.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What the client may send.
    #[serde(flatten)]
    pub answer: UploadAnswer,
}

/// What a client may send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum UploadAnswer {
    /// Nothing, by the reference of the entry, or of the upload, that is to blame.
    Refused {
        /// The reasons.
        error: Vec<(String, Value)>,
    },
    /// The entries that are named; the client fails those that are not.
    Allowed {
        /// What holds for all of them.
        config: UploadConfig,
        /// For each entry its token, or the metadata of the script that sends it elsewhere.
        entries: BTreeMap<String, Value>,
        /// For each entry that is not taken the reasons.
        errors: BTreeMap<String, Vec<Value>>,
    },
}

/// The limits that a client keeps while it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadConfig {
    /// The largest file, in bytes.
    pub max_file_size: u64,
    /// How many entries there may be.
    pub max_entries: usize,
    /// The bytes of a chunk.
    pub chunk_size: u32,
    /// How long to wait for the answer to a chunk, in milliseconds.
    pub chunk_timeout: u64,
}

/// The payload of `progress`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The event to call, from the input's `phx-progress`.
    #[serde(default)]
    pub event: Option<String>,
    /// The upload's reference.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The entry's reference.
    pub entry_ref: String,
    /// How far it is.
    pub progress: ProgressValue,
    /// The component that owns the upload.
    #[serde(
        default,
        deserialize_with = "super::cid::target",
        skip_serializing_if = "Option::is_none"
    )]
    pub cid: Option<u64>,
}

/// How far an upload is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ProgressValue {
    /// Percent; 100 is done.
    Percent(u8),
    /// An external uploader failed.
    Failed {
        /// The uploader's reason.
        error: Value,
    },
}

/// The payload of `phx_join` on an upload's topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadJoin {
    /// The token from the answer to [`AllowUpload`].
    pub token: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    // 10.3
    #[test]
    fn a_preflight_lists_entries_without_path() {
        let preflight: AllowUpload = serde_json::from_str(
            r#"{"ref":"phx-1","entries":[{"last_modified":1795353712379,"name":"a.txt",
                "relative_path":"","size":2500,"type":"text/plain","ref":"0"}]}"#,
        )
        .unwrap();
        assert_eq!(preflight.entries[0].reference, "0");
        assert_eq!(preflight.entries[0].path, None);
    }

    // 10.3
    #[test]
    fn an_answer_names_entries_or_reasons() {
        let config = UploadConfig {
            max_file_size: 20_000,
            max_entries: 2,
            chunk_size: 1_000,
            chunk_timeout: 10_000,
        };
        let allowance = |answer| UploadAllowance {
            reference: "r".to_owned(),
            answer,
        };
        let allowed = allowance(UploadAnswer::Allowed {
            config,
            entries: BTreeMap::from([("0".to_owned(), "token".into())]),
            errors: BTreeMap::from([("1".to_owned(), vec!["not_accepted".into()])]),
        });
        assert_eq!(
            serde_json::to_string(&allowed).unwrap(),
            r#"{"ref":"r","config":{"max_file_size":20000,"max_entries":2,"chunk_size":1000,"chunk_timeout":10000},"entries":{"0":"token"},"errors":{"1":["not_accepted"]}}"#
        );
        let refused = allowance(UploadAnswer::Refused {
            error: vec![("1".to_owned(), "too_large".into())],
        });
        assert_eq!(
            serde_json::to_string(&refused).unwrap(),
            r#"{"ref":"r","error":[["1","too_large"]]}"#
        );
    }

    // 10.5
    #[test]
    fn progress_is_percent_or_failure() {
        let progress = |value: &str| {
            let text = format!(r#"{{"event":null,"ref":"r","entry_ref":"0","progress":{value}}}"#);
            serde_json::from_str(&text).map(|progress: Progress| progress.progress)
        };
        assert_eq!(progress("40").unwrap(), ProgressValue::Percent(40));
        let failed = progress(r#"{"error":"gone"}"#).unwrap();
        assert_eq!(
            failed,
            ProgressValue::Failed {
                error: "gone".into()
            }
        );
        assert!(progress("-1").is_err());
    }
}
