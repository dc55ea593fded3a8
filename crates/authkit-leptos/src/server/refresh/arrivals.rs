//! [`Arrivals`]: which tokens have come back from a browser, so that the grace of what came before them begins.
//!
//! Told by the refresher of each request whose session came of a renewal. One task tells the ledger, of
//! sixteen at a time: all at once they would be in the way of renewals, in the minute after many sessions were renewed or a
//! process has started.

use super::super::ledger::{Fingerprint, Ledger};
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, UnitWeighter,
    sync::{Cache, DefaultLifecycle},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Tokens remembered, and waiting to be told of, at most.
const CAPACITY: usize = 100_000;

#[derive(Clone)]
pub(super) struct Arrivals {
    ledger: Ledger,
    seen: Arc<Cache<Fingerprint, ()>>,
    untold: Arc<Mutex<Untold>>,
}

#[derive(Default)]
struct Untold {
    tokens: Vec<Fingerprint>,
    /// Until when what came before them is kept: seconds since the epoch, by the latest of them.
    until: u64,
    is_being_told: bool,
}

impl Arrivals {
    pub fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            seen: Arc::new(remembering_the_latest()),
            untold: Arc::default(),
        }
    }

    /// Notes that a browser has this token, so that what came before it is kept only `until` then, in seconds since the epoch.
    /// What finds no room is noted by a later request of the same browser.
    pub fn note(&self, token: &Fingerprint, until: u64) {
        if self.seen.get(token).is_some() {
            return;
        }
        let mut untold = self.untold();
        // Asked for again: another request may have come first.
        if untold.tokens.len() >= CAPACITY || self.seen.get(token).is_some() {
            return;
        }
        self.seen.insert(*token, ());
        untold.tokens.push(*token);
        untold.until = untold.until.max(until);
        if !untold.is_being_told {
            untold.is_being_told = true;
            tokio::spawn(self.clone().tell());
        }
    }

    /// Tells the ledger of those who wait, until there are none. The next ones gather meanwhile.
    async fn tell(self) {
        while let Some((tokens, until)) = self.next() {
            let told = self.ledger.confirm(&tokens, until).await;
            for token in &tokens[told..] {
                self.seen.remove(token);
            }
        }
    }

    fn next(&self) -> Option<(Vec<Fingerprint>, u64)> {
        let mut untold = self.untold();
        let tokens = std::mem::take(&mut untold.tokens);
        untold.is_being_told = !tokens.is_empty();
        untold.is_being_told.then_some((tokens, untold.until))
    }

    fn untold(&self) -> MutexGuard<'_, Untold> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of `quick_cache`, which takes a fraction of the memory of moka for what is as small as this.
///
/// Hardly any room is for what was asked for often: a token is, for some minutes, and then never again.
fn remembering_the_latest() -> Cache<Fingerprint, ()> {
    let options = OptionsBuilder::new()
        .estimated_items_capacity(CAPACITY)
        .weight_capacity(CAPACITY as u64)
        .hot_allocation(0.1)
        .build()
        .expect("both capacities are named");
    let (hasher, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
    Cache::with_options(options, UnitWeighter, hasher, lifecycle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::ledger::{Claim, Kept};
    use authkit_store::sqlite_pool;
    use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};
    use std::time::Duration;

    const NOW: u64 = 1_000;
    const GRACE_ENDS: u64 = 1_060;
    const KEPT: Kept = Kept {
        until: 500_000,
        at_least: 0,
    };

    fn token(name: &str, number: usize) -> Fingerprint {
        Fingerprint::of(&format!("{name} {number}").into())
    }

    /// A ledger in which so many tokens have been exchanged, and none of the successors has arrived.
    async fn exchanged(many: usize) -> (Ledger, SqlitePool, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path().join("app.db"));
        let pool = sqlite_pool(options).await.unwrap();
        let ledger = Ledger::sqlite(pool.clone());
        ledger.migrate().await.unwrap();
        for number in 0..many {
            let old = token("old", number);
            let Ok(Claim::Ours(lease)) = ledger.claim(&old, "me".to_owned(), NOW).await else {
                panic!("no other asks for it");
            };
            let successor = token("new", number);
            lease.granted(&successor, "sealed", KEPT).await.unwrap();
        }
        (ledger, pool, folder)
    }

    /// How many predecessors are kept for the time of grace only.
    async fn begun(pool: &SqlitePool) -> i64 {
        sqlx::query_scalar("SELECT COUNT(*) FROM authkit_refresh WHERE keep_until = $1")
            .bind(GRACE_ENDS as i64)
            .fetch_one(pool)
            .await
            .unwrap()
    }

    async fn all_told(arrivals: &Arrivals) {
        while arrivals.untold().is_being_told {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn the_grace_begins_for_all_of_many_that_arrive_at_once_and_for_no_others() {
        let many = 50;
        let (ledger, pool, _folder) = exchanged(many + 1).await;
        let arrivals = Arrivals::new(ledger);
        for number in 0..many {
            arrivals.note(&token("new", number), GRACE_ENDS);
            arrivals.note(&token("new", number), GRACE_ENDS);
        }
        assert_eq!(arrivals.untold().tokens.len(), many);
        all_told(&arrivals).await;
        assert_eq!(begun(&pool).await, many as i64);
    }

    #[tokio::test]
    async fn what_the_ledger_did_not_take_is_told_when_it_arrives_again() {
        let (ledger, pool, _folder) = exchanged(1).await;
        let arrivals = Arrivals::new(ledger);
        let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
        let (table, away) = ("authkit_refresh", "away");
        sqlx::query(&rename(table, away))
            .execute(&pool)
            .await
            .unwrap();
        arrivals.note(&token("new", 0), GRACE_ENDS);
        all_told(&arrivals).await;
        sqlx::query(&rename(away, table))
            .execute(&pool)
            .await
            .unwrap();
        assert_eq!(begun(&pool).await, 0);
        arrivals.note(&token("new", 0), GRACE_ENDS);
        all_told(&arrivals).await;
        assert_eq!(begun(&pool).await, 1);
    }
}
