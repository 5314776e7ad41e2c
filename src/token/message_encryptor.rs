use std::fmt;

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};

use super::base64url;
use super::key_generator::DerivedKey;
use super::random::random_bytes;

const HEADER: &str = "XCP.";
const HEADER_1_X: &str = "QTEyOEdDTQ.";
/// The name of the algorithm of Plug.Crypto 1.x, authenticated along with each message to this day.
const ADDITIONAL_DATA: &[u8] = b"A128GCM";

const KEY_BYTES: usize = 32;
const IV_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const IV_BYTES_1_X: usize = 12;

/// Encrypts bytes so that nobody else may read or alter them: `Plug.Crypto.MessageEncryptor`.
///
/// A message is `XCP.` and, in base64 for URLs, what XChaCha20-Poly1305 makes of the payload. Messages of Plug.Crypto
/// 1.x (AES-GCM with keys of 128 or 256 bits) are read, never written.
///
/// ```
/// use bennu::token::{KeyOptions, MessageEncryptor, SecretKeyBase};
///
/// let base = SecretKeyBase::new("abcdefgh".repeat(8))?;
/// let encryptor = MessageEncryptor::new(&base.derive("salt", KeyOptions::default()))?;
/// let encrypted = encryptor.encrypt("hello");
/// assert_eq!(encryptor.decrypt(&encrypted).as_deref(), Some(&b"hello"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct MessageEncryptor {
    key: DerivedKey,
    /// Authenticated along with the keys inside messages of Plug.Crypto 1.x.
    signing_key: Option<DerivedKey>,
}

/// The application gave a key that has not the 32 bytes that XChaCha20-Poly1305 takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLengthError {
    /// How many bytes the key has.
    pub bytes: usize,
}

impl fmt::Display for KeyLengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an encryption key has {KEY_BYTES} bytes, not {}",
            self.bytes
        )
    }
}

impl std::error::Error for KeyLengthError {}

impl MessageEncryptor {
    /// Encrypts and decrypts with this key.
    ///
    /// # Errors
    ///
    /// If the key has not 32 bytes, the default length of derived keys.
    pub fn new(key: &DerivedKey) -> Result<Self, KeyLengthError> {
        match key.as_bytes().len() {
            KEY_BYTES => Ok(Self {
                key: key.clone(),
                signing_key: None,
            }),
            bytes => Err(KeyLengthError { bytes }),
        }
    }

    /// Reads messages of Plug.Crypto 1.x that were made with this signing key.
    #[must_use]
    pub fn signing_key(mut self, signing_key: &DerivedKey) -> Self {
        self.signing_key = Some(signing_key.clone());
        self
    }

    /// Encrypts the payload; every message is different.
    pub fn encrypt(&self, payload: impl AsRef<[u8]>) -> String {
        self.encrypt_with(random_bytes(), payload.as_ref())
    }

    /// The payload of a message encrypted with this key.
    pub fn decrypt(&self, encrypted: &str) -> Option<Vec<u8>> {
        if let Some(message) = encrypted.strip_prefix(HEADER) {
            self.decrypt_current(message)
        } else {
            self.decrypt_1_x(encrypted.strip_prefix(HEADER_1_X)?)
        }
    }

    fn encrypt_with(&self, iv: [u8; IV_BYTES], payload: &[u8]) -> String {
        let mut message = [&iv[..], &[0; TAG_BYTES], payload].concat();
        let (head, ciphertext) = message.split_at_mut(IV_BYTES + TAG_BYTES);
        let tag = self
            .cipher()
            .encrypt_inout_detached(&iv.into(), ADDITIONAL_DATA, ciphertext.into())
            .expect("a payload in memory is shorter than the 256 GiB of the cipher");
        head[IV_BYTES..].copy_from_slice(&tag);
        let mut encrypted = HEADER.to_owned();
        base64url::encode_onto(&mut encrypted, &message);
        encrypted
    }

