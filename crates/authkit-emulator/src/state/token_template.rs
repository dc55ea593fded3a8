//! The JWT template of the environment: claims added to access tokens as they are, without WorkOS's template language.
//! Callers: control sets it, `protocol::access_token` applies it. It never sets a reserved claim.

use serde::Serialize;
use serde_json::{Map, Value};

/// Claims that no template may set.
const RESERVED: [&str; 6] = ["iss", "sub", "exp", "iat", "nbf", "jti"];

/// Claims added to every access token; they replace claims of the same name. Their size is unlimited (WorkOS allows
/// 3,072 bytes), for tests of oversized tokens.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct TokenTemplate(Map<String, Value>);

/// A template that sets a reserved claim.
#[derive(Debug, thiserror::Error)]
#[error("a JWT template can't set {0}")]
pub struct ReservedClaim(&'static str);

impl TokenTemplate {
    /// A template that adds `claims`.
    pub fn new(claims: Map<String, Value>) -> Result<TokenTemplate, ReservedClaim> {
        match RESERVED.into_iter().find(|name| claims.contains_key(*name)) {
            Some(name) => Err(ReservedClaim(name)),
            None => Ok(TokenTemplate(claims)),
        }
    }

    /// A token's claims with those of the template added.
    pub fn applied_to(&self, claims: Value) -> Value {
        let Value::Object(mut claims) = claims else {
            return claims;
        };
        claims.extend(self.0.clone());
        Value::Object(claims)
    }
}
