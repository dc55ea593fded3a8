//! What processes of one app tell each other through their database: who exchanges which refresh
//! token, for what, which sessions have been revoked, what has changed, and how long tokens live.
//!
//! Used by `refresh`, `revoked` and `changes`. Holds fingerprints and sealed sessions, never a token. A request
//! whose access token is good never depends on it.

mod changes;
mod hearing;
mod news;
mod refreshes;
mod revocations;
mod sqlite_file;
mod token_life;

pub(super) use changes::{About, Change};
pub use hearing::{are_lent, hears};
pub(super) use news::Heard;
pub(super) use refreshes::{Claim, Fingerprint, Kept, Lease};
pub(super) use revocations::Revocation;
pub use sqlite_file::{SqliteFileError, SqlitePoolError, has_no_shared_memory, sqlite_pool};

use sqlx::{Executor, PgPool, SqlitePool};
use std::time::Duration;

/// How long a statement may take, with the wait for a connection.
const PATIENCE: Duration = Duration::from_secs(1);
/// Names the lock under which the tables are made: any number, the same in all processes.
const SCHEMA_LOCK: i64 = 0x6175_7468_6b69_7401;

/// The ledger in the app's database. Clones share it.
#[derive(Clone, Debug)]
pub struct Ledger {
    database: Database,
}

#[derive(Clone, Debug)]
enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Why the ledger could not be read or written. Says nothing about any session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// No answer in time: busy, or out of reach.
    #[error("the database did not answer in time")]
    Slow,
    /// The connection that listens was lost.
    #[error("the connection to the database was lost")]
    Disconnected,
    /// The database's own words.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// The same statement on either database.
macro_rules! on {
    ($database:expr, $pool:ident => $statement:expr) => {
        match $database {
            $crate::server::ledger::Database::Sqlite($pool) => $statement,
            $crate::server::ledger::Database::Postgres($pool) => $statement,
        }
    };
}
use on;

impl Ledger {
    /// A ledger in an SQLite file, for processes of one machine. WAL mode is recommended.
    #[must_use]
    pub fn sqlite(pool: SqlitePool) -> Self {
        let database = Database::Sqlite(pool);
        Self { database }
    }

    /// A ledger in PostgreSQL, for any number of machines.
    #[must_use]
    pub fn postgres(pool: PgPool) -> Self {
        let database = Database::Postgres(pool);
        Self { database }
    }

    /// Makes the tables where they are missing.
    ///
    /// # Errors
    /// The database's own.
    pub async fn migrate(&self) -> Result<(), sqlx::Error> {
        let schema = sqlx::raw_sql(include_str!("schema.sql"));
        match &self.database {
            Database::Sqlite(pool) => pool.execute(schema).await.map(drop),
            Database::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                // Processes that start together would trip over each other's CREATE TABLE.
                sqlx::query("SELECT pg_advisory_xact_lock($1)")
                    .bind(SCHEMA_LOCK)
                    .execute(&mut *transaction)
                    .await?;
                transaction.execute(schema).await?;
                transaction.commit().await
            }
        }
    }

    /// Removes what is kept no longer.
    pub(super) async fn sweep(&self, now: u64) -> Result<(), LedgerError> {
        for statement in [
            "DELETE FROM authkit_refresh WHERE keep_until < $1",
            "DELETE FROM authkit_revocation WHERE deny_until < $1",
            "DELETE FROM authkit_change WHERE keep_until < $1",
        ] {
            on!(&self.database, pool => {
                in_time(sqlx::query(statement).bind(seconds(now)).execute(pool)).await?;
            });
        }
        Ok(())
    }
}

async fn in_time<T>(
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, LedgerError> {
    match tokio::time::timeout(PATIENCE, statement).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(LedgerError::Slow),
    }
}

/// A transaction, in a task of its own: left alone while it begins, `sqlx` 0.8 would hand out the connection
/// again with the transaction open.
async fn to_the_end(
    transaction: impl Future<Output = Result<(), sqlx::Error>> + Send + 'static,
) -> Result<(), LedgerError> {
    let transaction = tokio::spawn(transaction);
    in_time(async { transaction.await.map_err(|_| sqlx::Error::WorkerCrashed)? }).await
}

/// A date as the tables hold it.
fn seconds(date: u64) -> i64 {
    i64::try_from(date).unwrap_or(i64::MAX)
}