    fn decrypt_current(&self, message: &str) -> Option<Vec<u8>> {
        let mut message = base64url::decode(message)?;
        let (iv, rest) = message.split_first_chunk_mut::<IV_BYTES>()?;
        let (tag, ciphertext) = rest.split_first_chunk_mut::<TAG_BYTES>()?;
        self.cipher()
            .decrypt_inout_detached(
                &(*iv).into(),
                ADDITIONAL_DATA,
                ciphertext.into(),
                &(*tag).into(),
            )
            .ok()?;
        message.drain(..IV_BYTES + TAG_BYTES);
        Some(message)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new_from_slice(self.key.as_bytes())
            .expect("the constructor checked the key's length")
    }

    /// Four parts: a key wrapped by ours, the IV, the ciphertext and its tag.
    fn decrypt_1_x(&self, message: &str) -> Option<Vec<u8>> {
        let mut parts = message.split('.').map(base64url::decode);
        let mut part = || parts.next().flatten();
        let (wrapped_key, iv, mut ciphertext, tag) = (part()?, part()?, part()?, part()?);
        if parts.next().is_some() || tag.len() != TAG_BYTES {
            return None;
        }
        ciphertext.extend(tag);
        open(&self.unwrap(wrapped_key)?, &iv, ADDITIONAL_DATA, ciphertext)
    }

    /// A wrapped key is its ciphertext and tag, followed by the IV.
    fn unwrap(&self, mut wrapped_key: Vec<u8>) -> Option<Vec<u8>> {
        let iv = wrapped_key.split_off(wrapped_key.len().checked_sub(IV_BYTES_1_X)?);
        let signing_key = self
            .signing_key
            .as_ref()
            .map_or(&[][..], DerivedKey::as_bytes);
        open(self.key.as_bytes(), &iv, signing_key, wrapped_key)
    }
}

