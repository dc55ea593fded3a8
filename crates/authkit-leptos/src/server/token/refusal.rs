//! Why a token is not accepted, told so that it can be put right in one read: the first check that
//! failed at each provider, what was expected, what was found, what to change.
//!
//! Made by the verifier; shown in the log, in answers, by `explain` and on `/debug/auth`. Holds what a
//! token says of issuer, audience and key, never the token.

use super::{
    algorithm::Algorithm, decoded::Malformed, keys::error::JwksError, provider::Provider,
    text::shown,
};
use std::{fmt, sync::Arc};

/// The first check that a token failed at a provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Not a JWT, or claims of the wrong types.
    #[error("could not decode token: {0}")]
    Malformed(#[from] Malformed),
    /// A header parameter that must be understood and isn't (RFC 7515 §4.1.11).
    #[error("crit lists {}: an extension this app does not know must be refused", quoted(.0))]
    Critical(String),
    /// Another kind of token (RFC 8725 §3.11).
    #[error("typ {} not allowed: access tokens are JWT or at+jwt, so this is a token for something else", quoted(.0))]
    Type(String),
    /// From another issuer (RFC 7519 §4.1.1).
    #[error("{}", issuer(expected, found.as_deref()))]
    Issuer {
        /// Whose tokens the provider has.
        expected: String,
        /// Whose this is, if it says so.
        found: Option<String>,
    },
    /// Signed with another algorithm than the provider's, or not at all.
    #[error("{}", algorithm(*expected, found))]
    Algorithm {
        /// What the provider signs with.
        expected: Algorithm,
        /// What this is signed with.
        found: String,
    },
    /// For another audience, by `aud` (RFC 7519 §4.1.3).
    #[error("{}", audience(expected, found.as_deref()))]
    Audience {
        /// What `aud` must contain.
        expected: String,
        /// What it is, if there is one.
        found: Option<String>,
    },
    /// For another application, by the `aud` that a JWT template has set.
    #[error("{}", authkit_audience(client_id, audiences, found))]
    AuthKitAudience {
        /// This app's client id.
        client_id: String,
        /// What else is accepted: `WORKOS_TOKEN_AUDIENCE`.
        audiences: Vec<String>,
        /// What `aud` is.
        found: String,
    },
    /// For another client of the same AuthKit.
    #[error(
        "client_id {} ≠ {}: the token was made for another client, or WORKOS_CLIENT_ID is another environment's",
        quoted(found),
        quoted(expected)
    )]
    ClientId {
        /// This app's.
        expected: String,
        /// The token's.
        found: String,
    },
    /// The header names no key.
    #[error("kid missing: the header has to say which of the provider's keys it is signed with")]
    KeyMissing,
    /// The provider has no key of that name.
    #[error(
        "kid {} not in JWKS fetched {fetched_ago} s ago: another environment's token, or a key that was just rotated or is not for {algorithm}",
        quoted(kid)
    )]
    KeyUnknown {
        /// The name.
        kid: String,
        /// For which algorithm it would have to be.
        algorithm: Algorithm,
        /// How old the keys are, in seconds.
        fetched_ago: u64,
    },
    /// The signature does not fit.
    #[error(
        "signature does not fit the provider's key: the token was changed, cut off, or signed by somebody else"
    )]
    Signature,
    /// `nbf` or `iat` lies in the future.
    #[error("not valid yet: {claim} is {ahead} s ahead, clock skew?")]
    NotYetValid {
        /// Which.
        claim: &'static str,
        /// By how many seconds.
        ahead: u64,
    },
    /// `exp` has passed. Everything else about the token is fine.
    #[error("expired {ago} s ago{}", if *ago < 300 { ", clock skew?" } else { ": get a new one" })]
    Expired {
        /// How many seconds ago.
        ago: u64,
    },
    /// The keys can't be had. Says nothing about the token.
    #[error("could not be checked: {0}")]
    CouldNotCheck(#[from] JwksError),
}

fn issuer(expected: &str, found: Option<&str>) -> String {
    let Some(found) = found else {
        return "iss missing: the token does not say who issued it".to_owned();
    };
    let fix = near_miss(expected, found).map_or_else(String::new, |fix| format!(": {fix}"));
    format!("issuer {} ≠ {}{fix}", quoted(found), quoted(expected))
}

