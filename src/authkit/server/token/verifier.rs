//! The policy for access tokens: which are accepted, and by which name a refusal goes.
//!
//! `jsonwebtoken` parses and checks signatures; this file decides (RFC 7519, RFC 8725). The
//! algorithm is pinned here and never read from the token to choose how it is checked.

use super::jwks::{Jwks, JwksError};
use crate::authkit::server::core::clock::Clock;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// Seconds by which clocks may differ.
pub const LEEWAY: u64 = 10;
/// Seconds by which `iat` may lie in the future. It has no part in whether a token is valid (RFC 7519
/// §4.1.6), so a clock that is a minute or two off keeps nobody out; more is a mistake worth a name.
pub const ISSUED_AHEAD: u64 = 300;
/// The longest token looked at, in bytes.
const MAX_TOKEN_LENGTH: usize = 16 * 1024;

/// Checks access tokens of one WorkOS client.
#[derive(Clone)]
pub struct Verifier {
    issuers: Vec<String>,
    client_id: String,
    jwks: Jwks,
    clock: Clock,
}

/// The claims of a verified access token (WorkOS "session" claims).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer (RFC 7519 §4.1.1).
    pub iss: String,
    /// Subject: the user's id (§4.1.2).
    pub sub: String,
    /// Session id.
    pub sid: String,
    /// Expiry, seconds since the epoch (§4.1.4).
    pub exp: u64,
    /// Not before (§4.1.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    /// Issued at (§4.1.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<u64>,
    /// Organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// Role in the organization. A JWT template may put anything here; what is no text is ignored.
    #[serde(
        default,
        deserialize_with = "if_it_fits",
        skip_serializing_if = "Option::is_none"
    )]
    pub role: Option<String>,
    /// Permissions in the organization, with the same caution.
    #[serde(
        default,
        deserialize_with = "if_it_fits",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub permissions: Vec<String>,
    /// Client the token was made for (RFC 8693 §4.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Everything else, `aud` included.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The value, or the default for one of another type.
fn if_it_fits<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// Why a token is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a JWT, or claims of the wrong types.
    #[error("not a JSON Web Token this app understands")]
    Malformed,
    /// Signed with an algorithm that isn't allowed, or not at all.
    #[error("signed with an algorithm other than RS256")]
    Algorithm,
    /// The header names no key.
    #[error("the header names no key (kid)")]
    KeyMissing,
    /// The provider has no key of that name.
    #[error("signed with a key the provider does not have")]
    KeyUnknown,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
    /// From another issuer.
    #[error("from another issuer")]
    Issuer,
    /// For another client, by `client_id` or `aud`.
    #[error("made for another client")]
    Audience,
    /// `nbf` or `iat` lies in the future.
    #[error("not valid yet")]
    NotYetValid,
    /// `exp` has passed. Everything else about the token is fine.
    #[error("expired")]
    Expired,
    /// The keys can't be had. Says nothing about the token.
    #[error("could not be checked: {0}")]
    CouldNotCheck(#[from] JwksError),
}

impl TokenError {
    /// The reason code for logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "token_malformed",
            Self::Algorithm => "token_algorithm",
            Self::KeyMissing => "token_kid_missing",
            Self::KeyUnknown => "token_kid_unknown",
            Self::Signature => "token_signature",
            Self::Issuer => "token_issuer",
            Self::Audience => "token_audience",
            Self::NotYetValid => "token_not_yet_valid",
            Self::Expired => "token_expired",
            Self::CouldNotCheck(_) => "jwks_unavailable",
        }
    }
}

impl Verifier {
    /// A verifier that accepts exactly these `issuers`, compared as they are.
    #[must_use]
    pub fn new(issuers: Vec<String>, client_id: String, jwks: Jwks, clock: Clock) -> Self {
        Self {
            issuers,
            client_id,
            jwks,
            clock,
        }
    }

