//! The claims of AuthKit's access tokens, which stand behind a session.
//!
//! Made by the verifier once a token has passed. Other providers' claims stay plain JSON, see
//! [`Verified`](super::Verified).

use super::decoded::NumericDate;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

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
    #[serde(deserialize_with = "date")]
    pub exp: u64,
    /// Not before (§4.1.5).
    #[serde(
        default,
        deserialize_with = "date_if_any",
        skip_serializing_if = "Option::is_none"
    )]
    pub nbf: Option<u64>,
    /// Issued at (§4.1.6).
    #[serde(
        default,
        deserialize_with = "date_if_any",
        skip_serializing_if = "Option::is_none"
    )]
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

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    NumericDate::deserialize(deserializer).map(NumericDate::seconds)
}

fn date_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    date(deserializer).map(Some)
}

/// The value, or the default for one of another type.
pub(in crate::server) fn if_it_fits<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}
