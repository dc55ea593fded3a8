//! The identity provider's public keys (RFC 7517), cached.
//!
//! Asked by the verifier for a key by its id. Known keys are used while the endpoint is down; an
//! unknown id makes it ask once for all who wait, and not more often than every 30 seconds.

use crate::authkit::server::core::clock::Clock;
use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, Jwk, PublicKeyUse},
};
use serde::Deserialize;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Mutex, RwLock};
use url::Url;

/// How long one fetch may take: less than a request may be held up, so that the outcome is known to
/// the next one.
const FETCH_TIMEOUT: Duration = Duration::from_secs(2);
/// The largest answer read, in bytes; a set of RSA keys has a few kilobytes.
const MAX_SET_LENGTH: usize = 256 * 1024;
/// The most keys taken from a set.
const MAX_KEYS: usize = 64;
/// Seconds between two fetches for ids that aren't in the set.
const REFETCH_INTERVAL: u64 = 30;
/// Seconds between two tries while the endpoint is down: longer than a try takes, so that those who
/// waited for one do not each start another.
const RETRY_INTERVAL: u64 = 5;
/// Seconds after which the keys are fetched again in the background, so that a withdrawn one goes.
const REFRESH_INTERVAL: u64 = 600;

/// The keys of one provider. Clones share the cache.
#[derive(Clone)]
pub struct Jwks {
    inner: Arc<Inner>,
}

struct Inner {
    url: Url,
    http: reqwest::Client,
    clock: Clock,
    keys: RwLock<Option<Arc<KeySet>>>,
    /// When keys that are old were last fetched in the background.
    refreshed_at: AtomicU64,
    /// Held while fetching, so that all who wait share one fetch; remembers how the last one went.
    fetching: Mutex<Option<LastFetch>>,
}

struct KeySet {
    by_id: HashMap<String, DecodingKey>,
    fetched_at: u64,
}

struct LastFetch {
    at: u64,
    outcome: Result<(), JwksError>,
}

/// Why there are no keys to check with. None of these says anything about the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// No connection, no answer in time, or a broken one.
    #[error("the JWKS endpoint can't be reached")]
    Unreachable,
    /// An HTTP status other than 200.
    #[error("the JWKS endpoint answered HTTP {0}")]
    Status(u16),
    /// An answer that isn't a set of keys, or has none that can be used.
    #[error("the JWKS endpoint did not answer with a set of keys")]
    NotASet,
}

