//! [`RateLimits`]: a rate limit per key, such as a user or a client address, in bounded memory.
//!
//! The login limits the moves of users between organizations with it, and authkit-serve the requests per client
//! address. A key that has not been used until its burst is full again is forgotten.

use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use moka::sync::Cache;
use std::{hash::Hash, sync::Arc, time::Duration};

/// A rate limit per key.
pub struct RateLimits<K> {
    quota: Quota,
    limiters: Cache<K, Arc<DefaultDirectRateLimiter>>,
    clock: DefaultClock,
}

impl<K: Hash + Eq + Send + Sync + 'static> RateLimits<K> {
    /// The same limit for each key. Of more than `capacity` keys the least used are forgotten.
    pub fn new(quota: Quota, capacity: u64) -> Self {
        let until_full = quota.burst_size_replenished_in();
        Self {
            quota,
            limiters: Cache::builder()
                .max_capacity(capacity)
                .time_to_idle(until_full + Duration::from_secs(1))
                .build(),
            clock: DefaultClock::default(),
        }
    }

    /// Counts one use of the key.
    ///
    /// # Errors
    /// When it is one too many: the time after which the next is allowed.
    pub fn check(&self, key: K) -> Result<(), Duration> {
        let new = || Arc::new(RateLimiter::direct(self.quota));
        let limiter = self.limiters.get_with(key, new);
        let checked = limiter.check();
        checked.map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    #[test]
    fn a_key_has_its_burst_and_others_have_theirs() {
        let burst = NonZeroU32::new(3).unwrap();
        let hourly = Quota::with_period(Duration::from_secs(3_600)).unwrap();
        let limits = RateLimits::new(hourly.allow_burst(burst), 10);
        for key in ["one", "other"] {
            for _ in 0..3 {
                assert_eq!(limits.check(key), Ok(()));
            }
            let wait = limits.check(key).unwrap_err();
            assert!(wait <= Duration::from_secs(3_600) && wait > Duration::from_secs(3_000));
        }
    }
}
