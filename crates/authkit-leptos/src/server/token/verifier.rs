//! The policy for tokens: which are accepted, by whom, and at which check the others fail.
//!
//! Asked by the layer, the callback and `explain`. `jsonwebtoken` checks signatures; this file decides
//! (RFC 7519 §7.2, RFC 8725). Keys and algorithm come from the configuration, never from the token:
//! `jwk`, `jku`, `x5c` and `x5u` in a header are not looked at.

use super::{
    claims::Claims,
    decoded::{Decoded, Malformed},
    keys::{
        cache::{Jwks, Lookup, TokenSource},
        error::JwksError,
    },
    provider::{Audience, Provider},
    refusal::{Refusal, TokenError, Verdict},
};
use crate::{auth::User, server::core::clock::Clock};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// Seconds by which clocks may differ.
pub const LEEWAY: u64 = 10;
/// Seconds by which `iat` may lie in the future. It has no part in whether a token is valid (RFC 7519
/// §4.1.6), so a clock that is a minute or two off locks no user out; a larger difference has an error of its own.
pub const ISSUED_AHEAD: u64 = 300;

/// Checks tokens of a list of providers. Clones share the keys.
#[derive(Clone)]
pub struct Verifier {
    providers: Arc<[Known]>,
    clock: Clock,
}

struct Known {
    provider: Arc<Provider>,
    jwks: Jwks,
}

/// A token that passed.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Who vouches for it.
    pub provider: Arc<Provider>,
    /// All its claims.
    pub claims: Map<String, Value>,
    /// When it expires, seconds since the epoch.
    pub expires_at: u64,
    /// What it was accepted for; `None` if other keys could make another provider accept it.
    pub(in crate::server) grounds: Option<Grounds>,
}

/// What a token was accepted for. While it holds, the same token is accepted again.
#[derive(Clone, Debug)]
pub(in crate::server) struct Grounds {
    jwks: Jwks,
    /// The provider's keys at that time.
    keys: Arc<str>,
    dates: Dates,
}

impl Grounds {
    /// Whether the token is still valid and the provider's keys are still those. Keys that are too old are fetched again
    /// first, as for a token that was never seen.
    pub async fn hold(&self, now: u64) -> bool {
        self.dates.check(now).is_ok() && self.jwks.still_publishes(&self.keys).await
    }

    /// How long the token is still valid.
    pub fn last(&self, now: u64) -> Duration {
        let until = self.dates.exp.map(|exp| exp.saturating_add(LEEWAY));
        Duration::from_secs(until.unwrap_or_default().saturating_sub(now))
    }
}

/// Why a token that WorkOS granted is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the token's subject is not the user it came with")]
    OtherSubject,
}

/// What all the providers say of a token.
#[derive(Clone, Debug)]
pub struct Examination {
    /// What it says about itself, checked or not; the reason where it can't be read.
    pub decoded: Result<Decoded, TokenError>,
    /// What each provider says, in their order; nothing for a token that can't be read.
    pub verdicts: Vec<Verdict>,
}

impl Examination {
    /// The provider that accepts the token: the first that does.
    #[must_use]
    pub fn accepted_by(&self) -> Option<&Arc<Provider>> {
        let accepting = self.verdicts.iter().find(|verdict| verdict.outcome.is_ok());
        accepting.map(|verdict| &verdict.provider)
    }

    /// Why it is refused; `None` for one that is accepted.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match &self.decoded {
            Err(error) => Some(Refusal::undecodable(error.clone())),
            Ok(_) if self.accepted_by().is_some() => None,
            Ok(_) => Refusal::new(self.verdicts.clone()),
        }
    }
}

