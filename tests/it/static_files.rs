//! Addresses of pages and files, and what clients keep of files (channels-wire 13, EP-1, EP-3).

use std::path::{Path, PathBuf};

use bennu::endpoint::{BuildError, Url};

use crate::support::{Server, builder};

const MANIFEST: &str = r#"{
    "version": 1,
    "latest": {"assets/app.js": "assets/app-222.js"},
    "digests": {
        "assets/app-111.js": {"logical_path": "assets/app.js", "digest": "111", "mtime": 1, "size": 4, "sha512": "AAA="},
        "assets/app-222.js": {"logical_path": "assets/app.js", "digest": "222", "mtime": 2, "size": 4, "sha512": "BBB="}
    }
}"#;

/// What a build leaves behind; removed with the test.
pub(crate) struct Static(PathBuf);

impl Static {
    pub(crate) fn build(test: &str) -> Self {
        let name = format!("bennu-{test}-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        std::fs::create_dir_all(root.join("assets")).expect("a directory");
        std::fs::write(root.join("cache_manifest.json"), MANIFEST).expect("a file");
        for (name, content) in [
            ("app.js", "new"),
            ("app-222.js", "new"),
            ("app-111.js", "old"),
        ] {
            std::fs::write(root.join("assets").join(name), content).expect("a file");
        }
        Self(root)
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.0.join("cache_manifest.json")
    }
}

impl Drop for Static {
    fn drop(&mut self) {
        // What is left behind harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn pages_and_files_have_their_addresses() {
    let builder = builder().url(Url::new("example.com").scheme("https").port(443));
    let endpoint = builder.build().expect("the parts fit");
    assert_eq!(endpoint.url(), "https://example.com");
    assert_eq!(endpoint.host(), "example.com");
    assert_eq!(endpoint.path("/rooms"), "/rooms");
    assert_eq!(endpoint.script_name().count(), 0);
    assert_eq!(endpoint.static_url(), endpoint.url());
    assert_eq!(endpoint.static_path("/app.js"), "/app.js");
    assert_eq!(endpoint.static_integrity("/app.js"), None);
    let builder = crate::support::builder()
        .url_host("localhost")
        .url(Url::new("example.com").port(4000).path("/app/"))
        .static_url(Url::new("cdn.example.com").path("static"));
    let endpoint = builder.build().expect("the parts fit");
    assert_eq!(endpoint.url(), "http://example.com:4000");
    assert_eq!(endpoint.path("/rooms"), "/app/rooms");
    assert_eq!(endpoint.static_url(), "http://cdn.example.com");
    assert_eq!(endpoint.static_path("/app.js"), "/static/app.js");
}

#[test]
fn a_file_is_addressed_in_its_latest_form() {
    let files = Static::build("latest");
    let builder = builder().cache_static_manifest(files.manifest());
    let endpoint = builder
        .url(Url::new("localhost").path("/app"))
        .build()
        .expect("the parts fit");
    let latest = "/app/assets/app-222.js?vsn=d";
    assert_eq!(endpoint.static_path("/assets/app.js"), latest);
    let with_fragment = endpoint.static_path("/assets/app.js#top");
    assert_eq!(with_fragment, format!("{latest}#top"));
    let integrity = endpoint.static_integrity("/assets/app.js");
    assert_eq!(integrity, Some("sha512-BBB="));
    let found = endpoint.static_lookup("/assets/app.js");
    assert_eq!(found, ("/assets/app-222.js?vsn=d", integrity));
    let found = endpoint.static_lookup("/assets/other.js");
    assert_eq!(found, ("/assets/other.js", None));
}

#[test]
#[should_panic(expected = "starts with one slash")]
fn a_path_of_another_host_is_no_static_path() {
    let endpoint = builder().build().expect("the parts fit");
    let _ = endpoint.static_path("//evil.example/app.js");
}

#[test]
fn a_page_learns_that_its_files_have_changed() {
    let files = Static::build("changed");
    let builder = builder().cache_static_manifest(files.manifest());
    let endpoint = builder.build().expect("the parts fit");
    let latest = format!(
        "{}{}",
        endpoint.url(),
        endpoint.static_path("/assets/app.js")
    );
    let former = "http://localhost/assets/app-111.js?vsn=d".to_owned();
    assert!(!endpoint.static_changed(&[&latest]));
    assert!(endpoint.static_changed(&[&latest, &former]));
    assert!(!endpoint.static_changed(&[""; 0]));
}

#[test]
fn an_endpoint_is_not_built_on_a_manifest_that_cannot_be_read() {
    for path in [
        Path::new("/nowhere/cache_manifest.json"),
        Path::new("Cargo.toml"),
    ] {
        let built = builder().cache_static_manifest(path).build();
        let Err(BuildError::StaticManifest(cause)) = built else {
            panic!("{}: {built:?}", path.display());
        };
        assert!(cause.to_string().contains(&*path.to_string_lossy()));
    }
}

#[tokio::test]
async fn digested_files_are_kept_for_ever_and_others_asked_for_again() {
    let files = Static::build("kept");
    let builder = builder()
        .cache_static_manifest(files.manifest())
        .assets("/assets", files.0.join("assets"));
    let server = Server::start(builder).await;
    let for_ever = "public, max-age=31536000, immutable";
    for (path, content, cache_control) in [
        ("/assets/app-222.js?vsn=d", "new", for_ever),
        ("/assets/app-111.js", "old", for_ever),
        ("/assets/app.js?vsn=d", "new", "no-cache"),
    ] {
        let file = server.get(path).await;
        assert_eq!((file.status, file.text()), (200, content), "{path}");
        assert_eq!(file.header("cache-control"), Some(cache_control), "{path}");
    }
}
