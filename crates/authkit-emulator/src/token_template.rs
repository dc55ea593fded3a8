//! What a JWT template of the environment adds to access tokens: claims as they are, without the template language.
//! Callers: `control`, which sets it, and `access_token`. It never changes what WorkOS keeps for itself.

use serde::Serialize;
use serde_json::{Map, Value};

/// The claims that no template may set.
const RESERVED: [&str; 6] = ["iss", "sub", "exp", "iat", "nbf", "jti"];

/// Claims that every access token gets, in place of those of the same name. Unlike at WorkOS, which stops at 3,072
/// bytes, they may be of any size, for tests of tokens that are too big.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct TokenTemplate(Map<String, Value>);

/// A template that sets what is WorkOS's own.
#[derive(Debug, thiserror::Error)]
#[error("a JWT template can't set {0}")]
pub struct ReservedClaim(&'static str);

impl TokenTemplate {
    /// A template that adds these claims.
    pub fn new(claims: Map<String, Value>) -> Result<TokenTemplate, ReservedClaim> {
        match RESERVED.into_iter().find(|name| claims.contains_key(*name)) {
            Some(name) => Err(ReservedClaim(name)),
            None => Ok(TokenTemplate(claims)),
        }
    }

    /// The claims of a token, with the template's among them.
    pub fn applied_to(&self, claims: Value) -> Value {
        let Value::Object(mut claims) = claims else {
            return claims;
        };
        claims.extend(self.0.clone());
        Value::Object(claims)
    }
}