/// Decrypts AES-GCM; the tag follows the ciphertext.
fn open(key: &[u8], iv: &[u8], additional_data: &[u8], mut ciphertext: Vec<u8>) -> Option<Vec<u8>> {
    let key = LessSafeKey::new(UnboundKey::new(aes_gcm(key.len())?, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(iv).ok()?;
    let payload_bytes = key
        .open_in_place(nonce, Aad::from(additional_data), &mut ciphertext)
        .ok()?
        .len();
    ciphertext.truncate(payload_bytes);
    Some(ciphertext)
}

fn aes_gcm(key_bytes: usize) -> Option<&'static Algorithm> {
    match key_bytes {
        16 => Some(&AES_128_GCM),
        32 => Some(&AES_256_GCM),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::external_term::Term;
    use super::super::key_generator::{KeyOptions, SecretKeyBase};
    use super::*;

    /// The bytes 0 to 23.
    const IV: [u8; IV_BYTES] = {
        let mut iv = [0; IV_BYTES];
        let mut position = 0;
        while position < IV_BYTES {
            iv[position] = position as u8;
            position += 1;
        }
        iv
    };

    fn key(salt: &str) -> DerivedKey {
        let base = SecretKeyBase::new("abcdefgh".repeat(8)).expect("it is long enough");
        base.derive(salt, KeyOptions::default())
    }

    fn encryptor(salt: &str) -> MessageEncryptor {
        MessageEncryptor::new(&key(salt)).expect("the key has 32 bytes")
    }

    #[test]
    fn the_published_vectors_are_reproduced() {
        // Channels contract, 12.7.
        let token = Term::tuple([
            Term::from("u1"),
            1_700_000_000_000_i64.into(),
            86_400.into(),
        ]);
        let session = Term::map([
            ("_csrf_token", Term::from("A".repeat(24))),
            ("user_id", 42.into()),
        ]);
        let vectors = [
            (
                "user secret",
                token,
                "XCP.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXacikO3r7c8Rcd9NHqmk2rEoDlMiXC2uUnWOu7K67JMthBRbwXwgHRw",
            ),
            (
                "encrypt me",
                session,
                "XCP.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXU3dFCWoffMezqLXz7QMhwY9vyPQ-4v8lrwvrIxheMoEe6uL-Qj51guyDZPqt\
                 OaQn6wM8X4wWMqEpkheZ88I7_vxdGcMwAUAke6m0iUSGAQ_N",
            ),
        ];
        for (salt, term, expected) in vectors {
            assert_eq!(encryptor(salt).encrypt_with(IV, &term.encode()), expected);
            assert_eq!(encryptor(salt).decrypt(expected), Some(term.encode()));
        }
    }

    #[test]
    fn messages_of_plug_crypto_1_x_are_read() {
        // Made with another implementation of AES-GCM; wrapped keys of 128 and of 256 bits.
        let with_signing_key = encryptor("encryption salt").signing_key(&key("signing salt"));
        for message in [
            "QTEyOEdDTQ.ee6KO4fNyDg_NHZYbjgME2YnFHMCCNtN812_ajIUBeUAAQIDBAUGBwgJCgs.ZGVmZ2hpamtsbW5v.cQc-0ftx0ZT4W3c\
             hqLI.sQgp8WoKEpkczeVO1geBNg",
            "QTEyOEdDTQ.ee6KO4fNyDg_NHZYbjgME-FATvXWko1MfNtl0lxR7xAu2WpbGNqhZHDK-PG76NEPAAECAwQFBgcICQoL.ZGVmZ2hpamts\
             bW5v.I36uElmaP_BdB3_Z9B0.rbPSIDWr2wEEd0iWHwxQ5w",
        ] {
            assert_eq!(
                with_signing_key.decrypt(message).as_deref(),
                Some(&b"kept since 1.x"[..])
            );
            assert_eq!(encryptor("encryption salt").decrypt(message), None);
            assert_eq!(
                encryptor("signing salt")
                    .signing_key(&key("signing salt"))
                    .decrypt(message),
                None
            );
        }
    }

    #[test]
    fn tokens_of_plug_crypto_1_x_have_no_signing_key() {
        let message = "QTEyOEdDTQ.ee6KO4fNyDg_NHZYbjgME27inDDRKrpQ_trBhwNHLxMAAQIDBAUGBwgJCgs.ZGVmZ2hpamtsbW5v.\
                       cQc-0ftx0ZT4W3chqLI.sQgp8WoKEpkczeVO1geBNg";
        let payload = encryptor("encryption salt").decrypt(message);
        assert_eq!(payload.as_deref(), Some(&b"kept since 1.x"[..]));
        for end in 0..message.len() - 1 {
            assert_eq!(
                encryptor("encryption salt").decrypt(&message[..end]),
                None,
                "{end}"
            );
        }
        assert_eq!(
            encryptor("encryption salt").decrypt(&format!("{message}.AA")),
            None
        );
    }

    #[test]
    fn a_truncated_or_altered_message_is_refused() {
        let encrypted = encryptor("salt").encrypt("payload");
        for end in 0..encrypted.len() {
            assert_eq!(encryptor("salt").decrypt(&encrypted[..end]), None, "{end}");
        }
        for position in 0..encrypted.len() - 1 {
            let mut altered = encrypted.clone().into_bytes();
            altered[position] = if altered[position] == b'A' {
                b'B'
            } else {
                b'A'
            };
            let altered = String::from_utf8(altered).expect("it is still ASCII");
            assert_eq!(encryptor("salt").decrypt(&altered), None, "{position}");
        }
    }

    #[test]
    fn every_encryption_is_different() {
        let encryptor = encryptor("salt");
        assert_ne!(encryptor.encrypt("payload"), encryptor.encrypt("payload"));
        assert_eq!(
            encryptor.decrypt(&encryptor.encrypt("")).as_deref(),
            Some(&[][..])
        );
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        let base = SecretKeyBase::new("abcdefgh".repeat(8)).expect("it is long enough");
        let length_bytes = 64.try_into().expect("it is not zero");
        let key = base.derive(
            "salt",
            KeyOptions {
                length_bytes,
                ..KeyOptions::default()
            },
        );
        let error = MessageEncryptor::new(&key).expect_err("it is too long");
        assert_eq!(error.to_string(), "an encryption key has 32 bytes, not 64");
    }
}
