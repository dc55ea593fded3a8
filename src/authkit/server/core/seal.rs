//! Sealing: authenticated encryption of what a browser keeps for us but must not read or change.
//!
//! AES-256-GCM (NIST SP 800-38D) under keys derived from the cookie passwords by HKDF-SHA256
//! (RFC 5869). Used for the session cookie, for `state` and for the ledger; knows nothing of them.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The format of a sealed text; changes with anything that makes older ones unreadable.
const VERSION: &str = "1";
const NONCE_LENGTH: usize = 12;

/// Seals with the newest key and opens with any.
pub struct Sealer {
    keys: Vec<Key>,
}

struct Key {
    /// Names the key without revealing it: four bytes of the same HKDF, under a label of their own.
    id: String,
    cipher: Aes256Gcm,
}

/// Why a sealed text could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not the form of a sealed text.
    #[error("not a sealed text")]
    Malformed,
    /// Sealed in a format this program does not know.
    #[error("sealed in an unknown format")]
    UnknownVersion,
    /// Sealed under a password that isn't configured.
    #[error("sealed under another password")]
    UnknownKey,
    /// Changed, truncated or sealed for another purpose.
    #[error("changed, or sealed for another purpose")]
    Tampered,
}

impl Sealer {
    /// Keys from the current password and, while passwords rotate, from the ones before it.
    ///
    /// The passwords must be random and 32 characters or longer: HKDF spreads entropy, it adds none.
    #[must_use]
    pub fn new<'a>(
        current: &'a SecretString,
        previous: impl IntoIterator<Item = &'a SecretString>,
    ) -> Self {
        let keys = std::iter::once(current)
            .chain(previous)
            .map(Key::derive)
            .collect();
        Self { keys }
    }

    /// Seals `plaintext`; only [`open`](Self::open) with the same `purpose` gives it back.
    ///
    /// `nonce` must be random. With random nonces one key is good for 2³² texts (SP 800-38D §8.3).
    /// The result is `1.<key id>.<base64url>`, safe in cookies and URLs, 30 bytes plus 4/3 of the
    /// plaintext long, plus the tag.
    #[must_use]
    pub fn seal(&self, nonce: [u8; NONCE_LENGTH], purpose: &str, plaintext: &[u8]) -> String {
        let key = &self.keys[0];
        let payload = Payload {
            msg: plaintext,
            aad: purpose.as_bytes(),
        };
        let ciphertext = key
            .cipher
            .encrypt(&nonce.into(), payload)
            .expect("AES-GCM encrypts anything shorter than 64 GiB");
        let mut body = Vec::with_capacity(NONCE_LENGTH + ciphertext.len());
        body.extend_from_slice(&nonce);
        body.extend_from_slice(&ciphertext);
        format!("{VERSION}.{}.{}", key.id, URL_SAFE_NO_PAD.encode(body))
    }

    /// Opens what [`seal`](Self::seal) made for the same `purpose`.
    ///
    /// # Errors
    /// [`OpenError`], which says what is wrong with the text and nothing of what is in it.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>, OpenError> {
        let mut parts = sealed.splitn(3, '.');
        let (Some(version), Some(id), Some(body)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(OpenError::Malformed);
        };
        if version != VERSION {
            return Err(OpenError::UnknownVersion);
        }
        let key = self
            .keys
            .iter()
            .find(|key| key.id == id)
            .ok_or(OpenError::UnknownKey)?;
        let body = URL_SAFE_NO_PAD
            .decode(body)
            .map_err(|_| OpenError::Malformed)?;
        let (nonce, ciphertext) = body
            .split_first_chunk::<NONCE_LENGTH>()
            .ok_or(OpenError::Malformed)?;
        let payload = Payload {
            msg: ciphertext,
            aad: purpose.as_bytes(),
        };
        key.cipher
            .decrypt(&(*nonce).into(), payload)
            .map_err(|_| OpenError::Tampered)
    }
}

impl Key {
    fn derive(password: &SecretString) -> Self {
        let hkdf =
            Hkdf::<Sha256>::new(Some(b"authkit-leptos"), password.expose_secret().as_bytes());
        let (mut key, mut id) = ([0; 32], [0; 4]);
        for (label, bytes) in [("seal key", &mut key[..]), ("seal key id", &mut id[..])] {
            hkdf.expand(label.as_bytes(), bytes)
                .expect("HKDF-SHA256 gives up to 8,160 bytes");
        }
        Self {
            id: format!("{:08x}", u32::from_be_bytes(id)),
            cipher: Aes256Gcm::new(&key.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn password(fill: char) -> SecretString {
        SecretString::from(fill.to_string().repeat(32))
    }

    fn sealer() -> Sealer {
        Sealer::new(&password('a'), [])
    }

    proptest! {
        #[test]
        fn opens_what_it_sealed(plaintext: Vec<u8>, nonce: [u8; 12], purpose in "[a-z-]{0,20}") {
            let sealed = sealer().seal(nonce, &purpose, &plaintext);
            prop_assert_eq!(sealer().open(&purpose, &sealed), Ok(plaintext));
        }

        #[test]
        fn any_changed_character_is_noticed(position in 0usize..60, replacement in "[A-Za-z0-9_.-]") {
            let sealed = sealer().seal([7; 12], "session", b"a secret of some length");
            let position = position % sealed.len();
            let mut changed = sealed.clone();
            changed.replace_range(position..=position, &replacement);
            prop_assume!(changed != sealed);
            prop_assert!(sealer().open("session", &changed).is_err());
        }

        #[test]
        fn any_text_is_refused_without_a_panic(text in ".{0,80}") {
            prop_assert!(sealer().open("session", &text).is_err());
        }
    }

    #[test]
    fn a_truncated_text_is_refused() {
        let sealed = sealer().seal([7; 12], "session", b"a secret");
        for length in 0..sealed.len() {
            assert!(sealer().open("session", &sealed[..length]).is_err());
        }
    }

    #[test]
    fn a_text_sealed_for_another_purpose_is_refused() {
        let sealed = sealer().seal([7; 12], "other-cookie", b"a secret");
        assert_eq!(sealer().open("session", &sealed), Err(OpenError::Tampered));
    }

    #[test]
    fn a_text_sealed_by_another_password_is_refused() {
        let sealed = Sealer::new(&password('b'), []).seal([7; 12], "session", b"a secret");
        assert_eq!(
            sealer().open("session", &sealed),
            Err(OpenError::UnknownKey)
        );
    }

    #[test]
    fn a_previous_password_opens_and_never_seals() {
        let old = Sealer::new(&password('a'), []).seal([7; 12], "session", b"a secret");
        let rotated = Sealer::new(&password('b'), [&password('a')]);
        assert_eq!(rotated.open("session", &old), Ok(b"a secret".to_vec()));
        let new = rotated.seal([7; 12], "session", b"a secret");
        assert_eq!(sealer().open("session", &new), Err(OpenError::UnknownKey));
    }
}