impl Jwks {
    /// The keys at `url`; nothing is fetched yet.
    ///
    /// # Errors
    /// When the operating system's TLS set-up is unusable.
    pub fn new(url: Url, clock: Clock) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(FETCH_TIMEOUT)
            // A redirect could lead to somebody else's keys.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            inner: Arc::new(Inner {
                url,
                http,
                clock,
                keys: RwLock::default(),
                refreshed_at: AtomicU64::new(0),
                fetching: Mutex::default(),
            }),
        })
    }

    /// The RSA key with this id; `None` when the provider has no such key.
    ///
    /// # Errors
    /// [`JwksError`] when the key isn't known and the provider can't be asked.
    pub async fn key(&self, id: &str) -> Result<Option<DecodingKey>, JwksError> {
        if let Some(key) = self.known(id).await {
            return Ok(Some(key));
        }
        let mut last = self.inner.fetching.lock().await;
        // Somebody may have fetched it while this request waited for its turn.
        if let Some(key) = self.known(id).await {
            return Ok(Some(key));
        }
        if let Some(last) = &*last {
            let interval = match last.outcome {
                Ok(()) => REFETCH_INTERVAL,
                Err(_) => RETRY_INTERVAL,
            };
            if self.inner.clock.now().abs_diff(last.at) < interval {
                return last.outcome.map(|()| None);
            }
        }
        // The first fetch is not a refetch: a key rotated right after the start must be found.
        let first = self.inner.keys.read().await.is_none();
        let outcome = self.fetch().await;
        let at = self.inner.clock.now();
        *last = (!first || outcome.is_err()).then_some(LastFetch { at, outcome });
        drop(last);
        outcome?;
        Ok(self.known(id).await)
    }

    async fn known(&self, id: &str) -> Option<DecodingKey> {
        let keys = self.inner.keys.read().await.clone()?;
        if self.inner.clock.now().abs_diff(keys.fetched_at) > REFRESH_INTERVAL {
            self.refresh_in_background();
        }
        keys.by_id.get(id).cloned()
    }

    /// Once in a while, and nobody waits for it. While it fails, the keys there are stay in use.
    fn refresh_in_background(&self) {
        let now = self.inner.clock.now();
        let before = self.inner.refreshed_at.load(Ordering::Relaxed);
        let swap = |before| {
            let inner = &self.inner;
            let (order, failure) = (Ordering::Relaxed, Ordering::Relaxed);
            inner
                .refreshed_at
                .compare_exchange(before, now, order, failure)
        };
        if now.abs_diff(before) < REFETCH_INTERVAL || swap(before).is_err() {
            return;
        }
        let jwks = self.clone();
        tokio::spawn(async move {
            let Ok(mut last) = jwks.inner.fetching.try_lock() else {
                return;
            };
            let outcome = jwks.fetch().await;
            if let Err(error) = outcome {
                tracing::warn!(reason = "jwks_unavailable", %error, "keys not refreshed");
                // Only a failure: a key that is new since this fetch must not wait for the next.
                *last = Some(LastFetch { at: now, outcome });
            }
        });
    }

    async fn fetch(&self) -> Result<(), JwksError> {
        let response = self
            .inner
            .http
            .get(self.inner.url.clone())
            .send()
            .await
            .map_err(|_| JwksError::Unreachable)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(JwksError::Status(response.status().as_u16()));
        }
        let body = read_limited(response).await?;
        let set = KeySet::parse(&body, self.inner.clock.now())?;
        *self.inner.keys.write().await = Some(Arc::new(set));
        Ok(())
    }
}

async fn read_limited(mut response: reqwest::Response) -> Result<Vec<u8>, JwksError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| JwksError::Unreachable)? {
        if body.len() + chunk.len() > MAX_SET_LENGTH {
            return Err(JwksError::NotASet);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl KeySet {
    /// RSA signing keys that have an id; RFC 7517 §5 has consumers ignore what they don't know.
    fn parse(body: &[u8], fetched_at: u64) -> Result<Self, JwksError> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let set: Set = serde_json::from_slice(body).map_err(|_| JwksError::NotASet)?;
        let by_id: HashMap<_, _> = set
            .keys
            .into_iter()
            .take(MAX_KEYS)
            .filter_map(|key| serde_json::from_value::<Jwk>(key).ok())
            .filter(|key| {
                matches!(key.algorithm, AlgorithmParameters::RSA(_))
                    && matches!(
                        key.common.public_key_use,
                        None | Some(PublicKeyUse::Signature)
                    )
            })
            .filter_map(|key| {
                let decoding = DecodingKey::from_jwk(&key).ok()?;
                Some((key.common.key_id?, decoding))
            })
            .collect();
        // A set without a usable key is a mistake over there, no reason to forget the ones we have.
        if by_id.is_empty() {
            return Err(JwksError::NotASet);
        }
        Ok(Self { by_id, fetched_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSA: &str = r#"{"kty":"RSA","kid":"a","use":"sig","alg":"RS256","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB"}"#;

    #[test]
    fn keys_of_unknown_kinds_are_passed_over() {
        let set = format!(
            r#"{{"keys":[{{"kty":"XYZ","kid":"x"}},{{"kty":"oct","kid":"h","k":"AAAA"}},{RSA},{{"kty":"RSA","n":"AQAB","e":"AQAB"}}]}}"#
        );
        let set = KeySet::parse(set.as_bytes(), 0).unwrap();
        assert_eq!(set.by_id.keys().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn an_encryption_key_is_passed_over() {
        let set = format!(r#"{{"keys":[{}]}}"#, RSA.replace("\"sig\"", "\"enc\""));
        assert!(KeySet::parse(set.as_bytes(), 0).is_err());
    }

    #[test]
    fn html_is_not_a_set() {
        assert!(matches!(
            KeySet::parse(b"<html>busy</html>", 0),
            Err(JwksError::NotASet)
        ));
    }
}
