//! The deny list: sessions and users that are let in no more, while tokens of theirs may be valid.
//!
//! Filled by signing out, by revoking and by WorkOS's webhooks, in this process and, through the
//! ledger, in all others. Asked by the layer on every request, so it is in memory: the request path
//! never waits for the database.

use super::{
    AuthKit, Inner,
    expiring::{self, Expiring},
    leaving::Leaving,
    ledger::{Ledger, LedgerError, Revocation},
    token::verifier::LEEWAY,
    watch::Watchers,
    workos::Failure,
};
use moka::{
    ops::compute::{CompResult, Op},
    sync::Cache,
};
use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio_util::task::TaskTracker;

/// Seconds for which an id is denied at least, whatever the tokens seen so far: a process that has
/// just started has seen none.
const SHORTEST_DENIAL: u64 = 24 * 60 * 60;
/// How often, and how long apart, something is written that the database did not take.
const RECORD_TRIES: u32 = 60;
const RECORD_INTERVAL: Duration = Duration::from_secs(1);
/// How often what has expired is removed from the database.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);

/// For how long requests may still come with the cookie of a session that a sign-in has replaced.
const REPLACING: Duration = Duration::from_secs(10);

/// Ids of sessions (`sid`) and users (`sub`) that are good no more.
pub struct Revoked {
    denied: Cache<String, Expiring<()>>,
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
    watchers: Arc<Watchers>,
}

impl Revoked {
    /// None yet. `tasks` are those that are finished before the process ends.
    pub fn new(ledger: Ledger, tasks: TaskTracker, watchers: Arc<Watchers>) -> Self {
        Self {
            denied: expiring::cache(),
            replaced: Cache::builder().time_to_live(REPLACING).build(),
            longest_life: AtomicU64::new(SHORTEST_DENIAL),
            ledger,
            tasks,
            leaving: Leaving::new(),
            watchers,
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
        Revocation {
            id,
            deny_until: i64::try_from(self.tokens_expire_by(now)).unwrap_or(i64::MAX),
        }
    }

    /// When the last token has expired that was issued until now, in seconds since the epoch.
    pub fn tokens_expire_by(&self, now: u64) -> u64 {
        let life = self.longest_life.load(Ordering::Relaxed);
        now.saturating_add(life).saturating_add(LEEWAY)
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
            let ledger = self.ledger.clone();
            self.tasks.spawn(again_and_again(move || {
                let ledger = ledger.clone();
                async move { ledger.record_token_life(life).await }
            }));
        }
    }

    /// Reads the longest life that other processes have recorded.
    pub async fn load_life(&self) -> Result<(), LedgerError> {
        let life = self.ledger.token_life().await?;
        self.longest_life.fetch_max(life, Ordering::Relaxed);
        Ok(())
    }

    /// Whether the id was not denied before.
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

/// Writes something down, again and again if need be: this process goes by it already.
pub(super) async fn again_and_again<F>(mut write: impl FnMut() -> F)
where
    F: Future<Output = Result<(), LedgerError>>,
{
    let mut failure = None;
    for _ in 0..RECORD_TRIES {
        match write().await {
            Ok(()) => return,
            Err(error) => failure = Some(error),
        }
        tokio::time::sleep(RECORD_INTERVAL).await;
    }
    if let Some(error) = failure {
        tracing::error!(
            reason = "ledger_unavailable",
            %error,
            "known to this process only: the database does not take a revocation, a change or a token's life"
        );
    }
}

/// Keeps the ledger small for as long as the [`AuthKit`] lives.
pub(super) async fn sweep(authkit: Weak<Inner>) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        let Some(inner) = authkit.upgrade() else {
            return;
        };
        let swept = inner.ledger.sweep(inner.clock.now()).await;
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

    /// Whether this session of this user is denied now.
    pub(super) fn is_denied(&self, session_id: &str, user_id: &str) -> bool {
        let now = self.inner.clock.now();
        self.inner.revoked.contains(session_id, user_id, now)
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
        revoked.ledger.revoke(&revocation, clock.now()).await
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
        let (ledger, clock) = (inner.ledger.clone(), inner.clock.clone());
        inner.tasks.spawn(again_and_again(move || {
            let (ledger, revocation, now) = (ledger.clone(), revocation.clone(), clock.now());
            async move { ledger.revoke(&revocation, now).await }
        }));
    }
}
