//! Claims added to access tokens as they are, for tests that need odd or large ones. Beside the environment's JWT template,
//! which is `jwt_template`, and after it.
//! Callers: control sets it, `protocol::access_token` applies it. It never sets a reserved claim.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::state::jwt_template::RESERVED;

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
