//! [`Ledger`]: the ledger's tables in the app's database.
//!
//! The other files of this folder each know one of the tables. None of them knows which database it is.

use authkit_store::{Store, StoreError};
use sqlx::{PgPool, SqlitePool, any::AnyRow};
use std::time::Duration;

/// How long a statement may take, with the wait for a connection.
const PATIENCE: Duration = Duration::from_secs(1);
/// How the tables came to be what they are, oldest first. What has been released never changes.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_ledger.sql")];

/// The tables that the ledger has once it is migrated, for tools that look at a database.
pub const LEDGER_TABLES: [&str; 4] = [
    "authkit_change",
    "authkit_refresh",
    "authkit_revocation",
    "authkit_token_life",
];

/// The ledger's name among the libraries whose tables are migrated, and its last migration, for the same tools.
pub const LEDGER_MIGRATIONS: (&str, i64) = (LIBRARY, MIGRATIONS.len() as i64);
const LIBRARY: &str = "authkit-leptos";

/// The ledger in the app's database. Clones share it.
#[derive(Clone, Debug)]
pub struct Ledger {
    store: Store,
}

/// Why the ledger could not be read or written. Says nothing about any session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// No answer in time: busy, or out of reach.
    #[error("the database did not answer in time")]
    Slow,
    /// The connection was lost.
    #[error("the connection to the database was lost")]
    Disconnected,
    /// The database's own words.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// Another fault of the store.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for LedgerError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Slow => Self::Slow,
            StoreError::Unconfirmed => Self::Disconnected,
            StoreError::Database(error) => Self::Database(error),
            other => Self::Store(other),
        }
    }
}

impl Ledger {
    /// A ledger in the database that the app uses too.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        Self {
            store: store.clone().with_patience(PATIENCE),
        }
    }

    /// A ledger in an SQLite file, for processes of one machine. WAL mode is recommended.
    #[must_use]
    pub fn sqlite(pool: SqlitePool) -> Self {
        Self::new(&pool.into())
    }

    /// A ledger in PostgreSQL, for any number of machines.
    #[must_use]
    pub fn postgres(pool: PgPool) -> Self {
        Self::new(&pool.into())
    }

    /// Makes the tables, or brings those of an older version to what this one needs.
    ///
    /// # Errors
    /// [`StoreError::NewerLibrary`] for a database that a newer version has used, or the database's own.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.store.migrate(LIBRARY, MIGRATIONS).await
    }

    /// Removes what is kept no longer.
    pub(in crate::server) async fn sweep(&self, now: u64) -> Result<(), LedgerError> {
        for statement in [
            "DELETE FROM authkit_refresh WHERE keep_until < $1",
            "DELETE FROM authkit_revocation WHERE deny_until < $1",
            "DELETE FROM authkit_change WHERE keep_until < $1",
        ] {
            let statement = sqlx::query(statement).bind(seconds(now));
            self.store.execute(statement).await?;
        }
        Ok(())
    }

    /// The database.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// All rows of a statement that reads.
    pub(super) async fn rows<'q, T>(&self, statement: Rows<'q, T>) -> Result<Vec<T>, LedgerError>
    where
        T: for<'r> sqlx::FromRow<'r, AnyRow> + Send + Unpin,
    {
        let read = async {
            let mut connection = self.store.connection().await?;
            statement.fetch_all(&mut connection).await
        };
        Ok(self.store.in_time(read).await?)
    }
}

/// A statement whose rows are of this type.
pub(super) type Rows<'q, T> = sqlx::query::QueryAs<'q, sqlx::Any, T, sqlx::any::AnyArguments<'q>>;

/// A date as the tables hold it.
pub(super) fn seconds(date: u64) -> i64 {
    i64::try_from(date).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use authkit_store::sqlite_pool;
    use sqlx::sqlite::SqliteConnectOptions;

    #[tokio::test]
    async fn the_tables_of_a_ledger_that_knew_no_numbers_are_taken_over_with_their_rows() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path().join("app.db"));
        let pool = sqlite_pool(options).await.unwrap();
        // What version 0.2 made.
        sqlx::raw_sql(
            "CREATE TABLE authkit_revocation (id TEXT NOT NULL PRIMARY KEY, deny_until BIGINT NOT NULL, \
             recorded_at BIGINT NOT NULL); \
             CREATE INDEX authkit_revocation_recorded ON authkit_revocation (recorded_at); \
             INSERT INTO authkit_revocation VALUES ('session_old', 9999999999, 1)",
        )
        .execute(&pool)
        .await
        .unwrap();
        let ledger = Ledger::sqlite(pool.clone());
        ledger.migrate().await.unwrap();
        ledger.migrate().await.unwrap();
        let revoked = ledger.revocations(0, 1).await.unwrap();
        assert_eq!(revoked[0].id, "session_old");
        for table in LEDGER_TABLES {
            let count = format!("SELECT COUNT(*) FROM {table}");
            let count: i64 = sqlx::query_scalar(&count).fetch_one(&pool).await.unwrap();
            assert_eq!(count, i64::from(table == "authkit_revocation"), "{table}");
        }
    }

    #[tokio::test]
    async fn a_ledger_of_a_newer_version_is_refused_and_both_numbers_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("app.db")).await.unwrap();
        let newer = [
            MIGRATIONS,
            &["ALTER TABLE authkit_refresh ADD COLUMN more TEXT"],
        ]
        .concat();
        store.migrate(LIBRARY, &newer).await.unwrap();
        let refused = Ledger::new(&store).migrate().await.unwrap_err().to_string();
        assert!(
            refused.contains("migration 2 of authkit-leptos") && refused.contains("up to 1"),
            "{refused}"
        );
    }
}
