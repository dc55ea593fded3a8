//! Deny list of ended sessions and users whose access tokens have not expired yet.
//!
//! Filled by [`Revocations`](super::Revocations), asked on every request. In memory only: never reads or writes the
//! ledger.

use super::{
    expiring::{self, Expiring},
    watchers::Watchers,
};
use crate::server::ledger::{Revocation, SHORTEST_DENIAL, tokens_expire_by};
use moka::{
    ops::compute::{CompResult, Op},
    sync::Cache,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How long requests may still come with the cookie of a session that a sign-in has replaced.
const REPLACING: Duration = Duration::from_secs(10);

/// Ids of denied sessions (`sid`) and users (`sub`).
pub struct DenyList {
    denied: Cache<String, Expiring<()>>,
    /// Sessions that another one has just replaced in their browser.
    replaced: Cache<String, ()>,
    /// The longest life of an access token seen, in seconds. A denial has to last as long.
    longest_life: AtomicU64,
    /// Connections to end when their session ends.
    watchers: Arc<Watchers>,
}

impl DenyList {
    /// An empty list.
    pub fn new(watchers: Arc<Watchers>) -> Self {
        Self {
            denied: expiring::cache(),
            replaced: Cache::builder().time_to_live(REPLACING).build(),
            longest_life: AtomicU64::new(SHORTEST_DENIAL),
            watchers,
        }
    }

    /// Denies an id. Returns the entry for the ledger.
    pub fn deny(&self, id: String, now: u64) -> Revocation {
        let revocation = self.revocation(id, now);
        self.accept(&revocation, now);
        revocation
    }

    /// Denies an id that is not denied yet; `None` for one that is.
    pub fn deny_once(&self, id: String, now: u64) -> Option<Revocation> {
        let is_denied = self.denied.get(&id).is_some_and(|known| known.until > now);
        if is_denied {
            return None;
        }
        let revocation = self.revocation(id, now);
        // Of two at the same moment one is told that it is the first.
        self.accept(&revocation, now).then_some(revocation)
    }

    fn revocation(&self, id: String, now: u64) -> Revocation {
        Revocation {
            id,
            deny_until: i64::try_from(self.tokens_expire_by(now)).unwrap_or(i64::MAX),
        }
    }

    /// When the last token has expired that was issued until now, in seconds since the epoch.
    pub fn tokens_expire_by(&self, now: u64) -> u64 {
        let life = self.longest_life.load(Ordering::Relaxed);
        tokens_expire_by(now, life)
    }

    /// Whether this session of this user is denied.
    pub fn contains(&self, session_id: &str, user_id: &str, now: u64) -> bool {
        [session_id, user_id]
            .into_iter()
            .any(|id| self.denied.get(id).is_some_and(|denial| denial.until > now))
    }

    /// Whether a sign-in has replaced this session in its browser within the last seconds.
    pub fn was_just_replaced(&self, session_id: &str) -> bool {
        self.replaced.contains_key(session_id)
    }

    /// Notes that a sign-in replaces this session in its browser.
    pub fn note_replaced(&self, session_id: String) {
        self.replaced.insert(session_id, ());
    }

    /// Notes the life of a token, in seconds. Whether it is longer than any before.
    pub fn note_life(&self, life: u64) -> bool {
        life > self.longest_life.load(Ordering::Relaxed)
            && life > self.longest_life.fetch_max(life, Ordering::Relaxed)
    }

    /// Denies the id of an entry. Whether it was not denied before.
    pub fn accept(&self, news: &Revocation, now: u64) -> bool {
        let until = u64::try_from(news.deny_until).unwrap_or(0);
        let mut was_denied = false;
        let entry = self.denied.entry_by_ref(&news.id);
        let stored = entry.and_compute_with(|known| {
            let known = known.map_or(0, |known| known.into_value().until);
            was_denied = known > now;
            match known < until {
                true => Op::Put(Expiring::new((), until, now)),
                false => Op::Nop,
            }
        });
        if matches!(
            stored,
            CompResult::Inserted(_) | CompResult::ReplacedWith(_)
        ) {
            self.watchers.end(&news.id);
        }
        !was_denied
    }
}
