//! The RSA keys that sign access tokens, and their public halves. Callers: [`access_token`] signs,
//! `jwks` publishes, control rotates. A private key leaves this file only for the state file.
//!
//! [`access_token`]: super::access_token

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::random;

/// The signing keys, never empty, the current one first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Vec<StoredKey>", into = "Vec<StoredKey>")]
pub struct KeyRing {
    current: SigningKey,
    /// Keys that sign no more; tokens signed before a rotation still verify with them.
    retired: Vec<SigningKey>,
}

#[derive(Clone)]
struct SigningKey {
    stored: StoredKey,
    private: EncodingKey,
    public: Jwk,
}

/// A key pair as the state file has it.
#[derive(Clone, Serialize, Deserialize)]
struct StoredKey {
    kid: String,
    /// PKCS #8 (RFC 5958) in PEM.
    private_key: String,
}

/// Why a key can't be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// RSA key generation failed.
    #[error("no RSA key pair could be generated")]
    Generate,
    /// The state file has no keys.
    #[error("the state has no signing key")]
    Empty,
    /// The key or what it should sign isn't in the right form.
    #[error("signing key: {0}")]
    Jwt(#[from] jsonwebtoken::errors::Error),
}

impl KeyRing {
    /// A ring with one new key of 2,048 bits. Slow: call it off the async threads.
    pub fn generate(now: Timestamp) -> Result<KeyRing, KeyError> {
        Ok(KeyRing {
            current: SigningKey::generate(now)?,
            retired: Vec::new(),
        })
    }

    /// Makes another ring's key the current one. `keep_old` says whether today's tokens go on verifying.
    pub fn rotate_to(&mut self, next: KeyRing, keep_old: bool) {
        let old = std::mem::replace(&mut self.current, next.current);
        if keep_old {
            self.retired.insert(0, old);
        } else {
            self.retired.clear();
        }
    }

    /// The current key's id.
    pub fn kid(&self) -> &str {
        &self.current.stored.kid
    }

    /// The public keys (RFC 7517 §5).
    pub fn jwks(&self) -> JwkSet {
        let all = std::iter::once(&self.current).chain(&self.retired);
        JwkSet {
            keys: all.map(|key| key.public.clone()).collect(),
        }
    }

    /// What signs with the current key, also while the ring is in others' hands.
    pub fn signer(&self) -> Signer {
        Signer {
            kid: self.current.stored.kid.clone(),
            private: self.current.private.clone(),
        }
    }

    /// Signs with a header of the caller's choice, however wrong: for tests of a verifier.
    /// The signature is always RS256 by the current key.
    pub fn sign_raw(&self, header: &Value, claims: &Value) -> Result<String, KeyError> {
        use base64::Engine;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;

        let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let private = &self.current.private;
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), private, Algorithm::RS256)?;
        Ok(format!("{message}.{signature}"))
    }
}

/// A copy of the current key.
pub struct Signer {
    kid: String,
    private: EncodingKey,
}

impl Signer {
    /// Signs claims with RS256 (RFC 7518 §3.3) as a compact JWS.
    pub fn sign(self, claims: &impl Serialize) -> Result<String, KeyError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid);
        Ok(jsonwebtoken::encode(&header, claims, &self.private)?)
    }
}

impl SigningKey {
    fn generate(now: Timestamp) -> Result<SigningKey, KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generate)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Generate)?;
        let private_key = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
        StoredKey {
            kid: random::id_at("sso_oidc_key_pair", now),
            private_key,
        }
        .try_into()
    }
}

impl TryFrom<StoredKey> for SigningKey {
    type Error = KeyError;

    fn try_from(stored: StoredKey) -> Result<Self, KeyError> {
        let private = EncodingKey::from_rsa_pem(stored.private_key.as_bytes())?;
        let mut public = Jwk::from_encoding_key(&private, Algorithm::RS256)?;
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        public.common.key_id = Some(stored.kid.clone());
        Ok(SigningKey {
            stored,
            private,
            public,
        })
    }
}

impl TryFrom<Vec<StoredKey>> for KeyRing {
    type Error = KeyError;

    fn try_from(stored: Vec<StoredKey>) -> Result<Self, KeyError> {
        let mut keys = stored.into_iter().map(SigningKey::try_from);
        let current = keys.next().ok_or(KeyError::Empty)??;
        Ok(KeyRing {
            current,
            retired: keys.collect::<Result<_, _>>()?,
        })
    }
}

impl From<KeyRing> for Vec<StoredKey> {
    fn from(ring: KeyRing) -> Self {
        std::iter::once(ring.current)
            .chain(ring.retired)
            .map(|key| key.stored)
            .collect()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.stored.kid)
            .finish_non_exhaustive()
    }
}
