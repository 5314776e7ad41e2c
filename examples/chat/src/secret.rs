//! The secret that signs sessions and tokens, Phoenix's `secret_key_base`.
//!
//! It comes from the environment where there is one, else from a file beside the database that the
//! first start creates: what one run signed, the next run accepts.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tempfile::NamedTempFile;

/// Shortest secret that is accepted, as in Phoenix.
pub(crate) const SECRET_BYTES_MIN: usize = 64;

/// How many random bytes a new secret has; base64 makes 96 characters of them.
const RANDOM_BYTES: usize = 72;

/// A secret of at least [`SECRET_BYTES_MIN`] bytes; its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretKeyBase(String);

impl SecretKeyBase {
    /// Takes the value of `SECRET_KEY_BASE` when there is one, else the file beside `database`.
    ///
    /// The file has the database's name with the extension `secret`; it is created when absent,
    /// readable by its owner only. Of several programs that start at once all use the same secret.
    ///
    /// # Errors
    ///
    /// [`SecretError`] when the secret is too short, or the file cannot be read or created.
    pub(crate) fn load(
        from_environment: Option<&str>,
        database: &Path,
    ) -> Result<Self, SecretError> {
        if let Some(secret) = from_environment {
            return Self::parse(secret)
                .map_err(|bytes| SecretError::TooShortInEnvironment { bytes });
        }
        let path = database.with_extension("secret");
        match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(&path),
            read => read,
        }
        .map_err(|error| SecretError::File {
            path: path.clone(),
            error,
        })
        .and_then(|secret| {
            Self::parse(&secret).map_err(|bytes| SecretError::TooShortInFile { path, bytes })
        })
    }

    /// The secret, for the endpoint.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses a secret that is too short with its length in bytes.
    fn parse(secret: &str) -> Result<Self, usize> {
        let secret = secret.trim();
        if secret.len() < SECRET_BYTES_MIN {
            return Err(secret.len());
        }
        Ok(Self(secret.to_owned()))
    }
}

/// Writes a new secret to `path` unless somebody else was faster, and returns what the file holds.
fn create(path: &Path) -> io::Result<String> {
    let mut random = [0; RANDOM_BYTES];
    getrandom::fill(&mut random)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    // Temporary files belong to their owner alone (mode 0600).
    let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    writeln!(file, "{}", STANDARD.encode(random))?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => std::fs::read_to_string(path),
    }
}

impl fmt::Debug for SecretKeyBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKeyBase(..)")
    }
}

/// Why there is no secret.
#[derive(Debug)]
pub(crate) enum SecretError {
    /// `SECRET_KEY_BASE` is set, but shorter than [`SECRET_BYTES_MIN`].
    TooShortInEnvironment { bytes: usize },
    /// The file beside the database holds less than [`SECRET_BYTES_MIN`].
    TooShortInFile { path: PathBuf, bytes: usize },
    /// The file beside the database can be neither read nor created.
    File { path: PathBuf, error: io::Error },
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShortInEnvironment { bytes } => write!(
                f,
                "SECRET_KEY_BASE has {bytes} bytes, at least {SECRET_BYTES_MIN} are needed \
                 (make one with: openssl rand -base64 48)"
            ),
            Self::TooShortInFile { path, bytes } => write!(
                f,
                "{} holds {bytes} bytes, at least {SECRET_BYTES_MIN} are needed \
                 (remove the file to have a new one made; everybody signs in again)",
                path.display()
            ),
            Self::File { path, error } => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for SecretError {}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_first_start_creates_a_secret_and_the_next_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("chat.db");
        let first = SecretKeyBase::load(None, &database).unwrap();
        assert!(first.as_str().len() >= SECRET_BYTES_MIN);
        assert_eq!(SecretKeyBase::load(None, &database).unwrap(), first);
        let names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["chat.secret"]);
    }

    #[test]
    fn two_databases_have_two_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let load = |name| SecretKeyBase::load(None, &folder.path().join(name)).unwrap();
        assert_ne!(load("one.db"), load("two.db"));
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_the_file() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        SecretKeyBase::load(None, &folder.path().join("chat.db")).unwrap();
        let mode = fs::metadata(folder.path().join("chat.secret"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_appeared_meanwhile_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chat.secret");
        fs::write(&path, "theirs").unwrap();
        assert_eq!(create(&path).unwrap(), "theirs");
    }

    #[test]
    fn the_environment_comes_first_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let secret = "s".repeat(64);
        let loaded = SecretKeyBase::load(Some(&secret), &folder.path().join("chat.db")).unwrap();
        assert_eq!(loaded.as_str(), secret);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn sixty_three_bytes_are_too_short() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("chat.db");
        let short = "s".repeat(63);
        let refused = SecretKeyBase::load(Some(&short), &database).unwrap_err();
        assert!(matches!(
            refused,
            SecretError::TooShortInEnvironment { bytes: 63 }
        ));
        assert!(
            refused
                .to_string()
                .starts_with("SECRET_KEY_BASE has 63 bytes, at least 64")
        );

        fs::write(folder.path().join("chat.secret"), short + "\n").unwrap();
        let refused = SecretKeyBase::load(None, &database).unwrap_err();
        assert!(
            matches!(refused, SecretError::TooShortInFile { bytes: 63, .. }),
            "{refused:?}"
        );
    }

    #[test]
    fn a_missing_folder_is_named_in_the_error() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("absent").join("chat.db");
        let refused = SecretKeyBase::load(None, &database).unwrap_err();
        assert!(refused.to_string().contains("chat.secret"), "{refused}");
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        let secret = SecretKeyBase("s".repeat(64));
        assert_eq!(format!("{secret:?}"), "SecretKeyBase(..)");
    }
}
