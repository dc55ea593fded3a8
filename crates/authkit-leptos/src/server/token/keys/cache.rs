//! The identity provider's public keys (RFC 7517), cached.
//!
//! Asked by the verifier for a key by its id. Known keys are used while the endpoint is down, but not
//! for more than an hour without asking first; an unknown id makes it ask once for all who wait, and not
//! more often than every 30 seconds, whatever becomes of who asked. Only the id of a token that the provider
//! itself has just granted makes it ask sooner: strangers must not be able to delay a new key.

use super::{error::JwksError, fetch, set::KeySet};
use crate::server::{
    core::clock::Clock,
    token::{address, algorithm::Algorithm, provider::KeySource},
};
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::{Mutex, RwLock};
use url::Url;

/// Seconds between two fetches for ids that aren't in the set.
const REFETCH_INTERVAL: u64 = 30;
/// The same for a token that the provider has just granted: only the provider can have chosen that id.
const GRANTED_REFETCH_INTERVAL: u64 = 1;
/// Seconds between two tries while the endpoint is down: longer than a try takes, so that those who
/// waited for one do not each start another.
const RETRY_INTERVAL: u64 = 5;
/// Seconds after which the keys are fetched again in the background, so that a withdrawn one goes.
const REFRESH_INTERVAL: u64 = 600;
/// Keys older than this (seconds) are fetched again before use: without traffic, a withdrawn key would go unnoticed.
const STALE_AFTER: u64 = 3600;

/// The keys of one provider. Clones share the cache.
#[derive(Clone)]
pub struct Jwks {
    inner: Arc<Inner>,
}

struct Inner {
    source: KeySource,
    http: reqwest::Client,
    clock: Clock,
    keys: RwLock<Option<Arc<KeySet>>>,
    /// When keys that are old were last fetched in the background.
    refreshed_at: AtomicU64,
    /// Held while fetching, so that all who wait share one fetch; remembers how the last one went.
    fetching: Arc<Mutex<Option<LastFetch>>>,
}

struct LastFetch {
    at: u64,
    outcome: Result<(), JwksError>,
}

/// Who has chosen a token's key id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// A request, so that its sender may have made the token up.
    Request,
    /// The provider, which has granted the token this very moment.
    Provider,
}

/// What the cache has to say about a key id.
pub enum Lookup {
    /// The key, and all the keys that are published beside it.
    Found(DecodingKey, Arc<str>),
    /// No key of that id and algorithm is among the keys, which were fetched this many seconds ago.
    Unknown {
        /// Seconds since they were fetched.
        fetched_ago: u64,
    },
}

impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jwks({})", self.inner.source)
    }
}

impl Jwks {
    /// The keys at `source`; nothing is fetched yet.
    ///
    /// # Errors
    /// When the operating system's TLS set-up is unusable.
    pub fn new(source: KeySource, clock: Clock) -> Result<Self, reqwest::Error> {
        Ok(Self {
            inner: Arc::new(Inner {
                source,
                http: fetch::client()?,
                clock,
                keys: RwLock::default(),
                refreshed_at: AtomicU64::new(0),
                fetching: Arc::default(),
            }),
        })
    }

    /// The key with this id, for `algorithm`.
    ///
    /// # Errors
    /// [`JwksError`] when the key isn't known and the provider can't be asked, and
    /// [`KidTwice`](JwksError::KidTwice) when there are several.
    pub async fn key(
        &self,
        algorithm: Algorithm,
        id: &str,
        source: TokenSource,
    ) -> Result<Lookup, JwksError> {
        if let Some(keys) = self.fresh_keys().await
            && let Some(key) = keys.key(algorithm, id)
        {
            return Ok(Lookup::Found(key.clone(), keys.published()));
        }
        let interval = match source {
            TokenSource::Request => REFETCH_INTERVAL,
            TokenSource::Provider => GRANTED_REFETCH_INTERVAL,
        };
        let is_there = |keys: &KeySet| keys.key(algorithm, id).is_some();
        self.fetch_again(interval, RETRY_INTERVAL, is_there).await?;
        let keys = self.inner.keys.read().await.clone();
        Ok(match keys {
            Some(keys) => match keys.key(algorithm, id) {
                Some(key) => Lookup::Found(key.clone(), keys.published()),
                None if keys.is_ambiguous(algorithm, id) => {
                    return Err(JwksError::KidTwice(id.to_owned()));
                }
                None => Lookup::Unknown {
                    fetched_ago: self.inner.clock.now().saturating_sub(keys.fetched_at),
                },
            },
            // They were there a moment ago: nothing ever removes them.
            None => return Err(JwksError::NotASet),
        })
    }

    /// The provider's keys as a JWK Set, public parts of usable keys only.
    ///
    /// # Errors
    /// [`JwksError`] when they were never fetched and can't be.
    pub async fn published(&self) -> Result<Arc<str>, JwksError> {
        Ok(self.current().await?.published())
    }

    /// Whether there is a key for `algorithm`.
    ///
    /// # Errors
    /// As [`published`](Self::published).
    pub async fn has_key_for(&self, algorithm: Algorithm) -> Result<bool, JwksError> {
        Ok(self.current().await?.has_any(algorithm))
    }

    /// Seconds since the keys were fetched; `None` before that, and for keys that are never fetched.
    pub async fn age(&self) -> Option<u64> {
        if !self.inner.source.changes() {
            return None;
        }
        let keys = self.inner.keys.read().await;
        let age = |keys: &Arc<KeySet>| self.inner.clock.now().saturating_sub(keys.fetched_at);
        keys.as_ref().map(age)
    }

