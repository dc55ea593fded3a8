//! Whose tokens are accepted: a list of providers, in code or from a file, parsed so that a wrong entry
//! can't be in it.
//!
//! Read at start. The algorithm a token may be signed with comes from here and never from the token
//! (RFC 8725 §3.1).

use super::{address, jwks::JwksError, key_set::KeySet};
use data_url::DataUrl;
use serde::{Deserialize, Serialize};
use std::{fmt, fs, path::Path, sync::Arc};
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
    /// For anybody: `aud` is not looked at.
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

/// The algorithms a provider may sign with (RFC 7518 §3.1, RFC 8037 §3.1). All use public keys: there is
/// no secret to share, and no way to take a public key for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSA PKCS #1 v1.5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA over P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
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

/// What is wrong with a list of providers.
#[derive(Debug, thiserror::Error)]
pub enum ProvidersError {
    /// The file can't be read.
    #[error("{path} can't be read: {error}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// It is not TOML, or not a list of providers.
    #[error("the list of providers can't be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// There is nothing in it.
    #[error("the list of providers is empty: begin an entry with [[providers]]")]
    Empty,
    /// An entry that can't be used.
    #[error("provider {number}: {field} {problem}")]
    Entry {
        /// Which, from 1.
        number: usize,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// An entry that another one is in the way of: nobody could tell whose keys count.
    #[error(
        "provider {number} is the same as provider {earlier}, by issuer, application_id and algorithm: {issuer}"
    )]
    Twice {
        /// Which, from 1.
        number: usize,
        /// The same as which, from 1.
        earlier: usize,
        /// Its issuer.
        issuer: String,
    },
}

/// An entry as it is written down.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Entry {
    CustomJwt {
        issuer: String,
        application_id: Option<String>,
        jwks: String,
        algorithm: Algorithm,
    },
    Oidc {
        domain: String,
        application_id: String,
        #[serde(default = "rs256")]
        algorithm: Algorithm,
    },
}

/// What OpenID Connect Core §3.1.3.7 has clients expect.
fn rs256() -> Algorithm {
    Algorithm::Rs256
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    providers: Vec<Entry>,
}

