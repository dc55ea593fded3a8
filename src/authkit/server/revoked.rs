//! The deny list: sessions and users that are let in no more, while tokens of theirs may be valid.
//!
//! Filled by signing out, by revoking and by WorkOS's webhooks, in this process and, through the
//! ledger, in all others. Asked by the layer on every request, so it is in memory: the request path
//! never waits for the database.

use super::{
    AuthKit, Inner,
    core::clock::Clock,
    leaving::Leaving,
    ledger::{Ledger, LedgerError, Revocation},
    token::verifier::LEEWAY,
    watch::{self, Watchers},
    workos::Failure,
};
use moka::{
    Expiry,
    ops::compute::{CompResult, Op},
    policy::EvictionPolicy,
    sync::Cache,
};
use std::{
    sync::{
        Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio_util::task::TaskTracker;

/// Seconds for which an id is denied at least, whatever the tokens seen so far: a process that has
/// just started has seen none.
const SHORTEST_DENIAL: u64 = 24 * 60 * 60;
/// Ids are dropped from memory after 100 years, however long they are denied. The cache allows 1,000.
const LONGEST_DENIAL: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
/// Ids remembered at most: some 100 MB.
const CAPACITY: u64 = 1_000_000;
/// How often, and how long apart, a revocation is written that the database did not take.
const RECORD_TRIES: u32 = 60;
const RECORD_INTERVAL: Duration = Duration::from_secs(1);
/// How long to wait before listening again once the connection is lost.
const LISTEN_INTERVAL: Duration = Duration::from_secs(1);
/// How often what has expired is removed from the database.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);

/// For how long requests may still come with the cookie of a session that a sign-in has replaced.
const REPLACING: Duration = Duration::from_secs(10);

/// Ids of sessions (`sid`) and users (`sub`) that are good no more.
pub struct Revoked {
    denied: Cache<String, Denial>,
    /// Sessions that another one has just replaced in their browser.
    replaced: Cache<String, ()>,
    /// The longest life of an access token seen, in seconds: for so long a denial has to last.
    longest_life: AtomicU64,
    ledger: Ledger,
    /// Tasks that are finished before the process ends.
    tasks: TaskTracker,
    /// Sessions that WorkOS has yet to be told of.
    pub(super) leaving: Leaving,
    /// Who wants to know when a session ends.
    pub(super) watchers: Watchers,
}

/// How long an id is denied.
#[derive(Clone, Copy)]
struct Denial {
    /// Seconds since the epoch.
    until: u64,
    /// Counted from when it was heard of.
    lasts: Duration,
}

impl Denial {
    fn new(until: u64, now: u64) -> Self {
        let lasts = Duration::from_secs(until.saturating_sub(now)).min(LONGEST_DENIAL);
        Self { until, lasts }
    }
}

/// Drops a denial from memory when it is over.
struct WhenOver;

impl Expiry<String, Denial> for WhenOver {
    fn expire_after_create(&self, _: &String, denial: &Denial, _: Instant) -> Option<Duration> {
        Some(denial.lasts)
    }

    fn expire_after_update(
        &self,
        _: &String,
        denial: &Denial,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(denial.lasts)
    }
}

impl Revoked {
    /// None yet. `tasks` are those that are finished before the process ends.
    pub fn new(ledger: Ledger, tasks: TaskTracker) -> Self {
        let denied = Cache::builder()
            .max_capacity(CAPACITY)
            .expire_after(WhenOver)
            // The default would rather refuse a new id than give up an old one.
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self {
            denied,
            replaced: Cache::builder().time_to_live(REPLACING).build(),
            longest_life: AtomicU64::new(SHORTEST_DENIAL),
            ledger,
            tasks,
            leaving: Leaving::new(),
            watchers: Watchers::new(),
        }
    }

    /// Denies an id here, at once. What is to be recorded for the other processes.
    fn deny(&self, id: String, now: u64) -> Revocation {
        let revocation = self.revocation(id, now);
        self.accept(&revocation, now);
        revocation
    }

    /// The same for an id that is not denied yet; `None` if it is, and then nothing is to be recorded.
    fn deny_once(&self, id: String, now: u64) -> Option<Revocation> {
        let is_denied = self.denied.get(&id).is_some_and(|known| known.until > now);
        if is_denied {
            return None;
        }
        let revocation = self.revocation(id, now);
        // Of two at the same moment one is told that it is the first.
        self.accept(&revocation, now).then_some(revocation)
    }

    fn revocation(&self, id: String, now: u64) -> Revocation {
        let life = self.longest_life.load(Ordering::Relaxed);
        let deny_until = now.saturating_add(life).saturating_add(LEEWAY);
        Revocation {
            id,
            deny_until: i64::try_from(deny_until).unwrap_or(i64::MAX),
        }
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

    /// Learns from a token how long they live, for this process, its successors and the others.
    pub fn note_life(&self, issued_at: Option<u64>, expires_at: u64) {
        let life = expires_at.saturating_sub(issued_at.unwrap_or(expires_at));
        if life > self.longest_life.load(Ordering::Relaxed)
            && life > self.longest_life.fetch_max(life, Ordering::Relaxed)
        {
            self.tasks.spawn(record_life(self.ledger.clone(), life));
        }
    }

    /// Reads the longest life that other processes have recorded.
    async fn load_life(&self) -> Result<(), LedgerError> {
        let life = self.ledger.token_life().await?;
        self.longest_life.fetch_max(life, Ordering::Relaxed);
        Ok(())
    }

    /// Reads all revocations in force.
    pub async fn load(&self, now: u64) -> Result<(), LedgerError> {
        self.load_life().await?;
        self.accept_all(&self.ledger.revocations(0, now).await?, now);
        Ok(())
    }

    fn accept_all(&self, news: &[Revocation], now: u64) {
        for revocation in news {
            self.accept(revocation, now);
        }
    }

    /// Whether the id was not denied before.
    fn accept(&self, news: &Revocation, now: u64) -> bool {
        let until = u64::try_from(news.deny_until).unwrap_or(0);
        let mut was_denied = false;
        let entry = self.denied.entry_by_ref(&news.id);
        let stored = entry.and_compute_with(|known| {
            let known = known.map_or(0, |known| known.into_value().until);
            was_denied = known > now;
            match known < until {
                true => Op::Put(Denial::new(until, now)),
                false => Op::Nop,
            }
        });
        if matches!(
            stored,
            CompResult::Inserted(_) | CompResult::ReplacedWith(_)
        ) {
            // Not for what was known: it may have been let in again since then.
            self.watchers.fire(&news.id, now);
        }
        !was_denied
    }
}

/// Writes a revocation down, again and again if need be: this process denies it already.
async fn record(ledger: Ledger, clock: Clock, revocation: Revocation, instead_of: Option<String>) {
    let mut failure = None;
    for _ in 0..RECORD_TRIES {
        let now = clock.now();
        match ledger.revoke(&revocation, instead_of.as_deref(), now).await {
            Ok(()) => return,
            Err(error) => failure = Some(error),
        }
        tokio::time::sleep(RECORD_INTERVAL).await;
    }
    if let Some(error) = failure {
        tracing::error!(
            reason = "ledger_unavailable",
            %error,
            "a revocation is known to this process only: the database does not take it"
        );
    }
}

/// Writes down how long tokens live, again and again if need be: this process knows it already.
async fn record_life(ledger: Ledger, life: u64) {
    for _ in 0..RECORD_TRIES {
        match ledger.record_token_life(life).await {
            Ok(()) => return,
            Err(_) => tokio::time::sleep(RECORD_INTERVAL).await,
        }
    }
    tracing::error!(
        reason = "ledger_unavailable",
        "how long tokens live is known to this process only: the database does not take it"
    );
}

/// Hears of other processes' revocations for as long as the [`AuthKit`] lives.
pub(super) async fn follow(authkit: Weak<Inner>) {
    let mut told = false;
    while let Some(inner) = authkit.upgrade() {
        let (ledger, clock) = (inner.revoked.ledger.clone(), inner.clock.clone());
        // Listening first: what is revoked while the list is read must not be missed.
        let listening = ledger.listen(clock.now()).await;
        let listening = match listening {
            Ok(news) => inner.revoked.load(clock.now()).await.map(|()| news),
            Err(error) => Err(error),
        };
        drop(inner);
        let error = match listening {
            Ok(mut news) => loop {
                told = false;
                let heard = news.next(|| clock.now()).await;
                let Some(inner) = authkit.upgrade() else {
                    return;
                };
                match heard {
                    Ok(heard) => inner.revoked.accept_all(&heard, clock.now()),
                    Err(error) => break error,
                }
            },
            Err(error) => error,
        };
        if !std::mem::replace(&mut told, true) {
            tracing::warn!(reason = "ledger_unavailable", %error, "not hearing of revocations elsewhere");
        }
        tokio::time::sleep(LISTEN_INTERVAL).await;
    }
}

/// Keeps the ledger small for as long as the [`AuthKit`] lives.
pub(super) async fn sweep(authkit: Weak<Inner>) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        let Some(inner) = authkit.upgrade() else {
            return;
        };
        let swept = inner.revoked.ledger.sweep(inner.clock.now()).await;
        if let Err(error) = swept.and(inner.revoked.load_life().await) {
            tracing::warn!(reason = "ledger_unavailable", %error, "the ledger was not swept");
        }
    }
}

impl AuthKit {
    /// Ends a session, here and at WorkOS, as an administrator or the user in another browser would.
    /// Here it is over when this returns, whatever WorkOS answered, for as long as its access token could
    /// be good; but a session that WorkOS was not told of can be refreshed after that.
    ///
    /// # Errors
    /// [`Failure`] when WorkOS could not be told. Try again.
    pub async fn revoke_session(&self, session_id: &str) -> Result<(), Failure> {
        self.deny(session_id.to_owned());
        self.inner.workos.revoke_session(session_id).await
    }

    /// Lets a session (`session_…`) or all sessions of a user (`user_…`) in no more: in this process at
    /// once, in the others within moments.
    pub(super) fn deny(&self, id: String) {
        let inner = &self.inner;
        self.record(inner.revoked.deny(id, inner.clock.now()));
    }

    /// The same, returning when the other processes are told.
    pub(super) async fn deny_everywhere(&self, id: String) -> Result<(), LedgerError> {
        let Inner { revoked, clock, .. } = &*self.inner;
        let revocation = revoked.deny(id, clock.now());
        revoked.ledger.revoke(&revocation, None, clock.now()).await
    }

    /// Ends what watches a session that was in one organization and is in another now: here at once, and
    /// elsewhere once this returns. The session itself goes on, so requests are not concerned. Called in a
    /// task that no browser can end by hanging up.
    pub(super) async fn moved(&self, session_id: &str, left: Option<&str>, entered: Option<&str>) {
        if left == entered {
            return;
        }
        let Inner { revoked, clock, .. } = &*self.inner;
        let left = revoked.deny(watch::stay(session_id, left), clock.now());
        // Also if it has left that one before, within the same second.
        revoked.watchers.fire(&left.id, clock.now());
        // What says that it has left the other is true no more: who reads it late must not act on it.
        let entered = Some(watch::stay(session_id, entered));
        let (ledger, clock) = (revoked.ledger.clone(), clock.clone());
        let recorded = ledger.revoke(&left, entered.as_deref(), clock.now()).await;
        // Waited for, so that one move is recorded before the next can be made.
        if recorded.is_err() {
            let record = record(ledger, clock, left, entered);
            self.inner.tasks.spawn(record);
        }
    }

    /// Ends a session that a new one replaces in its browser.
    pub(super) fn replace(&self, session_id: String) {
        self.inner.revoked.replaced.insert(session_id.clone(), ());
        self.leave(session_id);
    }

    /// Ends a session that the browser has left, also at WorkOS: the browser may not follow the redirect
    /// that would do it, so WorkOS is told as well, once that has had its time. A session that is over
    /// already costs nothing.
    pub(super) fn leave(&self, session_id: String) {
        let inner = &self.inner;
        let now = inner.clock.now();
        let Some(revocation) = inner.revoked.deny_once(session_id.clone(), now) else {
            return;
        };
        self.record(revocation);
        inner.revoked.leaving.add(session_id);
    }

    fn record(&self, revocation: Revocation) {
        let inner = &self.inner;
        let (ledger, clock) = (inner.revoked.ledger.clone(), inner.clock.clone());
        inner.tasks.spawn(record(ledger, clock, revocation, None));
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
            (u64::MAX, LONGEST_DENIAL),
        ] {
            let denial = Denial::new(until, days(7));
            let id = "session_1".to_owned();
            let kept = WhenOver.expire_after_create(&id, &denial, Instant::now());
            assert_eq!(kept, Some(lasts), "{until}");
        }
        // What the cache itself makes of it.
        let cache = Cache::builder().expire_after(WhenOver).build();
        for (id, until) in [("over", 0), ("denied", u64::MAX)] {
            cache.insert(id.to_owned(), Denial::new(until, days(7)));
        }
        assert!(cache.get("over").is_none());
        assert!(cache.get("denied").is_some());
    }
}