    /// Whether these are the usable keys now, to the letter.
    pub async fn still_publishes(&self, keys: &Arc<str>) -> bool {
        let fresh = self.fresh_keys().await.map(|it| it.published());
        fresh.is_some_and(|fresh| Arc::ptr_eq(&fresh, keys) || fresh == *keys)
    }

    async fn current(&self) -> Result<Arc<KeySet>, JwksError> {
        if self.inner.keys.read().await.is_none() {
            self.fetch_again(REFETCH_INTERVAL, RETRY_INTERVAL, |_| true)
                .await?;
        }
        self.fresh_keys().await.ok_or(JwksError::NotASet)
    }

    /// Fetches, unless that was done less than `interval` seconds ago, or failed less than `retry_after` seconds
    /// ago, or somebody who fetched meanwhile has made it unnecessary, which `suffices` says.
    async fn fetch_again(
        &self,
        interval: u64,
        retry_after: u64,
        suffices: impl Fn(&KeySet) -> bool,
    ) -> Result<(), JwksError> {
        let mut last = Arc::clone(&self.inner.fetching).lock_owned().await;
        let keys = self.inner.keys.read().await.clone();
        if keys.as_deref().is_some_and(suffices) {
            return Ok(());
        }
        if let Some(last) = &*last {
            let interval = match last.outcome {
                Ok(()) => interval,
                Err(_) => retry_after,
            };
            if self.inner.clock.now().abs_diff(last.at) < interval {
                return last.outcome.clone();
            }
        }
        // The first fetch is not a refetch: a key rotated right after the start must be found.
        let first = keys.is_none();
        let jwks = self.clone();
        // In a task of its own: a request that is given up on would otherwise leave no trace of its
        // fetch, and the next one would start another.
        let fetching = tokio::spawn(async move {
            let outcome = jwks.fetch().await;
            let at = jwks.inner.clock.now();
            *last = (!first || outcome.is_err()).then(|| LastFetch {
                at,
                outcome: outcome.clone(),
            });
            outcome
        });
        // Tasks are dropped only with the process.
        fetching.await.unwrap_or(Err(JwksError::Unreachable))
    }

    /// The keys there are. Those that have been there for long are asked for again, and waited for if
    /// that was very long ago.
    async fn fresh_keys(&self) -> Option<Arc<KeySet>> {
        let keys = self.inner.keys.read().await.clone()?;
        let now = self.inner.clock.now();
        let age = now.abs_diff(keys.fetched_at);
        if age <= REFRESH_INTERVAL || !self.inner.source.changes() {
            return Some(keys);
        }
        if age <= STALE_AFTER {
            self.refresh_in_background();
            return Some(keys);
        }
        let is_fresh = |keys: &KeySet| now.abs_diff(keys.fetched_at) <= STALE_AFTER;
        // If it fails, old keys are better than none; and who comes next does not wait again.
        let _ = self
            .fetch_again(REFETCH_INTERVAL, REFETCH_INTERVAL, is_fresh)
            .await;
        self.inner.keys.read().await.clone()
    }

    /// Refetches the keys in the background once they are old. While that fails, the old keys stay in use.
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
            if let Err(error) = &outcome {
                tracing::warn!(reason = "jwks_unavailable", %error, "keys not refreshed");
                // Only a failure: a key that is new since this fetch must not wait for the next.
                *last = Some(LastFetch { at: now, outcome });
            }
        });
    }

    async fn fetch(&self) -> Result<(), JwksError> {
        let inner = &self.inner;
        let fetched = async {
            match &inner.source {
                KeySource::Url(url) => self.key_set(url).await,
                KeySource::Discovery(issuer) => self.key_set(&self.discover(issuer).await?).await,
                KeySource::Data(set) => Ok(set.as_bytes().to_vec()),
            }
        };
        let body = tokio::time::timeout(fetch::FETCH_TIMEOUT, fetched)
            .await
            .unwrap_or(Err(JwksError::TimedOut))?;
        let set = KeySet::parse(&body, inner.clock.now())?;
        *inner.keys.write().await = Some(Arc::new(set));
        Ok(())
    }

    /// RFC 7517 §8.5.2 registers the second content type; most send the first.
    async fn key_set(&self, url: &Url) -> Result<Vec<u8>, JwksError> {
        let content_types = ["application/json", "application/jwk-set+json"];
        fetch::document(&self.inner.http, url, &content_types).await
    }

    /// Where the keys of `issuer` are (OpenID Connect Discovery 1.0 §4).
    async fn discover(&self, issuer: &str) -> Result<Url, JwksError> {
        #[derive(Deserialize)]
        struct Document {
            issuer: String,
            jwks_uri: String,
        }
        let document = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let at_issuer = Url::parse(&document).map_err(|_| JwksError::NotDiscovery)?;
        let body = fetch::document(&self.inner.http, &at_issuer, &["application/json"]).await?;
        let document: Document =
            serde_json::from_slice(&body).map_err(|_| JwksError::NotDiscovery)?;
        if document.issuer != issuer {
            return Err(JwksError::OtherIssuer {
                expected: issuer.to_owned(),
                found: document.issuer,
            });
        }
        let keys = Url::parse(&document.jwks_uri).map_err(|_| JwksError::NotDiscovery)?;
        // Stricter than for an address in the configuration: the issuer has written this one.
        address::check_discovered(&at_issuer, &keys).map_err(JwksError::UnsafeAddress)?;
        Ok(keys)
    }
}