type Complaint = (&'static str, String);

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

    /// The list in a file such as `auth.toml`.
    ///
    /// # Errors
    /// [`ProvidersError`].
    pub fn read(path: &Path) -> Result<Vec<Self>, ProvidersError> {
        let text = fs::read_to_string(path).map_err(|error| ProvidersError::File {
            path: path.display().to_string(),
            error,
        })?;
        Self::parse(&text)
    }

    /// The list in a text in TOML.
    ///
    /// ```
    /// # use authkit_leptos::server::token::Provider;
    /// let list = r#"
    ///     [[providers]]
    ///     type = "custom_jwt"
    ///     issuer = "https://game.example"
    ///     application_id = "my-app"
    ///     jwks = "https://game.example/jwks.json"
    ///     algorithm = "ES256"
    ///
    ///     [[providers]]
    ///     type = "oidc"
    ///     domain = "https://accounts.example"
    ///     application_id = "my-app"
    /// "#;
    /// assert_eq!(Provider::parse(list).unwrap().len(), 2);
    /// ```
    ///
    /// # Errors
    /// [`ProvidersError`], for the first entry that can't be used.
    pub fn parse(text: &str) -> Result<Vec<Self>, ProvidersError> {
        let list: List = toml::from_str(text)?;
        let mut providers: Vec<Self> = Vec::new();
        for (index, entry) in list.providers.into_iter().enumerate() {
            let number = index + 1;
            let provider = match &entry {
                Entry::CustomJwt {
                    issuer,
                    application_id,
                    jwks,
                    algorithm,
                } => Self::custom_jwt(issuer, application_id.as_deref(), jwks, *algorithm),
                Entry::Oidc {
                    domain,
                    application_id,
                    algorithm,
                } => Self::oidc(domain, application_id, *algorithm),
            };
            let provider = provider.map_err(|(field, problem)| ProvidersError::Entry {
                number,
                field,
                problem,
            })?;
            let is_same = |other: &Self| {
                (&other.issuer, &other.audience, other.algorithm)
                    == (&provider.issuer, &provider.audience, provider.algorithm)
            };
            if let Some(earlier) = providers.iter().position(is_same) {
                return Err(ProvidersError::Twice {
                    number,
                    earlier: earlier + 1,
                    issuer: provider.issuer,
                });
            }
            providers.push(provider);
        }
        if providers.is_empty() {
            return Err(ProvidersError::Empty);
        }
        Ok(providers)
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

impl Algorithm {
    pub(super) fn to_jsonwebtoken(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        }
    }

    /// Its name in `alg`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &str = r#"{"keys":[{"kty":"EC","kid":"e","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

    fn problem(list: &str) -> String {
        Provider::parse(list).unwrap_err().to_string()
    }

    fn custom(changes: &[(&str, &str)]) -> String {
        let mut fields = vec![
            ("type", "custom_jwt"),
            ("issuer", "https://game.example"),
            ("jwks", "https://game.example/jwks.json"),
            ("algorithm", "ES256"),
        ];
        fields.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        fields.extend(changes);
        let lines = fields.iter().filter(|(_, value)| !value.is_empty());
        let lines = lines.map(|(name, value)| format!("{name} = '{value}'\n"));
        format!("[[providers]]\n{}", lines.collect::<String>())
    }

    #[test]
    fn providers_may_share_an_issuer_and_differ_in_audience() {
        let one = custom(&[("application_id", "one")]);
        let two = custom(&[("application_id", "two")]);
        assert_eq!(Provider::parse(&format!("{one}{two}")).unwrap().len(), 2);
        assert!(problem(&format!("{one}{two}{one}")).starts_with("provider 3 is the same"));
        // Other keys do not make it another provider, another algorithm does.
        let keys = custom(&[
            ("application_id", "two"),
            ("jwks", "https://game.example/other.json"),
        ]);
        assert_eq!(
            problem(&format!("{one}{two}{keys}")),
            "provider 3 is the same as provider 2, by issuer, application_id and algorithm: https://game.example"
        );
        let algorithm = custom(&[("application_id", "two"), ("algorithm", "EdDSA")]);
        assert!(Provider::parse(&format!("{one}{two}{algorithm}")).is_ok());
    }

    #[test]
    fn keys_may_be_written_into_the_list() {
        let plain = format!("data:application/json,{}", SET.replace('#', "%23"));
        let provider = Provider::parse(&custom(&[("jwks", &plain)])).unwrap();
        assert_eq!(*provider[0].keys(), KeySource::Data(SET.into()));
        assert!(!format!("{provider:?}").contains("f83OJ3"));
    }

    #[test]
    fn each_wrong_entry_is_named() {
        let twice = |set: &str| {
            let key = &set[9..set.len() - 2];
            format!(r#"{{"keys":[{key},{key}]}}"#)
        };
        for (list, sentence) in [
            (String::new(), "the list of providers is empty"),
            (
                custom(&[("type", "saml")]),
                "the list of providers can't be read: ",
            ),
            (
                custom(&[("algorithm", "HS256")]),
                "the list of providers can't be read: ",
            ),
            (
                custom(&[("applicationID", "x")]),
                "the list of providers can't be read: ",
            ),
            (
                custom(&[("issuer", "")]),
                "the list of providers can't be read: ",
            ),
            (
                custom(&[("issuer", "https://a b")]),
                "provider 1: issuer has white space",
            ),
            (
                custom(&[("application_id", " x")]),
                "provider 1: application_id is empty or",
            ),
            (
                custom(&[("jwks", "jwks.json")]),
                "provider 1: jwks is not a URL",
            ),
            (
                custom(&[("jwks", "file:///jwks.json")]),
                "provider 1: jwks is not an https URL",
            ),
            (
                custom(&[("jwks", "http://game.example/jwks")]),
                "provider 1: jwks is plain http",
            ),
            (
                custom(&[("jwks", "data:,hello")]),
                "provider 1: jwks holds something other",
            ),
            (
                custom(&[("jwks", &format!("data:,{SET}")), ("algorithm", "RS256")]),
                "provider 1: jwks has no key for RS256",
            ),
            (
                custom(&[("jwks", &format!("data:,{}", twice(SET)))]),
                "provider 1: jwks has several keys with the kid \"e\"",
            ),
            (
                "[[providers]]\ntype = 'oidc'\ndomain = 'accounts.example'\napplication_id = 'x'"
                    .into(),
                "provider 1: domain is not a URL",
            ),
        ] {
            let found = problem(&list);
            assert!(found.starts_with(sentence), "{list}\n{found}");
        }
        let local = custom(&[("jwks", "http://localhost:3100/jwks")]);
        assert!(Provider::parse(&local).is_ok());
    }
}
