//! [`Provider`]: an issuer whose tokens are accepted, and what its tokens have to be like. None can be made that can't be used.
//!
//! Made at start, by `provider_file` or in code. The algorithm a token may be signed with comes from here and never from the token
//! (RFC 8725 §3.1).

use super::{
    address,
    algorithm::Algorithm,
    keys::{error::JwksError, set::KeySet},
};
use data_url::DataUrl;
use std::{fmt, sync::Arc};
use url::Url;

/// The longest issuer accepted, in bytes.
const MAX_ISSUER_LENGTH: usize = 1024;

/// One issuer of tokens, and what its tokens have to be like. Several may share an issuer and differ in
/// whom their tokens are for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Provider {
    issuer: String,
    audience: Audience,
    algorithm: Algorithm,
    keys: KeySource,
}

/// For whom a token has to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Any: `aud` is not checked.
    Any,
    /// `aud` must contain this (RFC 7519 §4.1.3).
    Contains(String),
    /// AuthKit's own rule. Its tokens have no `aud` unless a JWT template sets one; where there is one it must
    /// contain this client id or one of the audiences, and `client_id` must be the client id. There is a `sid`.
    AuthKit {
        /// `WORKOS_CLIENT_ID`.
        client_id: String,
        /// `WORKOS_TOKEN_AUDIENCE`: what a JWT template of this environment sets as `aud`.
        audiences: Vec<String>,
    },
}

/// Where a provider's keys are.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum KeySource {
    /// A JWK Set at this address.
    Url(Url),
    /// Where the issuer's discovery document says (OpenID Connect Discovery 1.0).
    Discovery(String),
    /// This very JWK Set.
    Data(Arc<str>),
}

/// A field that can't be used, and why.
pub(super) type Complaint = (&'static str, String);

impl Provider {
    /// Any issuer of JSON Web Tokens, as `type = "custom_jwt"` in a file.
    ///
    /// `jwks` is an https URL or a `data:` URI (RFC 2397). With an `application_id`, `aud` must contain
    /// it; without, `aud` is not looked at.
    ///
    /// ```
    /// # use authkit_leptos::server::token::{Algorithm, Provider};
    /// let game = Provider::custom_jwt(
    ///     "https://game.example", None, "https://game.example/jwks.json", Algorithm::Es256);
    /// assert!(game.is_ok());
    /// ```
    ///
    /// # Errors
    /// The field that can't be used, and why.
    pub fn custom_jwt(
        issuer: &str,
        application_id: Option<&str>,
        jwks: &str,
        algorithm: Algorithm,
    ) -> Result<Self, (&'static str, String)> {
        Ok(Self {
            issuer: check_issuer("issuer", issuer)?,
            audience: match application_id {
                None => Audience::Any,
                Some(id) => Audience::Contains(check_application_id(id)?),
            },
            algorithm,
            keys: KeySource::parse(jwks, algorithm)?,
        })
    }

    /// An OpenID Connect provider, as `type = "oidc"` in a file. `domain` is its issuer, to the
    /// character; its keys are found by discovery.
    ///
    /// ```
    /// # use authkit_leptos::server::token::{Algorithm, Provider};
    /// let provider = Provider::oidc("https://issuer.example", "api", Algorithm::Rs256).unwrap();
    /// assert_eq!(provider.issuer(), "https://issuer.example");
    /// assert!(Provider::oidc("http://issuer.example", "api", Algorithm::Rs256).is_err());
    /// ```
    ///
    /// # Errors
    /// The field that can't be used, and why.
    pub fn oidc(
        domain: &str,
        application_id: &str,
        algorithm: Algorithm,
    ) -> Result<Self, (&'static str, String)> {
        let issuer = check_issuer("domain", domain)?;
        let url = Url::parse(&issuer);
        let url =
            url.map_err(|_| complaint("domain", "is not a URL: write https://issuer.example"))?;
        address::check(&url).map_err(|problem| complaint("domain", problem))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(complaint("domain", "has a query or fragment"));
        }
        Ok(Self {
            keys: KeySource::Discovery(issuer.clone()),
            issuer,
            audience: Audience::Contains(check_application_id(application_id)?),
            algorithm,
        })
    }

    /// AuthKit, for one client and one of the issuers it signs as.
    pub(in crate::server) fn authkit(
        issuer: String,
        client_id: String,
        audiences: Vec<String>,
        jwks: Url,
    ) -> Self {
        Self {
            issuer,
            audience: Audience::AuthKit {
                client_id,
                audiences,
            },
            algorithm: Algorithm::Rs256,
            keys: KeySource::Url(jwks),
        }
    }

    /// Compared with `iss` to the character.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// For whom its tokens have to be.
    #[must_use]
    pub fn audience(&self) -> &Audience {
        &self.audience
    }

    /// What its tokens have to be signed with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Where its keys are.
    #[must_use]
    pub fn keys(&self) -> &KeySource {
        &self.keys
    }

    /// Whether its tokens are sessions of this app's own AuthKit.
    #[must_use]
    pub fn is_authkit(&self) -> bool {
        matches!(self.audience, Audience::AuthKit { .. })
    }
}

