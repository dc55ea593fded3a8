//! Revoked sessions and users, told to every process: written once, read at the start, and heard of
//! by LISTEN (PostgreSQL) or by looking every second (SQLite).

use super::{Database, Ledger, LedgerError, in_time, on, seconds};
use sqlx::postgres::PgListener;
use std::time::Duration;

/// How often an SQLite file is looked at.
const POLL: Duration = Duration::from_secs(1);
/// Seconds looked back each time: what is written late must not be missed, and a repetition does no
/// harm.
const OVERLAP: u64 = 10;
/// The channel of PostgreSQL's notifications.
const CHANNEL: &str = "authkit_revocation";

/// A session or a user that is let in no more.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Revocation {
    /// `session_…` or `user_…`.
    pub id: String,
    /// Seconds since the epoch until when tokens of theirs may be valid.
    pub deny_until: i64,
}

/// Where news of other processes comes from.
pub enum News {
    /// A look at the table every second; the time of the last one.
    Sqlite(Ledger, u64),
    /// A connection that listens.
    Postgres(Ledger, Box<PgListener>),
}

impl Ledger {
    /// Records a revocation and tells the other processes.
    pub async fn revoke(&self, revocation: &Revocation, now: u64) -> Result<(), LedgerError> {
        let statement = "INSERT INTO authkit_revocation (id, deny_until, recorded_at) \
             VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE \
             SET deny_until = excluded.deny_until, recorded_at = excluded.recorded_at";
        on!(&self.database, pool => {
            let statement = sqlx::query(statement)
                .bind(&revocation.id)
                .bind(revocation.deny_until)
                .bind(seconds(now));
            in_time(statement.execute(pool)).await?;
        });
        if let Database::Postgres(pool) = &self.database {
            let notify = sqlx::query("SELECT pg_notify($1, $2)")
                .bind(CHANNEL)
                .bind(format!("{} {}", revocation.deny_until, revocation.id));
            in_time(notify.execute(pool)).await?;
        }
        Ok(())
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
        match &self.database {
            Database::Sqlite(_) => Ok(News::Sqlite(self.clone(), now)),
            Database::Postgres(pool) => {
                let mut listener = in_time(PgListener::connect_with(pool)).await?;
                in_time(listener.listen(CHANNEL)).await?;
                Ok(News::Postgres(self.clone(), Box::new(listener)))
            }
        }
    }
}

impl News {
    /// The next revocations, when there are any. An error means that some may have been missed: listen
    /// again, then read them all.
    pub async fn next(&mut self, clock: impl Fn() -> u64) -> Result<Vec<Revocation>, LedgerError> {
        match self {
            Self::Sqlite(ledger, last) => {
                tokio::time::sleep(POLL).await;
                let now = clock();
                let news = ledger
                    .revocations(last.saturating_sub(OVERLAP), now)
                    .await?;
                *last = now;
                Ok(news)
            }
            Self::Postgres(_, listener) => match listener.try_recv().await? {
                Some(notification) => Ok(parse(notification.payload()).into_iter().collect()),
                None => Err(LedgerError::Slow),
            },
        }
    }
}

fn parse(payload: &str) -> Option<Revocation> {
    let (deny_until, id) = payload.split_once(' ')?;
    Some(Revocation {
        id: id.to_owned(),
        deny_until: deny_until.parse().ok()?,
    })
}
