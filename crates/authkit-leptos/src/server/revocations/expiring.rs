//! [`Expiring`]: what is kept in memory until a date of its own.
//!
//! Used by the deny list and by what is known of changes, which must not forget anything while a token that
//! it concerns may be good. Knows nothing of what it keeps.

use moka::{Expiry, policy::EvictionPolicy, sync::Cache};
use std::{
    hash::Hash,
    time::{Duration, Instant},
};

/// Dropped from memory after 100 years, however long it is to be kept. The cache allows 1,000.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
/// Entries at most: some 100 MB.
const CAPACITY: u64 = 1_000_000;

/// A value and until when it matters.
#[derive(Clone, Debug)]
pub struct Expiring<T> {
    /// What is kept.
    pub value: T,
    /// Seconds since the epoch.
    pub until: u64,
    /// Counted from when it was made.
    lasts: Duration,
}

impl<T> Expiring<T> {
    /// Kept from `now` until then, in seconds since the epoch.
    pub fn new(value: T, until: u64, now: u64) -> Self {
        let lasts = Duration::from_secs(until.saturating_sub(now)).min(LONGEST);
        Self {
            value,
            until,
            lasts,
        }
    }
}

/// A cache that drops each entry when its time is over.
pub fn cache<K, T>() -> Cache<K, Expiring<T>>
where
    K: Hash + Eq + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    Cache::builder()
        .max_capacity(CAPACITY)
        .expire_after(WhenOver)
        // The default would rather refuse a new entry than give up an old one.
        .eviction_policy(EvictionPolicy::lru())
        .build()
}

struct WhenOver;

impl<K, T> Expiry<K, Expiring<T>> for WhenOver {
    fn expire_after_create(&self, _: &K, kept: &Expiring<T>, _: Instant) -> Option<Duration> {
        Some(kept.lasts)
    }

    fn expire_after_update(
        &self,
        _: &K,
        kept: &Expiring<T>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(kept.lasts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_is_kept_for_as_long_as_it_says() {
        let days = |count: u64| count * 24 * 60 * 60;
        for (until, lasts) in [
            (days(100), Duration::from_secs(days(93))),
            (days(8), Duration::from_secs(days(1))),
            (days(7), Duration::ZERO),
            (0, Duration::ZERO),
            (u64::MAX, LONGEST),
        ] {
            let kept = Expiring::new((), until, days(7));
            let in_cache = WhenOver.expire_after_create(&"session_1", &kept, Instant::now());
            assert_eq!(in_cache, Some(lasts), "{until}");
        }
        // What the cache itself makes of it.
        let cache = cache();
        for (id, until) in [("over", 0), ("denied", u64::MAX)] {
            cache.insert(id, Expiring::new((), until, days(7)));
        }
        assert!(cache.get("over").is_none());
        assert!(cache.get("denied").is_some());
    }
}