/// As a person would tell it from the others: the issuer, and for whom.
impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.issuer)?;
        match &self.audience {
            Audience::Any => Ok(()),
            Audience::Contains(id) => write!(f, " for {id}"),
            Audience::AuthKit { client_id, .. } => write!(f, " (AuthKit, {client_id})"),
        }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({self}, {}, {:?})", self.algorithm, self.keys)
    }
}

impl KeySource {
    fn parse(jwks: &str, algorithm: Algorithm) -> Result<Self, Complaint> {
        let Ok(url) = Url::parse(jwks) else {
            return Err(complaint("jwks", "is not a URL"));
        };
        if url.scheme() != "data" {
            address::check(&url).map_err(|problem| complaint("jwks", problem))?;
            return Ok(Self::Url(url));
        }
        // The url crate may have changed what it holds, white space for one.
        let decoded = DataUrl::process(jwks)
            .ok()
            .and_then(|data| data.decode_to_vec().ok())
            .and_then(|(body, _)| String::from_utf8(body).ok());
        let Some(set) = decoded else {
            return Err(complaint("jwks", "is not a data: URI that can be decoded"));
        };
        match KeySet::parse(set.as_bytes(), 0) {
            Ok(keys) => match keys.any_ambiguous(algorithm) {
                Some(id) => Err(("jwks", format!("has several keys with the kid {id:?}"))),
                None if keys.has_any(algorithm) => Ok(Self::Data(set.into())),
                None => Err(("jwks", format!("has no key for {algorithm}"))),
            },
            Err(JwksError::NotASet) => {
                Err(complaint("jwks", "holds something other than a JWK Set"))
            }
            Err(error) => Err(("jwks", error.to_string())),
        }
    }

    /// Whether fetching it again could give something else.
    pub(super) fn changes(&self) -> bool {
        !matches!(self, Self::Data(_))
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => write!(f, "{url}"),
            Self::Discovery(issuer) => write!(f, "the discovery document of {issuer}"),
            Self::Data(_) => f.write_str("a data: URI"),
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn complaint(field: &'static str, problem: &str) -> Complaint {
    (field, problem.to_owned())
}

fn check_issuer(field: &'static str, issuer: &str) -> Result<String, Complaint> {
    if issuer.is_empty() || issuer.len() > MAX_ISSUER_LENGTH {
        return Err(complaint(field, "is empty or too long"));
    }
    if issuer.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(complaint(
            field,
            "has white space in it; it is compared with iss to the character",
        ));
    }
    Ok(issuer.to_owned())
}

fn check_application_id(id: &str) -> Result<String, Complaint> {
    if id.is_empty() || id.trim() != id {
        return Err(complaint(
            "application_id",
            "is empty or has white space around it; it is compared with aud to the character",
        ));
    }
    Ok(id.to_owned())
}
