//! A ledger in an SQLite file of its own.
//!
//! Called by the [`Builder`](crate::server::Builder).

use super::tables::Ledger;
use authkit_local::sqlite_file;
use authkit_store::{SqlitePoolError, Store, StoreError};
use std::{io, path::Path};

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
    /// The file can't be opened.
    #[error("can't open the database {path}: {error}")]
    Database {
        /// The file.
        path: String,
        /// What SQLite said.
        error: SqlitePoolError,
    },
    /// The tables can't be made, or a newer version has made them.
    #[error("can't use the database {path}: {error}")]
    Tables {
        /// The file.
        path: String,
        /// Why not.
        error: StoreError,
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
        let store = Store::sqlite(path).await;
        let store = store.map_err(|error| SqliteFileError::Database {
            path: shown(),
            error,
        })?;
        let ledger = Self::new(&store);
        let migrated = ledger.migrate().await;
        migrated.map_err(|error| SqliteFileError::Tables {
            path: shown(),
            error,
        })?;
        Ok(ledger)
    }
}
