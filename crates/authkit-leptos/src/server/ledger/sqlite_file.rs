//! An SQLite file as the ledger needs it: with a write-ahead log, and a pool that does not wait for long.
//!
//! Called by the [`Builder`](crate::server::Builder) for a file of the ledger's own, and by apps that put more into the
//! same file.

use super::Ledger;
use authkit_local::sqlite_file;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{io, path::Path, time::Duration};

/// Connections of one process: one writes at a time anyway.
const CONNECTIONS: u32 = 4;
/// How long a request may wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long SQLite waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

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

/// Why an SQLite file of the ledger's own can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteFileError {
    /// The folder or the file can't be made.
    #[error("can't open the database {path}: {error}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// The file can't be opened, or the tables can't be made.
    #[error("can't open the database {path}: {error}")]
    Database {
        /// The file.
        path: String,
        /// What SQLite said.
        error: SqlitePoolError,
    },
}

impl From<sqlx::Error> for SqlitePoolError {
    fn from(error: sqlx::Error) -> Self {
        match has_no_shared_memory(&error) {
            true => Self::NoSharedMemory(error.to_string()),
            false => Self::Database(error),
        }
    }
}

impl Ledger {
    /// A ledger in an SQLite file, for processes of one machine. The folder, the file and the tables are made where
    /// they are missing, readable by their owner only.
    ///
    /// # Errors
    /// [`SqliteFileError`] with the file's name.
    pub async fn sqlite_file(path: &Path) -> Result<Self, SqliteFileError> {
        let shown = || path.display().to_string();
        sqlite_file::prepare(path).map_err(|error| SqliteFileError::File {
            path: shown(),
            error,
        })?;
        let opening = async {
            let pool = sqlite_pool(SqliteConnectOptions::new().filename(path)).await?;
            let ledger = Self::sqlite(pool);
            ledger.migrate().await?;
            Ok(ledger)
        };
        opening.await.map_err(|error| SqliteFileError::Database {
            path: shown(),
            error,
        })
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
        .busy_timeout(BUSY_TIMEOUT);
    let pool = SqlitePoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
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
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["4618", "4874", "5130", "5386", "15"].contains(&code.as_ref()))
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
