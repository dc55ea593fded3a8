//! [`News`]: what other processes have recorded, heard of by LISTEN (PostgreSQL) or by looking every second
//! (SQLite, and PostgreSQL where a pooler keeps notifications away).

use super::{
    Change, Database, Ledger, LedgerError, Revocation,
    hearing::{are_lent, hears},
    in_time,
};
use sqlx::{
    PgPool,
    postgres::{PgListener, PgNotification},
};
use std::time::Duration;

/// PostgreSQL's channel for revocations.
pub(super) const REVOCATIONS: &str = "authkit_revocation";
/// PostgreSQL's channel for changes.
pub(super) const CHANGES: &str = "authkit_change";
/// How often the tables are looked at where nothing is heard.
const POLL: Duration = Duration::from_secs(1);
/// After so long without news on PostgreSQL the tables are looked at: a connection may have gone deaf.
const SILENCE: Duration = Duration::from_secs(30);
/// Seconds looked back each time: what is written late, or by a machine whose clock is slow, must not
/// be missed, and a repetition does no harm.
const OVERLAP: u64 = 300;

/// Where news of other processes comes from: a connection that listens, and a look at the tables now and
/// then.
pub struct News {
    ledger: Ledger,
    listener: Option<PgListener>,
    looked_at: u64,
}

/// What was heard, perhaps nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Who is let in no more.
    pub revocations: Vec<Revocation>,
    /// What is true no more.
    pub changes: Vec<Change>,
}

impl Ledger {
    /// Starts listening to other processes.
    pub async fn listen(&self, now: u64) -> Result<News, LedgerError> {
        let listener = match &self.database {
            Database::Sqlite(_) => None,
            Database::Postgres(pool) => {
                let listener = listener(pool).await?;
                if listener.is_none() {
                    tracing::warn!(
                        reason = "notifications_lost",
                        "no notification of PostgreSQL comes through, as behind a pooler in transaction mode: looking \
                         every second for what other processes record"
                    );
                }
                listener
            }
        };
        Ok(News {
            ledger: self.clone(),
            listener,
            looked_at: now,
        })
    }

    /// All that is in force and was recorded since then.
    pub async fn recorded(&self, since: u64, now: u64) -> Result<Heard, LedgerError> {
        Ok(Heard {
            revocations: self.revocations(since, now).await?,
            changes: self.changes(since, now).await?,
        })
    }
}

/// A connection that listens; `None` where it would hear nothing.
async fn listener(pool: &PgPool) -> Result<Option<PgListener>, LedgerError> {
    if are_lent(&pool.connect_options()).await? {
        return Ok(None);
    }
    let mut listener = in_time(PgListener::connect_with(pool)).await?;
    in_time(listener.listen_all([REVOCATIONS, CHANGES])).await?;
    let hears = hears(&mut listener, pool).await?;
    Ok(hears.then_some(listener))
}

impl News {
    /// What comes next. An error means that something may have been missed: listen again, then read all.
    pub async fn next(&mut self, clock: impl Fn() -> u64) -> Result<Heard, LedgerError> {
        match &mut self.listener {
            None => tokio::time::sleep(POLL).await,
            Some(listener) => match tokio::time::timeout(SILENCE, listener.try_recv()).await {
                Ok(Ok(Some(notification))) => return Ok(Heard::read(&notification)),
                Ok(Ok(None)) => return Err(LedgerError::Disconnected),
                Ok(Err(error)) => return Err(error.into()),
                // Also makes sure that the connection is still there.
                Err(_) => in_time(listener.listen(REVOCATIONS)).await?,
            },
        }
        let since = self.looked_at.saturating_sub(OVERLAP);
        self.looked_at = clock();
        self.ledger.recorded(since, self.looked_at).await
    }
}

impl Heard {
    /// Nothing, if another version of the program says what this one does not understand.
    fn read(notification: &PgNotification) -> Self {
        let payload = notification.payload();
        match notification.channel() {
            CHANGES => Self {
                changes: serde_json::from_str(payload).into_iter().collect(),
                ..Self::default()
            },
            _ => Self {
                revocations: Revocation::read(payload).into_iter().collect(),
                ..Self::default()
            },
        }
    }
}