impl Verifier {
    /// A verifier for these providers, whose keys are fetched when they are first needed.
    ///
    /// # Errors
    /// When the operating system's TLS set-up is unusable.
    pub fn new(
        providers: impl IntoIterator<Item = Provider>,
        clock: Clock,
    ) -> Result<Self, reqwest::Error> {
        let mut sources = HashMap::new();
        let mut known = Vec::new();
        for provider in providers {
            let jwks = match sources.get(provider.keys()) {
                Some(jwks) => Jwks::clone(jwks),
                None => {
                    let jwks = Jwks::new(provider.keys().clone(), clock.clone())?;
                    sources.insert(provider.keys().clone(), jwks.clone());
                    jwks
                }
            };
            known.push(Known {
                provider: Arc::new(provider),
                jwks,
            });
        }
        Ok(Self {
            providers: known.into(),
            clock,
        })
    }

    /// The providers, in their order, each with its keys.
    pub fn providers(&self) -> impl Iterator<Item = (&Arc<Provider>, &Jwks)> {
        self.providers
            .iter()
            .map(|known| (&known.provider, &known.jwks))
    }

    /// AuthKit itself, if it is among them, with its keys.
    pub(in crate::server) fn authkit(&self) -> Option<(&Arc<Provider>, &Jwks)> {
        self.providers().find(|(provider, _)| provider.is_authkit())
    }

    /// What `token` says, if a provider accepts it now.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::token::{Refusal, Verifier};
    /// # async fn body(verifier: Verifier, token: secrecy::SecretString) -> Result<(), Refusal> {
    /// let verified = verifier.verify(&token).await?;
    /// println!("{} says so", verified.provider.issuer());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Refusal`]; its error is [`Expired`](TokenError::Expired) only for a token that passes every
    /// other check, [`CouldNotCheck`](TokenError::CouldNotCheck) when keys can't be had that might fit.
    pub async fn verify(&self, token: &SecretString) -> Result<Verified, Refusal> {
        self.verify_by(token, |_| true, TokenSource::Request).await
    }

    /// The claims of a token of this app's own AuthKit, for a session.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), with the reason that counts.
    pub async fn verify_session(
        &self,
        token: &SecretString,
        source: TokenSource,
    ) -> Result<Claims, TokenError> {
        let accepted = self.accept_session(token, source).await;
        accepted.map(|(claims, _)| claims)
    }

    /// The same, and the grounds: while they hold, the token is accepted again without being looked at.
    pub(in crate::server) async fn accept_session(
        &self,
        token: &SecretString,
        source: TokenSource,
    ) -> Result<(Claims, Option<Grounds>), TokenError> {
        let verified = self.verify_by(token, Provider::is_authkit, source).await;
        let verified = verified.map_err(|refusal| refusal.error)?;
        Ok((Claims::new(verified.claims)?, verified.grounds))
    }

    /// The claims of a token that WorkOS granted for `user`.
    ///
    /// # Errors
    /// [`CheckError`] for a token that is not accepted, or is another user's.
    pub(crate) async fn verify_session_of(
        &self,
        user: &User,
        token: &SecretString,
        source: TokenSource,
    ) -> Result<Claims, CheckError> {
        let claims = self.verify_session(token, source).await?;
        if claims.sub() != user.id {
            return Err(CheckError::OtherSubject);
        }
        Ok(claims)
    }

    async fn verify_by(
        &self,
        token: &SecretString,
        counts: impl Fn(&Provider) -> bool,
        source: TokenSource,
    ) -> Result<Verified, Refusal> {
        let token = token.expose_secret();
        let decoded = decode(token).map_err(Refusal::undecodable)?;
        let mut verdicts = Vec::new();
        for known in self.providers.iter() {
            if !counts(&known.provider) {
                continue;
            }
            match self.check(known, token, &decoded, source).await {
                Ok(keys) => {
                    let refused_for_good = verdicts.iter().all(|verdict: &Verdict| {
                        let refused = verdict.outcome.as_ref();
                        refused.is_err_and(TokenError::is_whatever_the_keys)
                    });
                    let grounds = Grounds {
                        jwks: known.jwks.clone(),
                        keys,
                        dates: Dates::of(&decoded),
                    };
                    return Ok(Verified {
                        provider: Arc::clone(&known.provider),
                        expires_at: decoded.date("exp").unwrap_or_default(),
                        claims: decoded.claims,
                        grounds: refused_for_good.then_some(grounds),
                    });
                }
                Err(error) => verdicts.push(known.verdict(Err(error))),
            }
        }
        Err(Refusal::new(verdicts).unwrap_or_else(|| {
            // No provider at all: an app without any can't check.
            Refusal::undecodable(TokenError::CouldNotCheck(JwksError::NoUsableKey))
        }))
    }

