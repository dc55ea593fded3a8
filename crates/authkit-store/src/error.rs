//! [`StoreError`]: why the database could not be read, written or migrated.
//!
//! Returned by every part of the store. Says nothing about any row.

use sqlx::{error::ErrorKind, migrate::MigrateError};

/// Why the database could not be read or written. Nothing was changed, except after [`Unconfirmed`](Self::Unconfirmed).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database is busy or out of reach. Trying again may help.
    #[error("the database did not answer in time")]
    Slow,
    /// The connection was lost, or took too long, during a commit: the transaction may have been committed.
    #[error("the database did not confirm the commit")]
    Unconfirmed,
    /// The database's own words.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The app's tables can't be brought to what this program needs.
    #[error("the database can't be migrated: {0}")]
    Migration(MigrateError),
    /// The app's tables were migrated by a newer program.
    #[error(
        "the database has migration {0}, which this program does not know: it is newer than the program. \
         Start the newer program, or name another database"
    )]
    Newer(i64),
    /// A migration of the app was edited after this database had applied it.
    #[error(
        "migration {0} was edited after this database had applied it. Restore the file and put the change into \
         a new migration; in development, a new database (another DATA_DIR, or the old app.db removed) does, too"
    )]
    Edited(i64),
    /// A migration of a feature of the app was edited after this database had applied it.
    #[error(
        "migration {number} of the feature {feature} was edited after this database had applied it. Restore it and put \
         the change into a new migration; in development, a new database (another DATA_DIR, or the old app.db \
         removed) does, too"
    )]
    EditedFeature {
        /// The feature's name.
        feature: String,
        /// The migration's number.
        number: i64,
    },
    /// A library's tables were migrated by a newer program.
    #[error(
        "the database has migration {found} of {library}, and this program knows migrations up to {known}: the \
         database is newer than the program. Start the newer program, or name another database"
    )]
    NewerLibrary {
        /// The library's name.
        library: String,
        /// The last migration that the database has had.
        found: i64,
        /// The last migration that this program knows.
        known: i64,
    },
    /// A library's migration is another one than the database has had under its number.
    #[error(
        "migration {number} of {library} is another one than this database has had: use a released version of \
         {library}, or name another database"
    )]
    EditedLibrary {
        /// The library's name.
        library: String,
        /// The migration's number.
        number: i64,
    },
}

impl StoreError {
    /// Whether the database has answered, and would answer the same again: a constraint is not met, a row or
    /// column is not there, a type does not fit. A mistake in the app.
    #[must_use]
    pub fn is_final(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        match error {
            // All that databases have a name of their own for, such as being shut down.
            sqlx::Error::Database(error) => error.kind() != ErrorKind::Other,
            sqlx::Error::RowNotFound
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::Encode(_)
            | sqlx::Error::Decode(_) => true,
            _ => false,
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Newer(version),
            MigrateError::VersionTooNew(version, _) => Self::Newer(version),
            MigrateError::VersionMismatch(version) => Self::Edited(version),
            other => Self::Migration(other),
        }
    }
}
