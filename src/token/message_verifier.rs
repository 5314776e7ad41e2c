use ring::hmac;

use super::base64url;
use super::key_generator::{DerivedKey, Digest};

/// Signs bytes that everybody may read and nobody may alter: `Plug.Crypto.MessageVerifier`.
///
/// A signed message is `digest.payload.signature`, each part in base64 for URLs (a JWS in compact form, RFC 7515).
///
/// ```
/// use bennu::token::{KeyOptions, MessageVerifier, SecretKeyBase};
///
/// let base = SecretKeyBase::new("abcdefgh".repeat(8))?;
/// let verifier = MessageVerifier::new(&base.derive("salt", KeyOptions::default()));
/// let signed = verifier.sign("hello");
/// assert_eq!(verifier.verify(&signed).as_deref(), Some(&b"hello"[..]));
/// assert_eq!(verifier.verify("SFMyNTY.aGVsbG8.forged"), None);
/// # Ok::<(), bennu::token::SecretKeyBaseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MessageVerifier {
    /// Kept for the messages that are signed with a digest other than SHA-256.
    key: DerivedKey,
    sha256: hmac::Key,
}

impl MessageVerifier {
    /// Signs and verifies with this key.
    pub fn new(key: &DerivedKey) -> Self {
        Self {
            key: key.clone(),
            sha256: hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()),
        }
    }

    /// Signs the payload with SHA-256.
    pub fn sign(&self, payload: impl AsRef<[u8]>) -> String {
        sign(Digest::Sha256, &self.sha256, payload.as_ref())
    }

    /// Signs the payload with this digest.
    pub fn sign_with(&self, digest: Digest, payload: impl AsRef<[u8]>) -> String {
        sign(digest, &self.hmac_key(digest), payload.as_ref())
    }

    /// The payload of a message that this key has signed with any digest.
    ///
    /// Base64 is read as leniently as Elixir reads it, signatures are compared in constant time.
    pub fn verify(&self, signed: &str) -> Option<Vec<u8>> {
        let (message, signature) = signed.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let digest = digest_of(header)?;
        let payload = base64url::decode(payload)?;
        let signature = base64url::decode(signature)?;
        hmac::verify(&self.hmac_key(digest), message.as_bytes(), &signature).ok()?;
        Some(payload)
    }

    fn hmac_key(&self, digest: Digest) -> hmac::Key {
        match digest {
            Digest::Sha256 => self.sha256.clone(),
            Digest::Sha384 => hmac::Key::new(hmac::HMAC_SHA384, self.key.as_bytes()),
            Digest::Sha512 => hmac::Key::new(hmac::HMAC_SHA512, self.key.as_bytes()),
        }
    }
}

fn sign(digest: Digest, key: &hmac::Key, payload: &[u8]) -> String {
    let mut signed = header_of(digest).to_owned();
    signed.push('.');
    base64url::encode_onto(&mut signed, payload);
    let signature = hmac::sign(key, signed.as_bytes());
    signed.push('.');
    base64url::encode_onto(&mut signed, signature.as_ref());
    signed
}

/// The digest's JWS name in base64.
fn header_of(digest: Digest) -> &'static str {
    match digest {
        Digest::Sha256 => "SFMyNTY",
        Digest::Sha384 => "SFMzODQ",
        Digest::Sha512 => "SFM1MTI",
    }
}

fn digest_of(header: &str) -> Option<Digest> {
    [Digest::Sha256, Digest::Sha384, Digest::Sha512]
        .into_iter()
        .find(|digest| header_of(*digest) == header)
}

#[cfg(test)]
mod tests {
    use super::super::key_generator::{KeyOptions, SecretKeyBase};
    use super::*;

    fn verifier() -> MessageVerifier {
        let base = SecretKeyBase::new("abcdefgh".repeat(8)).expect("it is long enough");
        MessageVerifier::new(&base.derive("user socket", KeyOptions::default()))
    }

    #[test]
    fn every_digest_is_read_back() {
        for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
            let signed = verifier().sign_with(digest, [0, 255]);
            assert_eq!(verifier().verify(&signed), Some(vec![0, 255]));
        }
        assert_eq!(
            verifier().sign("x"),
            verifier().sign_with(Digest::Sha256, "x")
        );
    }

    #[test]
    fn a_message_has_three_parts_and_a_known_digest() {
        let signed = verifier().sign("x");
        let (message, signature) = signed.rsplit_once('.').expect("it has three parts");
        for wrong in [
            "",
            ".",
            "..",
            "...",
            message,
            &format!("{signed}."),
            &format!("{message}.{message}.{signature}"),
        ] {
            assert_eq!(verifier().verify(wrong), None, "{wrong}");
        }
        assert_eq!(
            verifier().verify(&signed.replace("SFMyNTY", "SFMyNTZ")),
            None
        );
        assert_eq!(
            verifier().verify(&signed.replace("SFMyNTY", "SFM1MTI")),
            None
        );
    }

    #[test]
    fn any_altered_byte_is_noticed() {
        let signed = verifier().sign("payload");
        // The last character has surplus bits; any other byte counts.
        for position in 0..signed.len() - 1 {
            let mut altered = signed.clone().into_bytes();
            altered[position] = if altered[position] == b'A' {
                b'B'
            } else {
                b'A'
            };
            let altered = String::from_utf8(altered).expect("it is still ASCII");
            assert_eq!(verifier().verify(&altered), None, "{position}");
        }
    }
}
