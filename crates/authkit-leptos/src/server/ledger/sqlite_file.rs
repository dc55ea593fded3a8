//! [`Ledger::sqlite_file`]: an SQLite file of its own for the ledger, opened as the ledger needs it.
//!
//! Called by the [`Builder`](crate::server::Builder), and by apps that put more into the same file.

use super::Ledger;
use authkit_local::sqlite_file;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{io, path::Path, time::Duration};

/// Connections of one process. Writers take turns whatever their number.
const CONNECTIONS: u32 = 4;
/// How long to wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);
/// How long SQLite waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// Why an SQLite file can't be used.
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
    /// What SQLite said.
    #[error("can't open the database {path}: {error}")]
    Database {
        /// The file.
        path: String,
        /// SQLite's own words.
        error: sqlx::Error,
    },
    /// SQLite did not switch to a write-ahead log.
    #[error(
        "can't open the database {path}: its file system has no shared memory, which SQLite's WAL needs (its journal mode \
         is {mode}). It is a network share, or a folder that a container mounts: name a file on a disk of this machine"
    )]
    NoSharedMemory {
        /// The file.
        path: String,
        /// The mode that SQLite is in instead.
        mode: String,
    },
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
        let failed = |error| SqliteFileError::Database {
            path: shown(),
            error,
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            // Without it readers would wait for writers, and a second process for the first.
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT);
        let pool: SqlitePool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await
            .map_err(failed)?;
        // SQLite is asked for WAL and may answer with another mode, which is no error to it.
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&pool)
            .await
            .map_err(failed)?;
        if !mode.eq_ignore_ascii_case("wal") {
            return Err(SqliteFileError::NoSharedMemory {
                path: shown(),
                mode,
            });
        }
        let ledger = Self::sqlite(pool);
        ledger.migrate().await.map_err(failed)?;
        Ok(ledger)
    }
}