/// What has to change for two issuers to be the same, if they were likely meant to be.
fn near_miss(expected: &str, found: &str) -> Option<&'static str> {
    let of_a_client = "/user_management/client_";
    if found.strip_suffix('/') == Some(expected) {
        Some("remove the trailing slash")
    } else if expected.strip_suffix('/') == Some(found) {
        Some("add the trailing slash")
    } else if found.eq_ignore_ascii_case(expected) {
        Some("same letters, other case")
    } else if without_scheme(found) == without_scheme(expected) {
        Some("same address, other scheme")
    } else if found.contains(of_a_client) && expected.contains(of_a_client) {
        Some("the token is another client's, or WORKOS_CLIENT_ID is another environment's")
    } else {
        None
    }
}

fn without_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

fn algorithm(expected: Algorithm, found: &str) -> String {
    let upper = found.to_ascii_uppercase();
    let why = if upper == "NONE" {
        "an unsigned token proves nothing".to_owned()
    } else if upper.starts_with("HS") {
        format!("a shared secret, where this provider signs with a key pair ({expected})")
    } else {
        format!("this provider is configured for {expected}")
    };
    format!("{} not allowed: {why}", shown(found))
}

fn audience(expected: &str, found: Option<&str>) -> String {
    match found {
        None => format!(
            "aud missing: it must contain {}; let the issuer add it, or leave application_id out for tokens without",
            quoted(expected)
        ),
        Some(found) => format!(
            "aud {} does not contain {}: the token is for another application",
            shown(found),
            quoted(expected)
        ),
    }
}

fn authkit_audience(client_id: &str, audiences: &[String], found: &str) -> String {
    let accepted = std::iter::once(client_id).chain(audiences.iter().map(String::as_str));
    let accepted: Vec<_> = accepted.map(quoted).collect();
    format!(
        "aud {} does not contain {}: the token is for another application, or a JWT template sets aud, which then \
         belongs in WORKOS_TOKEN_AUDIENCE",
        shown(found),
        accepted.join(" or ")
    )
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text))
}

impl TokenError {
    /// Whether a provider with other keys would refuse the token too.
    pub(super) fn is_whatever_the_keys(&self) -> bool {
        !matches!(
            self,
            Self::KeyUnknown { .. } | Self::Signature | Self::CouldNotCheck(_)
        )
    }

    /// The reason code, for logs and machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "token_malformed",
            Self::Critical(_) => "token_critical",
            Self::Type(_) => "token_type",
            Self::Algorithm { .. } => "token_algorithm",
            Self::KeyMissing => "token_kid_missing",
            Self::KeyUnknown { .. } => "token_kid_unknown",
            Self::Signature => "token_signature",
            Self::Issuer { .. } => "token_issuer",
            Self::Audience { .. } | Self::AuthKitAudience { .. } | Self::ClientId { .. } => {
                "token_audience"
            }
            Self::NotYetValid { .. } => "token_not_yet_valid",
            Self::Expired { .. } => "token_expired",
            Self::CouldNotCheck(_) => "jwks_unavailable",
        }
    }

    /// How far a token got that failed here, to tell the provider that was meant from the others.
    fn progress(&self) -> u8 {
        match self {
            // Off by a slash: this provider is meant.
            Self::Issuer {
                expected,
                found: Some(found),
            } if near_miss(expected, found).is_some() => 2,
            Self::Critical(_) | Self::Type(_) | Self::Issuer { .. } => 1,
            Self::Algorithm { .. } => 3,
            Self::Audience { .. } | Self::AuthKitAudience { .. } => 4,
            // At a provider: a claim that only its tokens must have.
            Self::ClientId { .. } | Self::Malformed(_) => 5,
            Self::KeyMissing => 6,
            Self::KeyUnknown { .. } => 7,
            Self::Signature => 8,
            Self::NotYetValid { .. } => 9,
            Self::Expired { .. } => 10,
            // With its keys this provider might have accepted the token.
            Self::CouldNotCheck(_) => 11,
        }
    }
}

/// What one provider says of a token.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The provider.
    pub provider: Arc<Provider>,
    /// The first check that failed.
    pub outcome: Result<(), TokenError>,
}