    /// What every provider says of `token`, also after one has accepted it.
    pub async fn examine(&self, token: &SecretString) -> Examination {
        let token = token.expose_secret();
        let decoded = decode(token);
        let mut verdicts = Vec::new();
        if let Ok(decoded) = &decoded {
            for known in self.providers.iter() {
                let source = TokenSource::Request;
                let outcome = self.check(known, token, decoded, source).await.map(drop);
                verdicts.push(known.verdict(outcome));
            }
        }
        Examination { decoded, verdicts }
    }

    /// The checks, in the order in which their failure tells most. Gives the keys that are published beside the token's.
    async fn check(
        &self,
        known: &Known,
        token: &str,
        decoded: &Decoded,
        source: TokenSource,
    ) -> Result<Arc<str>, TokenError> {
        let provider = &known.provider;
        check_issuer(provider, decoded)?;
        let found = decoded.parameter("alg").unwrap_or_default();
        let expected = provider.algorithm();
        if found != expected.name() {
            return Err(TokenError::Algorithm {
                expected,
                found: found.to_owned(),
            });
        }
        check_audience(provider, decoded)?;
        let kid = decoded.parameter("kid").ok_or(TokenError::KeyMissing)?;
        let (key, keys) = match known.jwks.key(expected, kid, source).await? {
            Lookup::Found(key, keys) => (key, keys),
            Lookup::Unknown { fetched_ago } => {
                return Err(TokenError::KeyUnknown {
                    kid: kid.to_owned(),
                    algorithm: expected,
                    fetched_ago,
                });
            }
        };
        let (message, signature) = decoded.signed(token);
        let algorithm = expected.to_jsonwebtoken();
        match jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, algorithm) {
            Ok(true) => Dates::of(decoded).check(self.clock.now()).map(|()| keys),
            _ => Err(TokenError::Signature),
        }
    }
}

impl Known {
    fn verdict(&self, outcome: Result<(), TokenError>) -> Verdict {
        Verdict {
            provider: Arc::clone(&self.provider),
            outcome,
        }
    }
}

/// The checks that are the same for every issuer.
fn decode(token: &str) -> Result<Decoded, TokenError> {
    let decoded = Decoded::read(token)?;
    if let Some(critical) = decoded.header.get("crit") {
        return Err(TokenError::Critical(critical.to_string()));
    }
    if let Some(found) = decoded.parameter("typ") {
        // RFC 7515 §4.1.9: without regard to case, "application/" may be left out.
        let name = found.to_ascii_lowercase();
        let name = name.strip_prefix("application/").unwrap_or(&name);
        if !["jwt", "at+jwt"].contains(&name) {
            return Err(TokenError::Type(found.to_owned()));
        }
    }
    for name in ["sub", "exp"] {
        if !decoded.claims.contains_key(name) {
            return Err(Malformed::Missing(name).into());
        }
    }
    Ok(decoded)
}

fn check_issuer(provider: &Provider, decoded: &Decoded) -> Result<(), TokenError> {
    let found = decoded.claim("iss");
    if found == Some(provider.issuer()) {
        return Ok(());
    }
    Err(TokenError::Issuer {
        expected: provider.issuer().to_owned(),
        found: found.map(str::to_owned),
    })
}

