//! The RSA keys that sign access tokens, and their public halves. Callers: `protocol::access_token` signs,
//! `api::jwks` publishes, control rotates. A private key leaves this file only for the state file.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::state::random;

/// The signing keys: at least one, the current one first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Vec<StoredKey>", into = "Vec<StoredKey>")]
pub struct KeyRing {
    current: SigningKey,
    /// Keys that no longer sign; tokens signed before a rotation still verify with them.
    retired: Vec<SigningKey>,
}

#[derive(Clone)]
struct SigningKey {
    stored: StoredKey,
    /// Parsed once: parsing is slower than signing.
    pair: Arc<KeyPair>,
    public: Jwk,
}

/// A key pair in the format of the state file.
#[derive(Clone, Serialize, Deserialize)]
struct StoredKey {
    kid: String,
    /// PKCS #8 (RFC 5958) in PEM.
    private_key: String,
}

/// Why a key cannot be generated, read or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// RSA key generation failed.
    #[error("no RSA key pair could be generated")]
    Generate,
    /// The state file has no keys.
    #[error("the state has no signing key")]
    Empty,
    /// The stored key is not an RSA key pair.
    #[error("the signing key is not an RSA key pair")]
    Unreadable,
    /// RSA signing failed.
    #[error("nothing could be signed")]
    Sign,
    /// The key or the value to sign is malformed.
    #[error("signing key: {0}")]
    Jwt(#[from] jsonwebtoken::errors::Error),
}

impl KeyRing {
    /// A ring with one new 2,048-bit key. Slow: call it off the async threads.
    pub fn generate(now: Timestamp) -> Result<KeyRing, KeyError> {
        Ok(KeyRing {
            current: SigningKey::generate(now)?,
            retired: Vec::new(),
        })
    }

    /// Makes another ring's key the current one. With `keep_old`, existing tokens still verify.
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

    /// A handle that signs with the current key without borrowing the ring.
    pub fn signer(&self) -> Signer {
        Signer {
            kid: self.current.stored.kid.clone(),
            pair: Arc::clone(&self.current.pair),
        }
    }

    /// Signs any header, valid or not, for tests of a verifier. The signature is always RS256 with the
    /// current key.
    pub fn sign_raw(&self, header: &Value, claims: &Value) -> Result<String, KeyError> {
        compact_jws(&self.current.pair, header, claims)
    }
}

/// A handle on the current key.
pub struct Signer {
    kid: String,
    pair: Arc<KeyPair>,
}

impl Signer {
    /// Signs claims with RS256 (RFC 7518 §3.3) as a compact JWS.
    pub fn sign(self, claims: &impl Serialize) -> Result<String, KeyError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid);
        compact_jws(&self.pair, &header, claims)
    }
}

/// Compact JWS (RFC 7515 §7.1), signed with RS256 regardless of the header.
fn compact_jws(
    pair: &KeyPair,
    header: &impl Serialize,
    claims: &impl Serialize,
) -> Result<String, KeyError> {
    let header = serde_json::to_vec(header).map_err(jsonwebtoken::errors::Error::from)?;
    let claims = serde_json::to_vec(claims).map_err(jsonwebtoken::errors::Error::from)?;
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let message = format!("{}.{}", encode(&header), encode(&claims));
    let mut signature = vec![0; pair.public_modulus_len()];
    let randomness = SystemRandom::new();
    pair.sign(
        &RSA_PKCS1_SHA256,
        &randomness,
        message.as_bytes(),
        &mut signature,
    )
    .map_err(|_| KeyError::Sign)?;
    Ok(format!("{message}.{}", encode(&signature)))
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
        let encoding = EncodingKey::from_rsa_pem(stored.private_key.as_bytes())?;
        let document = pem::parse(&stored.private_key).map_err(|_| KeyError::Unreadable)?;
        let pair = KeyPair::from_pkcs8(document.contents()).map_err(|_| KeyError::Unreadable)?;
        let mut public = Jwk::from_encoding_key(&encoding, Algorithm::RS256)?;
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        public.common.key_id = Some(stored.kid.clone());
        Ok(SigningKey {
            stored,
            pair: Arc::new(pair),
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
