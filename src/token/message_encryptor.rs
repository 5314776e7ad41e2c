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
            self.decrypt_1_x(encrypted.strip_prefix(HEADER_1_X)?, ADDITIONAL_DATA)
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
    fn decrypt_1_x(&self, message: &str, additional_data: &[u8]) -> Option<Vec<u8>> {
        let mut parts = message.split('.').map(base64url::decode);
        let mut part = || parts.next().flatten();
        let (wrapped_key, iv, mut ciphertext, tag) = (part()?, part()?, part()?, part()?);
        if parts.next().is_some() || tag.len() != TAG_BYTES {
            return None;
        }
        ciphertext.extend(tag);
        open(&self.unwrap(wrapped_key)?, &iv, additional_data, ciphertext)
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