fn check_audience(provider: &Provider, decoded: &Decoded) -> Result<(), TokenError> {
    let audience = decoded.claims.get("aud");
    let contains = |expected: &str| match audience {
        Some(Value::String(audience)) => audience == expected,
        Some(Value::Array(audiences)) => audiences
            .iter()
            .any(|audience| audience.as_str() == Some(expected)),
        _ => false,
    };
    let refused = |expected: &str| TokenError::Audience {
        expected: expected.to_owned(),
        found: audience.map(Value::to_string),
    };
    match provider.audience() {
        Audience::Any => Ok(()),
        Audience::Contains(expected) if contains(expected) => Ok(()),
        Audience::Contains(expected) => Err(refused(expected)),
        Audience::AuthKit {
            client_id,
            audiences,
        } => {
            for name in ["client_id", "org_id"] {
                decoded.text_if_any(name)?;
            }
            if let Some(found) = audience
                && !contains(client_id)
                && !audiences.iter().any(|accepted| contains(accepted))
            {
                return Err(TokenError::AuthKitAudience {
                    client_id: client_id.clone(),
                    audiences: audiences.clone(),
                    found: found.to_string(),
                });
            }
            match decoded.claims.get("client_id") {
                Some(found) if found.as_str() != Some(client_id) => {
                    return Err(TokenError::ClientId {
                        expected: client_id.clone(),
                        found: found
                            .as_str()
                            .map_or_else(|| found.to_string(), str::to_owned),
                    });
                }
                _ => {}
            }
            match decoded.claim("sid") {
                Some(_) => Ok(()),
                None => Err(Malformed::Missing("sid").into()),
            }
        }
    }
}

/// When a token is valid, in seconds since the epoch.
#[derive(Clone, Copy, Debug)]
struct Dates {
    nbf: Option<u64>,
    iat: Option<u64>,
    exp: Option<u64>,
}

impl Dates {
    fn of(decoded: &Decoded) -> Self {
        let [nbf, iat, exp] = ["nbf", "iat", "exp"].map(|name| decoded.date(name));
        Self { nbf, iat, exp }
    }

    fn check(self, now: u64) -> Result<(), TokenError> {
        for (claim, date, allowed) in [("nbf", self.nbf, LEEWAY), ("iat", self.iat, ISSUED_AHEAD)] {
            if let Some(date) = date
                && date > now.saturating_add(allowed)
            {
                let ahead = date - now;
                return Err(TokenError::NotYetValid { claim, ahead });
            }
        }
        match self.exp {
            Some(exp) if exp.saturating_add(LEEWAY) > now => Ok(()),
            exp => Err(TokenError::Expired {
                ago: now.saturating_sub(exp.unwrap_or_default()),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;
    use serde_json::json;

    fn decoded(exp: u64, nbf: u64) -> Decoded {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(json!({"alg": "RS256"}));
        let claims = part(json!({"exp": exp, "nbf": nbf}));
        Decoded::read(&format!("{header}.{claims}.c2ln")).unwrap()
    }

    proptest! {
        #[test]
        fn a_token_is_valid_from_nbf_to_exp_give_or_take_the_leeway(
            now in 0u64..10_000, nbf in 0u64..10_000, life in 0u64..1_000
        ) {
            let exp = nbf + life;
            let expected = if nbf > now + LEEWAY {
                Err(TokenError::NotYetValid { claim: "nbf", ahead: nbf - now })
            } else if exp + LEEWAY <= now {
                Err(TokenError::Expired { ago: now - exp })
            } else {
                Ok(())
            };
            prop_assert_eq!(Dates::of(&decoded(exp, nbf)).check(now), expected);
        }

        #[test]
        fn dates_at_the_end_of_time_do_not_overflow(exp in u64::MAX - 20.., now in u64::MAX - 20..) {
            let _ = Dates::of(&decoded(exp, exp)).check(now);
        }
    }
}
