//! Revoked sessions and users, told to every process: written once, read at the start, and heard of
//! by LISTEN (PostgreSQL) or by looking every second (SQLite).

use super::{Database, Ledger, LedgerError, in_time, on, seconds};
use sqlx::postgres::PgListener;
use std::time::Duration;

/// How often an SQLite file is looked at.
const POLL: Duration = Duration::from_secs(1);
/// After so long without news on PostgreSQL the table is looked at: a connection may have gone deaf.
const SILENCE: Duration = Duration::from_secs(30);
/// Seconds looked back each time: what is written late, or by a machine whose clock is slow, must not
/// be missed, and a repetition does no harm.
const OVERLAP: u64 = 300;
/// The channel of PostgreSQL's notifications.
const CHANNEL: &str = "authkit_revocation";

/// A session or a user that is let in no more, or a session's stay in an organization that is over.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Revocation {
    /// `session_…`, `user_…` or `session_…@org_…`.
    pub id: String,
    /// Seconds since the epoch until when tokens of theirs may be valid.
    pub deny_until: i64,
}

/// Where news of other processes comes from: a connection that listens, and a look at the table now and
/// then.
pub struct News {
    ledger: Ledger,
    listener: Option<PgListener>,
    looked_at: u64,
}

impl Ledger {
    /// Records a revocation, in place of another if need be, and tells the other processes.
    pub async fn revoke(
        &self,
        revocation: &Revocation,
        instead_of: Option<&str>,
        now: u64,
    ) -> Result<(), LedgerError> {
        let statement = "INSERT INTO authkit_revocation (id, deny_until, recorded_at) \
             VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE \
             SET recorded_at = excluded.recorded_at, deny_until = \
                 CASE WHEN excluded.deny_until > authkit_revocation.deny_until \
                 THEN excluded.deny_until ELSE authkit_revocation.deny_until END";
        let (database, revocation) = (self.database.clone(), revocation.clone());
        let instead_of = instead_of.map(str::to_owned);
        // In a task of its own: left alone while it begins, `sqlx` 0.8 would hand out the connection again
        // with the transaction open.
        let recording = tokio::spawn(async move {
            on!(&database, pool => {
                let mut transaction = pool.begin().await?;
                if let Some(id) = instead_of {
                    sqlx::query("DELETE FROM authkit_revocation WHERE id = $1")
                        .bind(id)
                        .execute(&mut *transaction)
                        .await?;
                }
                sqlx::query(statement)
                    .bind(&revocation.id)
                    .bind(revocation.deny_until)
                    .bind(seconds(now))
                    .execute(&mut *transaction)
                    .await?;
                if let Database::Postgres(_) = &database {
                    sqlx::query("SELECT pg_notify($1, $2)")
                        .bind(CHANNEL)
                        .bind(format!("{} {}", revocation.deny_until, revocation.id))
                        .execute(&mut *transaction)
                        .await?;
                }
                transaction.commit().await
            })
        });
        in_time(async { recording.await.map_err(|_| sqlx::Error::WorkerCrashed)? }).await
    }

    /// All revocations still in force that were recorded since then.
    pub async fn revocations(&self, since: u64, now: u64) -> Result<Vec<Revocation>, LedgerError> {
        let statement = "SELECT id, deny_until FROM authkit_revocation \
             WHERE recorded_at >= $1 AND deny_until > $2";
        on!(&self.database, pool => {
            let statement = sqlx::query_as(statement).bind(seconds(since)).bind(seconds(now));
            in_time(statement.fetch_all(pool)).await
        })
    }

    /// Starts listening for other processes' revocations.
    pub async fn listen(&self, now: u64) -> Result<News, LedgerError> {
        let listener = match &self.database {
            Database::Sqlite(_) => None,
            Database::Postgres(pool) => {
                let mut listener = in_time(PgListener::connect_with(pool)).await?;
                in_time(listener.listen(CHANNEL)).await?;
                Some(listener)
            }
        };
        Ok(News {
            ledger: self.clone(),
            listener,
            looked_at: now,
        })
    }
}

impl News {
    /// The next revocations, perhaps none. An error means that some may have been missed: listen
    /// again, then read them all.
    pub async fn next(&mut self, clock: impl Fn() -> u64) -> Result<Vec<Revocation>, LedgerError> {
        match &mut self.listener {
            None => tokio::time::sleep(POLL).await,
            Some(listener) => match tokio::time::timeout(SILENCE, listener.try_recv()).await {
                Ok(Ok(Some(news))) => return Ok(parse(news.payload()).into_iter().collect()),
                Ok(Ok(None)) => return Err(LedgerError::Disconnected),
                Ok(Err(error)) => return Err(error.into()),
                // Also makes sure that the connection is still there.
                Err(_) => in_time(listener.listen(CHANNEL)).await?,
            },
        }
        let since = self.looked_at.saturating_sub(OVERLAP);
        self.looked_at = clock();
        self.ledger.revocations(since, self.looked_at).await
    }
}

fn parse(payload: &str) -> Option<Revocation> {
    let (deny_until, id) = payload.split_once(' ')?;
    Some(Revocation {
        id: id.to_owned(),
        deny_until: deny_until.parse().ok()?,
    })
}
