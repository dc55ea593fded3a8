//! The deny list: sessions and users that are let in no more, while tokens of theirs may be valid.
//!
//! Filled by signing out, by revoking and by WorkOS's webhooks, in this process and, through the
//! ledger, in all others. Asked by the layer on every request, so it is in memory: the request path
//! never waits for the database.

use super::{
    AuthKit, Inner,
    ledger::{Ledger, LedgerError, Revocation},
    token::verifier::{Claims, LEEWAY},
};
use moka::sync::Cache;
use std::{
    sync::{
        Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Seconds for which an id is denied at least, whatever the tokens seen so far.
const SHORTEST_DENIAL: u64 = 60 * 60;
/// Ids are dropped from memory after this, whatever the clock says.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(48 * 60 * 60);
/// Ids remembered at most: some 100 MB.
const CAPACITY: u64 = 1_000_000;
/// How often, and how long apart, a revocation is written that the database did not take.
const RECORD_TRIES: u32 = 60;
const RECORD_INTERVAL: Duration = Duration::from_secs(1);
/// How long to wait before listening again once the connection is lost.
const LISTEN_INTERVAL: Duration = Duration::from_secs(1);
/// How often what has expired is removed from the database.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);

/// Ids of sessions (`sid`) and users (`sub`) that are good no more.
pub struct Revoked {
    denied_until: Cache<String, u64>,
    /// The longest life of an access token seen, in seconds: for so long a denial has to last.
    longest_life: AtomicU64,
    ledger: Ledger,
}

impl Revoked {
    /// None yet.
    pub fn new(ledger: Ledger) -> Self {
        let denied_until = Cache::builder()
            .max_capacity(CAPACITY)
            .time_to_live(FORGOTTEN_AFTER)
            .build();
        Self {
            denied_until,
            longest_life: AtomicU64::new(SHORTEST_DENIAL),
            ledger,
        }
    }

    /// Denies a session or all sessions of a user, here at once and everywhere within moments.
    pub fn revoke(&self, id: String, now: u64) {
        let life = self.longest_life.load(Ordering::Relaxed);
        let deny_until = now + life + LEEWAY;
        self.denied_until.insert(id.clone(), deny_until);
        let revocation = Revocation {
            id,
            deny_until: i64::try_from(deny_until).unwrap_or(i64::MAX),
        };
        let ledger = self.ledger.clone();
        tokio::spawn(async move { record(&ledger, &revocation, now).await });
    }

    /// Whether this session of this user is denied.
    pub fn contains(&self, session_id: &str, user_id: &str, now: u64) -> bool {
        [session_id, user_id]
            .into_iter()
            .any(|id| self.denied_until.get(id).is_some_and(|until| until > now))
    }

    /// Learns from a token how long they live.
    pub fn note_life(&self, claims: &Claims) {
        let life = claims.exp.saturating_sub(claims.iat.unwrap_or(claims.exp));
        if life > self.longest_life.load(Ordering::Relaxed) {
            self.longest_life.fetch_max(life, Ordering::Relaxed);
        }
    }

    /// Reads all revocations in force.
    pub async fn load(&self, now: u64) -> Result<(), LedgerError> {
        self.accept(self.ledger.revocations(0, now).await?);
        Ok(())
    }

    fn accept(&self, news: Vec<Revocation>) {
        for Revocation { id, deny_until } in news {
            let until = u64::try_from(deny_until).unwrap_or(0);
            if self.denied_until.get(&id).is_none_or(|known| known < until) {
                self.denied_until.insert(id, until);
            }
        }
    }
}

/// Writes a revocation down, again and again if need be: this process denies it already.
async fn record(ledger: &Ledger, revocation: &Revocation, now: u64) {
    for attempt in 1..=RECORD_TRIES {
        let Err(error) = ledger.revoke(revocation, now).await else {
            return;
        };
        if attempt == 1 {
            tracing::error!(
                reason = "ledger_unavailable",
                %error,
                "a revocation is known to this process only, until the database takes it"
            );
        }
        tokio::time::sleep(RECORD_INTERVAL).await;
    }
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
                    Ok(heard) => inner.revoked.accept(heard),
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
        if let Err(error) = inner.revoked.ledger.sweep(inner.clock.now()).await {
            tracing::warn!(reason = "ledger_unavailable", %error, "the ledger was not swept");
        }
    }
}

impl AuthKit {
    /// Ends a session, here and at WorkOS, as an administrator or the user in another browser would.
    /// Here it is over when this returns, whatever WorkOS answered.
    ///
    /// # Errors
    /// [`Failure`](super::workos::Failure) when WorkOS could not be told.
    pub async fn revoke_session(&self, session_id: &str) -> Result<(), super::workos::Failure> {
        self.deny(session_id.to_owned());
        self.inner.workos.revoke_session(session_id).await
    }

    /// Lets a session (`session_…`) or all sessions of a user (`user_…`) in no more: in this process at
    /// once, in the others within a second.
    pub fn deny(&self, id: String) {
        self.inner.revoked.revoke(id, self.inner.clock.now());
    }
}
