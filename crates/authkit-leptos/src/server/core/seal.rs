//! Sealing: authenticated encryption of what a browser keeps for us but must not read or change.
//!
//! AES-256-GCM (NIST SP 800-38D) under a key of its own for every text, derived by HKDF-SHA256 (RFC 5869)
//! from the cookie password, the purpose and a random salt. Used for the session cookie, for sign-in
//! attempts and for the ledger; knows nothing of them.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The format of a sealed text; changes with anything that makes older ones unreadable.
const VERSION: &str = "2";
/// The format before: one key for all texts, and a nonce of 12 bytes. Opened, so that sessions survive the
/// update; never sealed.
const VERSION_1: &str = "1";
const NONCE_1_LENGTH: usize = 12;
const SALT_LENGTH: usize = 24;
const KEY_LENGTH: usize = 32;
const NONCE_LENGTH: usize = 12;

/// What makes the key of one text. Random: with 192 bits no two texts ever share a key, so that no number
/// of texts wears a password out (SP 800-38D §8.3 bounds the texts per key).
pub type Salt = [u8; SALT_LENGTH];

/// Seals with the newest key and opens with any.
pub struct Sealer {
    keys: Vec<Key>,
}

struct Key {
    /// Names the key without revealing it: four bytes of the same HKDF, under a label of their own.
    id: String,
    hkdf: Hkdf<Sha256>,
    version_1: Aes256Gcm,
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
    /// `salt` must be random. The result is `2.<key id>.<base64url>`, safe in cookies and URLs: 11 bytes,
    /// plus 4/3 of the plaintext and 40 bytes.
    #[must_use]
    pub fn seal(&self, salt: Salt, purpose: &str, plaintext: &[u8]) -> String {
        let key = &self.keys[0];
        let (cipher, nonce) = key.of_text(purpose, &salt);
        let ciphertext = cipher
            .encrypt(&nonce.into(), plaintext)
            .expect("AES-GCM encrypts anything shorter than 64 GiB");
        let mut body = Vec::with_capacity(SALT_LENGTH + ciphertext.len());
        body.extend_from_slice(&salt);
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
        if ![VERSION, VERSION_1].contains(&version) {
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
        let opened = if version == VERSION_1 {
            key.open_version_1(purpose, &body)
        } else {
            key.open(purpose, &body)
        };
        opened.ok_or(OpenError::Malformed)?
    }
}

impl Key {
    fn derive(password: &SecretString) -> Self {
        let hkdf =
            Hkdf::<Sha256>::new(Some(b"authkit-leptos"), password.expose_secret().as_bytes());
        let (mut version_1, mut id) = ([0; KEY_LENGTH], [0; 4]);
        for (label, bytes) in [
            ("seal key", &mut version_1[..]),
            ("seal key id", &mut id[..]),
        ] {
            hkdf.expand(label.as_bytes(), bytes).expect(HKDF_IS_LONG);
        }
        Self {
            id: format!("{:08x}", u32::from_be_bytes(id)),
            hkdf,
            version_1: Aes256Gcm::new(&version_1.into()),
        }
    }

    /// The key and the nonce of one text. The salt has one length, so no two texts have the same input.
    fn of_text(&self, purpose: &str, salt: &Salt) -> (Aes256Gcm, [u8; NONCE_LENGTH]) {
        let (mut key, mut nonce) = ([0; KEY_LENGTH], [0; NONCE_LENGTH]);
        for (label, bytes) in [
            ("seal 2 key", &mut key[..]),
            ("seal 2 nonce", &mut nonce[..]),
        ] {
            let info = [label.as_bytes(), b" ", purpose.as_bytes(), salt];
            self.hkdf
                .expand_multi_info(&info, bytes)
                .expect(HKDF_IS_LONG);
        }
        (Aes256Gcm::new(&key.into()), nonce)
    }

    /// `None` for what is too short to be sealed.
    fn open(&self, purpose: &str, body: &[u8]) -> Option<Result<Vec<u8>, OpenError>> {
        let (salt, ciphertext) = body.split_first_chunk::<SALT_LENGTH>()?;
        let (cipher, nonce) = self.of_text(purpose, salt);
        let opened = cipher.decrypt(&nonce.into(), ciphertext);
        Some(opened.map_err(|_| OpenError::Tampered))
    }

    fn open_version_1(&self, purpose: &str, body: &[u8]) -> Option<Result<Vec<u8>, OpenError>> {
        let (nonce, ciphertext) = body.split_first_chunk::<NONCE_1_LENGTH>()?;
        let payload = Payload {
            msg: ciphertext,
            aad: purpose.as_bytes(),
        };
        let opened = self.version_1.decrypt(&(*nonce).into(), payload);
        Some(opened.map_err(|_| OpenError::Tampered))
    }
}

const HKDF_IS_LONG: &str = "HKDF-SHA256 gives up to 8,160 bytes";

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
        fn opens_what_it_sealed(plaintext: Vec<u8>, salt: [u8; 24], purpose in "[a-z-]{0,20}") {
            let sealed = sealer().seal(salt, &purpose, &plaintext);
            prop_assert_eq!(sealer().open(&purpose, &sealed), Ok(plaintext));
        }

        #[test]
        fn any_changed_character_is_noticed(position in 0usize..90, replacement in "[A-Za-z0-9_.-]") {
            let sealed = sealer().seal([7; 24], "session", b"a secret of some length");
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
    fn a_text_of_the_format_before_is_still_opened() {
        let sealed = "1.92c55cc5.BwcHBwcHBwcHBwcHtONRSdgQR1AR7ixCX97YQ5VpD1OlRObX";
        assert_eq!(sealer().open("session", sealed), Ok(b"a secret".to_vec()));
        assert_eq!(sealer().open("other", sealed), Err(OpenError::Tampered));
    }

    #[test]
    fn two_texts_never_share_a_key() {
        let sealed = |salt, purpose| sealer().seal([salt; 24], purpose, &[0; 64]);
        let texts = [sealed(1, "a"), sealed(2, "a"), sealed(1, "b")];
        let bodies = texts.map(|text| text[11 + 32..].to_owned());
        assert!(bodies[0] != bodies[1] && bodies[0] != bodies[2]);
    }

    #[test]
    fn a_truncated_text_is_refused() {
        let sealed = sealer().seal([7; 24], "session", b"a secret");
        for length in 0..sealed.len() {
            assert!(sealer().open("session", &sealed[..length]).is_err());
        }
    }

    #[test]
    fn a_text_sealed_for_another_purpose_is_refused() {
        let sealed = sealer().seal([7; 24], "other-cookie", b"a secret");
        assert_eq!(sealer().open("session", &sealed), Err(OpenError::Tampered));
    }

    #[test]
    fn a_text_sealed_by_another_password_is_refused() {
        let sealed = Sealer::new(&password('b'), []).seal([7; 24], "session", b"a secret");
        assert_eq!(
            sealer().open("session", &sealed),
            Err(OpenError::UnknownKey)
        );
    }

    #[test]
    fn a_previous_password_opens_and_never_seals() {
        let old = Sealer::new(&password('a'), []).seal([7; 24], "session", b"a secret");
        let rotated = Sealer::new(&password('b'), [&password('a')]);
        assert_eq!(rotated.open("session", &old), Ok(b"a secret".to_vec()));
        let new = rotated.seal([7; 24], "session", b"a secret");
        assert_eq!(sealer().open("session", &new), Err(OpenError::UnknownKey));
    }
}