/// A token that no provider accepts. Shown with `{}` it is one line, for a log; with `{:#}` it has a line
/// for each provider.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The reason that counts: of the provider where the token got furthest.
    pub error: TokenError,
    /// The reason at each provider, in their order; empty for what is no token at all.
    pub verdicts: Vec<Verdict>,
}

impl Refusal {
    pub(super) fn new(verdicts: Vec<Verdict>) -> Option<Self> {
        let errors = verdicts
            .iter()
            .filter_map(|verdict| verdict.outcome.as_ref().err());
        // Of several that got equally far, the first.
        let error = errors.rev().max_by_key(|error| error.progress())?.clone();
        Some(Self { error, verdicts })
    }

    /// The provider where the token got furthest, which is likely the one it was meant for; `None` for
    /// what is no token at all.
    #[must_use]
    pub fn provider(&self) -> Option<&Arc<Provider>> {
        let counts = |verdict: &&Verdict| verdict.outcome.as_ref() == Err(&self.error);
        self.verdicts.iter().find(counts).map(|it| &it.provider)
    }

    pub(in crate::server) fn undecodable(error: TokenError) -> Self {
        Self {
            error,
            verdicts: Vec::new(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.verdicts.is_empty() {
            return write!(f, "{}", self.error);
        }
        f.write_str("no provider matches the token")?;
        let (mut between, after) = if f.alternate() {
            ("\n  ", "\n  ")
        } else {
            (": ", "; ")
        };
        for Verdict { provider, outcome } in &self.verdicts {
            if let Err(error) = outcome {
                write!(f, "{between}[{provider}] {error}")?;
                between = after;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_character_is_named() {
        let issuer = |expected: &str, found: &str| {
            TokenError::Issuer {
                expected: expected.into(),
                found: Some(found.into()),
            }
            .to_string()
        };
        assert_eq!(
            issuer("https://api.workos.com", "https://api.workos.com/"),
            r#"issuer "https://api.workos.com/" ≠ "https://api.workos.com": remove the trailing slash"#
        );
        assert!(issuer("https://a/", "https://a").ends_with(": add the trailing slash"));
        assert!(issuer("https://a", "http://a").ends_with(": same address, other scheme"));
        assert!(issuer("https://a", "https://A").ends_with(": same letters, other case"));
        assert!(issuer("https://a", "https://b").ends_with("\"https://a\""));
    }

    #[test]
    fn a_refusal_is_one_line_in_a_log_and_a_list_for_people() {
        let jwks = "https://keys.example/jwks.json";
        let verdict = |issuer: &str, error| Verdict {
            provider: Arc::new(Provider::custom_jwt(issuer, None, jwks, Algorithm::Es256).unwrap()),
            outcome: Err(error),
        };
        let other = TokenError::Issuer {
            expected: "https://a".into(),
            found: Some("https://b".into()),
        };
        let refusal = Refusal::new(vec![
            verdict("https://a", other),
            verdict("https://b", TokenError::KeyMissing),
        ])
        .unwrap();
        assert_eq!(refusal.provider().unwrap().issuer(), "https://b");
        let line = refusal.to_string();
        assert!(
            line.starts_with("no provider matches the token: [https://a] issuer")
                && line.contains("; [https://b] kid missing")
                && !line.contains('\n'),
            "{line}"
        );
        assert_eq!(format!("{refusal:#}").lines().count(), 3);
    }

    #[test]
    fn of_several_issuers_the_one_that_is_nearly_right_counts() {
        let verdict = |issuer: &str| Verdict {
            provider: Arc::new(
                Provider::custom_jwt(issuer, None, "https://a/jwks", Algorithm::Rs256).unwrap(),
            ),
            outcome: Err(TokenError::Issuer {
                expected: issuer.into(),
                found: Some("https://b/".into()),
            }),
        };
        let issuers = ["https://a", "https://b", "https://c"];
        let refusal = Refusal::new(issuers.map(verdict).into()).unwrap();
        assert_eq!(refusal.provider().unwrap().issuer(), "https://b");
    }

    #[test]
    fn what_a_token_says_can_not_forge_a_log_line() {
        let error = TokenError::Issuer {
            expected: "https://a".into(),
            found: Some(format!("evil\n2026 INFO \u{1b}[31m{}", "x".repeat(500))),
        };
        let text = error.to_string();
        assert!(
            !text.contains(['\n', '\u{1b}']) && text.len() < 400,
            "{text}"
        );
    }
}
