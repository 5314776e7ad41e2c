//! The token with which a channel joins for an entry (3.4).

use crate::live::session::{MAX_AGE, VERSION};
use crate::token::{SecretKeyBase, Term, Token};

/// Which entry of which upload a client may send. An upload's reference is known to this process alone, so the token is
/// of use nowhere else.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::live) struct UploadToken {
    pub(in crate::live) upload: String,
    pub(in crate::live) entry: String,
}

impl UploadToken {
    pub(in crate::live) fn sign(&self, secret_key_base: &SecretKeyBase, salt: &str) -> String {
        Token::new(secret_key_base, salt).sign(Term::tuple([
            Term::from(VERSION),
            Term::from("upload"),
            Term::from(&*self.upload),
            Term::from(&*self.entry),
        ]))
    }

    pub(super) fn verify(token: &str, secret_key_base: &SecretKeyBase, salt: &str) -> Option<Self> {
        let term = Token::new(secret_key_base, salt)
            .verify(token, MAX_AGE)
            .ok()?;
        let [version, kind, upload, entry] = term.as_tuple()? else {
            return None;
        };
        let expected = version.as_i64() == Some(VERSION) && kind.as_str() == Some("upload");
        expected.then_some(())?;
        Some(Self {
            upload: upload.as_str()?.to_owned(),
            entry: entry.as_str()?.to_owned(),
        })
    }
}
