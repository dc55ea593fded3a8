//! [`SessionWatch`]: told when a session is over, for what outlives a request: streams.
//!
//! Whoever holds a connection open asks [`AuthKit::watch`] once and ends it when the watch says so. The
//! deny list fires it, for what happens in this process and in others alike. Decides nothing by itself.

use super::{AuthKit, core::clock::Clock, identity::UserIdentity};
use moka::sync::Cache;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::sleep};

/// How often the clock is looked at: it goes on while the machine sleeps, timers don't.
const GLANCE: Duration = Duration::from_secs(15);
/// How long a request may have been under way that asks for a watch.
const CROSSING: Duration = Duration::from_secs(5);
/// How much of what was just over is remembered: some 10 MB.
const CAPACITY: u64 = 100_000;
/// A stream ends up to this part of its token's remaining life early, so that not all end at once.
const EARLY: u64 = 10;

/// Why a connection has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The session was signed out or revoked, its user is let in no more, or it is in another
    /// organization now.
    Over,
    /// The access token is about to expire: connecting again renews the session.
    Expiring,
}

/// One connection's eye on its session. Dropping it ends the watch.
pub struct SessionWatch {
    authkit: AuthKit,
    ids: Vec<String>,
    over: Arc<Notify>,
    /// Seconds since the epoch.
    expires_at: u64,
}

/// Everybody who watches, by what they watch.
pub struct Watchers {
    waiting: Mutex<HashMap<String, Vec<Arc<Notify>>>>,
    /// What was over a moment ago, and since when, in seconds since the epoch.
    just_over: Cache<String, u64>,
}

impl Watchers {
    /// Nobody yet.
    pub fn new() -> Self {
        Self {
            waiting: Mutex::default(),
            just_over: Cache::builder()
                .time_to_live(CROSSING)
                .max_capacity(CAPACITY)
                .build(),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, Vec<Arc<Notify>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes by this id is over, for all who watch it now, and for those who are about to with a token
    /// that is older than that.
    pub fn fire(&self, id: &str, now: u64) {
        self.just_over.insert(id.to_owned(), now);
        for over in self.waiting().get(id).into_iter().flatten() {
            // Kept for who is not waiting at this very moment.
            over.notify_one();
        }
    }

    fn add(&self, ids: &[String], over: &Arc<Notify>) {
        let mut waiting = self.waiting();
        for id in ids {
            let watching = waiting.entry(id.clone()).or_default();
            watching.push(Arc::clone(over));
        }
    }

    fn remove(&self, ids: &[String], over: &Arc<Notify>) {
        let mut waiting = self.waiting();
        for id in ids {
            if let Some(watching) = waiting.get_mut(id) {
                watching.retain(|other| !Arc::ptr_eq(other, over));
                if watching.is_empty() {
                    waiting.remove(id);
                }
            }
        }
    }
}

/// A session while it is in an organization, or in none: what is over when it moves to another.
pub(super) fn stay(session_id: &str, organization_id: Option<&str>) -> String {
    format!("{session_id}@{}", organization_id.unwrap_or_default())
}

impl AuthKit {
    /// Watches the session that vouches for a caller, from this moment on; of another provider's caller,
    /// the token's expiry.
    #[must_use]
    pub fn watch(&self, caller: &UserIdentity) -> SessionWatch {
        let watchers = &self.inner.revoked.watchers;
        let session_id = caller.session_id();
        let ids = session_id.map_or(Vec::new(), |id| {
            let stay = stay(id, caller.organization_id());
            vec![id.to_owned(), caller.subject.clone(), stay]
        });
        let over = Arc::new(Notify::new());
        watchers.add(&ids, &over);
        // It may have ended while its request was under way.
        let is_over = |id| {
            watchers
                .just_over
                .get(id)
                .is_some_and(|at| caller.issued_at() < at)
        };
        if ids.iter().any(is_over)
            || session_id.is_some_and(|id| self.is_denied(id, &caller.subject))
        {
            over.notify_one();
        }
        SessionWatch {
            authkit: self.clone(),
            ids,
            over,
            expires_at: a_little_early(caller.expires_at(), self.inner.clock.now()),
        }
    }
}

/// At random, so that streams that were opened together do not all come back together.
fn a_little_early(expires_at: u64, now: u64) -> u64 {
    let left = expires_at.saturating_sub(now);
    let random = u64::from(getrandom::u32().unwrap_or_default());
    let early = random % (left / EARLY + 1);
    // Never at once: who connects again is not to be sent away again and again.
    (expires_at - early.min(expires_at)).max(now + 1)
}

impl SessionWatch {
    /// Resolves when the connection has to end.
    pub async fn ended(&self) -> Ending {
        tokio::select! {
            biased;
            () = self.over.notified() => Ending::Over,
            () = expiry(&self.authkit.inner.clock, self.expires_at) => Ending::Expiring,
        }
    }
}

async fn expiry(clock: &Clock, expires_at: u64) {
    while let left @ 1.. = expires_at.saturating_sub(clock.now()) {
        sleep(Duration::from_secs(left).min(GLANCE)).await;
    }
}

impl Drop for SessionWatch {
    fn drop(&mut self) {
        let watchers = &self.authkit.inner.revoked.watchers;
        watchers.remove(&self.ids, &self.over);
    }
}

impl fmt::Debug for SessionWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionWatch").field(&self.ids).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_ends_before_its_token_expires_but_never_at_once() {
        for _ in 0..1000 {
            let at = a_little_early(1300, 1000);
            assert!((1270..=1300).contains(&at), "{at}");
            assert_eq!(a_little_early(1003, 1000), 1003);
            assert_eq!(a_little_early(990, 1000), 1001);
            assert_eq!(a_little_early(0, 1000), 1001);
        }
    }
}
