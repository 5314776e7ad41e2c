//! What `mix phx.digest` says of the files it has digested, `cache_manifest.json`, and the digests of files in the program.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The latest digested form of each file, none unless a manifest was read or the program holds files.
#[derive(Debug, Default)]
pub(crate) struct StaticManifest {
    /// The path below which files are found from outside: empty, or with a slash in front and none behind.
    prefix: String,
    /// Whether a manifest was read that names files, and then all of them.
    knows_all: bool,
    /// By path: `/app.js`.
    latest: HashMap<String, Latest>,
    /// Paths of all digested files, those of earlier releases included.
    digested: HashSet<String>,
    /// What stands around the digests in the names of the program's files: `/colocated/index-` and `.js`.
    around_digests: Vec<(String, String)>,
}

#[derive(Debug)]
struct Latest {
    /// `/app-0cc1….js?vsn=d`, and where its query begins.
    path: String,
    query_at: usize,
    /// `sha512-…`
    integrity: Option<String>,
}

/// The manifest of static files cannot be used.
#[derive(Debug)]
pub struct StaticManifestError {
    path: PathBuf,
    cause: Box<dyn std::error::Error + Send + Sync>,
}

impl fmt::Display for StaticManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.cause)
    }
}

impl std::error::Error for StaticManifestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.cause)
    }
}

#[derive(Deserialize)]
struct Written {
    latest: HashMap<String, String>,
    digests: HashMap<String, Digest>,
}

#[derive(Deserialize)]
struct Digest {
    sha512: Option<String>,
}

impl StaticManifest {
    pub(super) fn read(path: &Path) -> Result<Self, StaticManifestError> {
        let fail = |cause| StaticManifestError {
            path: path.to_owned(),
            cause,
        };
        let text = std::fs::read(path).map_err(|cause| fail(cause.into()))?;
        Self::parse(&text).map_err(|cause| fail(cause.into()))
    }

    fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        let Written { latest, digests } = serde_json::from_slice(text)?;
        let integrity = |digested: &str| {
            let sha512 = digests.get(digested)?.sha512.as_ref()?;
            Some(format!("sha512-{sha512}"))
        };
        let knows_all = !latest.is_empty();
        let latest = latest.into_iter().map(|(file, digested)| {
            let latest = Latest {
                query_at: 1 + digested.len(),
                integrity: integrity(&digested),
                path: format!("/{digested}?vsn=d"),
            };
            (format!("/{file}"), latest)
        });
        Ok(Self {
            knows_all,
            latest: latest.collect(),
            digested: digests.keys().map(|file| format!("/{file}")).collect(),
            ..Self::default()
        })
    }

    /// The same for files that are found below `prefix`.
    pub(super) fn below(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// Adds a file that the program holds, and answers in its digested form.
    #[cfg(feature = "live")]
    pub(super) fn embed(&mut self, file: &super::embedded::Digested) {
        let latest = Latest {
            query_at: file.digested.len(),
            integrity: Some(file.integrity.clone()),
            path: format!("{}?vsn=d", file.digested),
        };
        self.latest.insert(file.path.clone(), latest);
        let (stem, extension) = file.path.rsplit_once('.').unwrap_or((&file.path, ""));
        let around = (format!("{stem}-"), format!(".{extension}"));
        self.around_digests.push(around);
    }

    /// The path of a file as pages name it; what follows a `#` is kept.
    ///
    /// # Panics
    /// When the path does not start with one slash.
    #[track_caller]
    pub(crate) fn static_path(&self, path: &str) -> String {
        assert_static(path);
        let (file, fragment) = match path.find('#') {
            Some(at) => path.split_at(at),
            None => (path, ""),
        };
        let file = self.latest(file).unwrap_or(file);
        format!("{}{file}{fragment}", self.prefix)
    }

    /// The latest form of a path, if it is known.
    pub(super) fn latest(&self, path: &str) -> Option<&str> {
        Some(&self.latest.get(path)?.path)
    }

    pub(super) fn integrity(&self, path: &str) -> Option<&str> {
        self.latest.get(path)?.integrity.as_deref()
    }

    /// Whether the name of a file changes with its content, so that it may be kept for ever.
    pub(super) fn is_digested(&self, path: &str) -> bool {
        self.digested.contains(path)
    }

    /// Whether an address ends with the latest or the undigested path of a file.
    pub(crate) fn is_latest(&self, address: &str) -> bool {
        let address = address.split(['?', '#']).next().unwrap_or_default();
        let is_latest = self.latest.iter().any(|(path, latest)| {
            address.ends_with(path.as_str()) || address.ends_with(&latest.path[..latest.query_at])
        });
        is_latest || !(self.knows_all || self.is_embedded(address))
    }

    /// Whether an address is that of a file that the program holds, with any digest.
    fn is_embedded(&self, address: &str) -> bool {
        let mut around = self.around_digests.iter();
        around.any(|(stem, extension)| address.contains(stem) && address.ends_with(extension))
    }
}

/// # Panics
/// When the path does not start with one slash: it would be another file depending on the page, or a file of another
/// host.
#[track_caller]
pub(super) fn assert_static(path: &str) {
    assert!(
        path.starts_with('/') && !path.starts_with("//"),
        "the path of a static file starts with one slash: {path:?}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> StaticManifest {
        let text = br#"{
            "version": 1,
            "latest": {"assets/app.js": "assets/app-222.js", "robots.txt": "robots-333.txt"},
            "digests": {
                "assets/app-111.js": {"logical_path": "assets/app.js", "digest": "111", "mtime": 1, "size": 1, "sha512": "AAA="},
                "assets/app-222.js": {"logical_path": "assets/app.js", "digest": "222", "mtime": 2, "size": 1, "sha512": "BBB="},
                "robots-333.txt": {"logical_path": "robots.txt", "digest": "333", "mtime": 2, "size": 1}
            }
        }"#;
        StaticManifest::parse(text).expect("what phx.digest writes")
    }

    // EP-1
    #[test]
    fn a_file_is_found_in_its_latest_form_with_its_integrity() {
        let manifest = manifest();
        for (path, latest, integrity) in [
            (
                "/assets/app.js",
                Some("/assets/app-222.js?vsn=d"),
                Some("sha512-BBB="),
            ),
            ("/robots.txt", Some("/robots-333.txt?vsn=d"), None),
            ("/other.css", None, None),
        ] {
            let found = (manifest.latest(path), manifest.integrity(path));
            assert_eq!(found, (latest, integrity), "{path}");
        }
    }

    #[test]
    fn digested_names_of_any_release_are_known() {
        let manifest = manifest();
        for (path, known) in [
            ("/assets/app-111.js", true),
            ("/assets/app-222.js", true),
            ("/assets/app.js", false),
            ("/assets/app-444.js", false),
        ] {
            assert_eq!(manifest.is_digested(path), known, "{path}");
        }
    }

    #[test]
    fn a_tracked_file_is_the_latest_by_its_digested_or_its_plain_name() {
        let manifest = manifest();
        for (address, latest) in [
            ("https://cdn.example.com/x/assets/app-222.js?vsn=d", true),
            ("http://localhost/assets/app.js", true),
            ("/robots-333.txt#a", true),
            ("http://localhost/assets/app-111.js?vsn=d", false),
            ("http://localhost/otherassets-app.js", false),
            ("", false),
        ] {
            assert_eq!(manifest.is_latest(address), latest, "{address}");
        }
        assert!(StaticManifest::default().is_latest("/assets/app-111.js"));
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"latest": {}}"#,
            r#"{"latest": [], "digests": {}}"#,
        ] {
            assert!(StaticManifest::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
