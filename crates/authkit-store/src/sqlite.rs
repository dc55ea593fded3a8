//! An SQLite file as the store needs it: with a write-ahead log, and a pool that does not wait for long.
//!
//! Called by [`Store`](crate::Store), and by apps that make the pool themselves.

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::time::Duration;

/// Connections of one process, of which one writes at a time, and one listens.
pub(crate) const CONNECTIONS: u32 = 9;
/// How long a request may wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long SQLite waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);
/// How often, and how long apart, a file is tried to be opened that another process is making.
const OPEN_TRIES: u32 = 20;
const OPEN_INTERVAL: Duration = Duration::from_millis(100);

/// Why an SQLite file can't be opened with a write-ahead log.
#[derive(Debug, thiserror::Error)]
pub enum SqlitePoolError {
    /// What SQLite said where it wanted shared memory.
    #[error(
        "its file system has no shared memory, which SQLite's WAL needs ({0}). It is a network share, or a folder that a \
         container mounts: name a file on a disk of this machine"
    )]
    NoSharedMemory(String),
    /// SQLite's own words.
    #[error(transparent)]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for SqlitePoolError {
    fn from(error: sqlx::Error) -> Self {
        match has_no_shared_memory(&error) {
            true => Self::NoSharedMemory(error.to_string()),
            false => Self::Database(error),
        }
    }
}

/// Opens an SQLite file in WAL mode: without it readers would wait for writers, and a second process for the first.
///
/// # Errors
/// [`SqlitePoolError`].
pub async fn sqlite_pool(options: SqliteConnectOptions) -> Result<SqlitePool, SqlitePoolError> {
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // With WAL a crash of the process loses nothing. A crash of the machine may lose the last transactions:
        // successors of refresh tokens whose answers were not sent yet.
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    let mut tries = OPEN_TRIES;
    let pool = loop {
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A connection is tested when it comes back, and a file does not hang up meanwhile.
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await;
        match pool {
            Err(error) if tries > 0 && is_locked(&error) => {
                tries -= 1;
                tokio::time::sleep(OPEN_INTERVAL).await;
            }
            pool => break pool?,
        }
    };
    // SQLite may choose another mode than WAL without an error.
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&pool)
        .await?;
    match mode.eq_ignore_ascii_case("wal") {
        true => Ok(pool),
        false => Err(SqlitePoolError::NoSharedMemory(format!(
            "its journal mode is {mode}"
        ))),
    }
}

/// Whether SQLite has failed at the shared memory of its WAL: `SQLITE_IOERR_SHMOPEN`, `_SHMSIZE`, `_SHMLOCK` and
/// `_SHMMAP`, and `SQLITE_PROTOCOL`, for locks that do not hold.
#[must_use]
pub fn has_no_shared_memory(error: &sqlx::Error) -> bool {
    has_code(error, &["4618", "4874", "5130", "5386", "15"])
}

/// Whether another process has the SQLite file: `SQLITE_BUSY` and its extended codes.
#[must_use]
pub fn is_locked(error: &sqlx::Error) -> bool {
    has_code(error, &["5", "261", "517"])
}

fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| codes.contains(&code.as_ref()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_system_without_shared_memory_is_told_and_no_other_journal_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path().join("app.db"));
        // A VFS of SQLite that locks with separate files and has no shared memory.
        let refused = sqlite_pool(options.clone().vfs("unix-dotfile")).await;
        let Err(SqlitePoolError::NoSharedMemory(said)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(said, "its journal mode is delete");
        sqlite_pool(options).await.unwrap();
    }

    #[tokio::test]
    async fn an_error_of_another_kind_stays_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path());
        let refused = sqlite_pool(options).await;
        assert!(
            matches!(refused, Err(SqlitePoolError::Database(_))),
            "{refused:?}"
        );
    }
}
