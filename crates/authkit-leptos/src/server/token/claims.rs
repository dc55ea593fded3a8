//! The claims of AuthKit's access tokens, which sessions are made from.
//!
//! Made by the verifier from a token that has passed all checks. Other providers' claims stay plain JSON, see
//! [`Verified`](super::Verified).

use super::decoded::{Malformed, NumericDate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The claims of a verified access token (WorkOS "session" claims).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// The claims of a verified token, by name.
    ///
    /// # Errors
    /// [`Malformed::Missing`] without `iss`, `sub`, `sid` or `exp` of the right type.
    pub(in crate::server) fn new(all: Map<String, Value>) -> Result<Self, Malformed> {
        let claims = Self(all);
        for name in ["iss", "sub", "sid"] {
            claims.text(name).ok_or(Malformed::Missing(name))?;
        }
        claims.date("exp").ok_or(Malformed::Missing("exp"))?;
        Ok(claims)
    }

    /// Issuer (RFC 7519 §4.1.1).
    #[must_use]
    pub fn iss(&self) -> &str {
        // There: see `new`. So are `sub`, `sid` and `exp`.
        self.text("iss").unwrap_or_default()
    }

    /// Subject: the user's id (§4.1.2).
    #[must_use]
    pub fn sub(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    /// Session id.
    #[must_use]
    pub fn sid(&self) -> &str {
        self.text("sid").unwrap_or_default()
    }

    /// Expiry (§4.1.4), in seconds since the epoch.
    #[must_use]
    pub fn exp(&self) -> u64 {
        self.date("exp").unwrap_or_default()
    }

    /// Issue time (§4.1.6), in seconds since the epoch.
    #[must_use]
    pub fn iat(&self) -> Option<u64> {
        self.date("iat")
    }

    /// Organization id.
    #[must_use]
    pub fn org_id(&self) -> Option<&str> {
        self.text("org_id")
    }

    /// Role in the organization. A JWT template may put anything here: a value that is not text is ignored.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.text("role")
    }

    /// The texts in a list, such as `permissions`; none if the claim is no list. Values of other types are left out.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        texts(self.0.get(name))
    }

    /// When the user last proved who they are (`auth_time`, OpenID Connect Core §2), in seconds since the epoch.
    #[must_use]
    pub fn auth_time(&self) -> Option<u64> {
        self.0.get("auth_time")?.as_u64()
    }

    /// All claims by name, as JSON.
    #[must_use]
    pub fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    fn date(&self, name: &str) -> Option<u64> {
        let date = NumericDate::deserialize(self.0.get(name)?);
        date.ok().map(NumericDate::seconds)
    }
}

/// The texts in a list. No list has none, and values of other types are left out.
pub(in crate::server) fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    let listed = list.and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(Value::as_str)
}
