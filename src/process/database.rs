//! The database: embedded SQLite in the data folder, created at the first start, or the PostgreSQL of `DATABASE_URL`.
//!
//! Has the ledger of the login, the tables of live queries, and the app's own, which `migrations/` and the folders of
//! features create and change.

use super::{StartError, settings::DatabaseSettings};
use crate::features::features;
pub use authkit_cli::POOLER_FIX;
use authkit_leptos::server::Ledger;
use authkit_live::server::Store;
use authkit_local::sqlite_file;
use authkit_store::{
    SqlitePoolError, StoreError, has_no_shared_memory, is_locked, loses_statements,
};
use secrecy::ExposeSecret;
use sqlx::migrate::{MigrateError, Migrator};
use std::time::Duration;

/// How often, and how long apart, a database is tried to be opened that another process has.
const OPEN_TRIES: u32 = 50;
const OPEN_INTERVAL: Duration = Duration::from_millis(100);

/// How the app's tables came to be what they are, oldest first.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// An open database, ready for use.
pub struct Database {
    /// The app's own tables.
    pub store: Store,
    /// State of the login that processes share.
    pub ledger: Ledger,
}

/// Opens the database and migrates its tables.
///
/// Of processes that start together on one SQLite file, the first locks it while it creates the tables, longer than a
/// request would wait: the others try again.
pub async fn open(settings: &DatabaseSettings) -> Result<Database, StartError> {
    let mut tries = OPEN_TRIES;
    loop {
        tries -= 1;
        match prepare(settings).await {
            Ok(database) => return Ok(database),
            Err(Failed::Store(StoreError::Database(error))) if tries > 0 && is_locked(&error) => {
                tokio::time::sleep(OPEN_INTERVAL).await;
            }
            Err(failed) => {
                let database = settings.to_string();
                return Err(match failed {
                    Failed::Store(error) => StartError::Database { database, error },
                    Failed::NoSharedMemory(said) => StartError::NoSharedMemory { database, said },
                    Failed::Pooler(said) => StartError::Pooler { database, said },
                });
            }
        }
    }
}

/// Why a database can't be opened.
#[derive(Debug)]
enum Failed {
    Store(StoreError),
    /// The error of SQLite about shared memory.
    NoSharedMemory(String),
    /// The error of PostgreSQL about a statement that was prepared on another connection.
    Pooler(String),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        if has_no_shared_memory(&error) {
            Self::NoSharedMemory(error.to_string())
        } else if loses_statements(&error) {
            Self::Pooler(error.to_string())
        } else {
            Self::Store(error.into())
        }
    }
}

impl From<SqlitePoolError> for Failed {
    fn from(error: SqlitePoolError) -> Self {
        match error {
            SqlitePoolError::NoSharedMemory(said) => Self::NoSharedMemory(said),
            SqlitePoolError::Database(error) => error.into(),
        }
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) => error.into(),
            StoreError::Migration(
                MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _),
            ) if loses_statements(&error) => error.into(),
            error => Self::Store(error),
        }
    }
}

async fn prepare(settings: &DatabaseSettings) -> Result<Database, Failed> {
    let store = match settings {
        DatabaseSettings::Sqlite(path) => {
            sqlite_file::prepare(path).map_err(sqlx::Error::from)?;
            authkit_store::Store::sqlite(path).await?
        }
        DatabaseSettings::Postgres(url) => {
            authkit_store::Store::postgres(url.expose_secret()).await?
        }
    };
    let app = Store::from(store.clone());
    // The app's tables first: a database that is newer than the program is left unchanged.
    app.migrate(&MIGRATIONS).await?;
    features().migrate(&app).await?;
    let ledger = Ledger::new(&store);
    ledger.migrate().await?;
    Ok(Database { store: app, ledger })
}