    /// The claims of `token`, if it is one of this client's and valid now.
    ///
    /// # Errors
    /// [`TokenError`]; [`Expired`](TokenError::Expired) only for a token that passes every other
    /// check, [`CouldNotCheck`](TokenError::CouldNotCheck) when the keys can't be had.
    pub async fn verify(&self, token: &SecretString) -> Result<Claims, TokenError> {
        let token = token.expose_secret();
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(TokenError::Malformed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| match algorithm_of(token) {
            Some(name) if name != "RS256" => TokenError::Algorithm,
            _ => TokenError::Malformed,
        })?;
        if header.alg != Algorithm::RS256 {
            return Err(TokenError::Algorithm);
        }
        let kid = header.kid.ok_or(TokenError::KeyMissing)?;
        let key = self.jwks.key(&kid).await?.ok_or(TokenError::KeyUnknown)?;

        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&self.issuers);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        // These need the clock that is passed in, and WorkOS's rule for `aud`.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => TokenError::Signature,
                ErrorKind::InvalidIssuer => TokenError::Issuer,
                ErrorKind::InvalidAlgorithm => TokenError::Algorithm,
                _ => TokenError::Malformed,
            })?
            .claims;
        self.check_audience(&claims)?;
        check_dates(&claims, self.clock.now())?;
        Ok(claims)
    }

    /// AuthKit's production tokens have no `aud`; where there is one it must name this client,
    /// and so must `client_id`.
    fn check_audience(&self, claims: &Claims) -> Result<(), TokenError> {
        let for_us = claims
            .client_id
            .as_ref()
            .is_none_or(|id| *id == self.client_id)
            && match claims.other.get("aud") {
                None => true,
                Some(Value::String(audience)) => *audience == self.client_id,
                Some(Value::Array(audiences)) => audiences
                    .iter()
                    .any(|audience| audience.as_str() == Some(&self.client_id)),
                Some(_) => false,
            };
        if for_us {
            Ok(())
        } else {
            Err(TokenError::Audience)
        }
    }
}

fn check_dates(claims: &Claims, now: u64) -> Result<(), TokenError> {
    let lies_ahead = |date: Option<u64>, by| date.is_some_and(|date| date > now.saturating_add(by));
    if lies_ahead(claims.nbf, LEEWAY) || lies_ahead(claims.iat, ISSUED_AHEAD) {
        return Err(TokenError::NotYetValid);
    }
    if claims.exp.saturating_add(LEEWAY) <= now {
        return Err(TokenError::Expired);
    }
    Ok(())
}

/// The `alg` of a header that `jsonwebtoken` does not want to read, to name the refusal.
fn algorithm_of(token: &str) -> Option<String> {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    let header: Map<String, Value> = serde_json::from_slice(&header).ok()?;
    Some(header.get("alg")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claims(exp: u64, nbf: Option<u64>) -> Claims {
        Claims {
            iss: "i".into(),
            sub: "s".into(),
            sid: "session".into(),
            exp,
            nbf,
            iat: None,
            org_id: None,
            role: None,
            permissions: Vec::new(),
            client_id: None,
            other: Map::new(),
        }
    }

    proptest! {
        #[test]
        fn a_token_is_valid_from_nbf_to_exp_give_or_take_the_leeway(
            now in 0u64..10_000, nbf in 0u64..10_000, life in 0u64..1_000
        ) {
            let exp = nbf + life;
            let expected = if nbf > now + LEEWAY {
                Err(TokenError::NotYetValid)
            } else if exp + LEEWAY <= now {
                Err(TokenError::Expired)
            } else {
                Ok(())
            };
            prop_assert_eq!(check_dates(&claims(exp, Some(nbf)), now), expected);
        }

        #[test]
        fn dates_at_the_end_of_time_do_not_overflow(exp in u64::MAX - 20.., now in u64::MAX - 20..) {
            let _ = check_dates(&claims(exp, Some(exp)), now);
        }
    }
}
