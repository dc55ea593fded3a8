//! The file `auth.toml`: a list of providers in TOML, parsed so that a wrong entry can't be in it.
//!
//! Read at start, from the file that `AUTH_PROVIDERS` names. Says which entry can't be used, and why.

use super::{algorithm::Algorithm, provider::Provider};
use serde::Deserialize;
use std::{fs, path::Path};

/// What is wrong with a list of providers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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

impl Provider {
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
                (other.issuer(), other.audience(), other.algorithm())
                    == (provider.issuer(), provider.audience(), provider.algorithm())
            };
            if let Some(earlier) = providers.iter().position(is_same) {
                return Err(ProvidersError::Twice {
                    number,
                    earlier: earlier + 1,
                    issuer: provider.issuer().to_owned(),
                });
            }
            providers.push(provider);
        }
        if providers.is_empty() {
            return Err(ProvidersError::Empty);
        }
        Ok(providers)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::provider::KeySource, *};

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
