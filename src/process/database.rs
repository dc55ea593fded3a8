//! The database: embedded SQLite in the data folder, created at the first start, or the PostgreSQL of `DATABASE_URL`.
//!
//! Has the library's ledger, the refused forms in the table of `tower-sessions`, and the app's own tables, which
//! `migrations/` creates and changes.

use super::{StartError, settings::DatabaseSettings};
use crate::refused_form::RefusedForms;
pub use authkit_cli::POOLER_FIX;
use authkit_cli::loses_statements;
use authkit_leptos::server::Ledger;
use authkit_live::server::{Store, StoreError, connections};
use authkit_local::sqlite_file;
use secrecy::ExposeSecret;
use sqlx::{
    SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};
use tower_sessions::{ExpiredDeletion, SessionStore};
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

/// How often expired forms are deleted.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);
/// Connections to an SQLite file: one writes at a time anyway.
const SQLITE_CONNECTIONS: u32 = 4;
/// Connections to PostgreSQL, one of which listens.
const POSTGRES_CONNECTIONS: u32 = 11;
/// How long a request may wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// How often, and how long apart, a database is tried to be opened that another process has.
const OPEN_TRIES: u32 = 50;
const OPEN_INTERVAL: Duration = Duration::from_millis(100);

/// How the app's tables came to be what they are, oldest first.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// An open database, ready for use and kept swept.
pub struct Database {
    /// The app's own tables.
    pub store: Store,
    /// State of the login that processes share.
    pub ledger: Ledger,
    /// The refused forms.
    pub refused_forms: RefusedForms,
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
            Err(Failed::Store(error)) if tries > 0 && is_locked(&error) => {
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
        if no_shared_memory(&error) {
            Self::NoSharedMemory(error.to_string())
        } else if loses_statements(&error) {
            Self::Pooler(error.to_string())
        } else {
            Self::Store(error.into())
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

/// Whether SQLite has failed at the shared memory of its WAL: `SQLITE_IOERR_SHMOPEN`, `_SHMSIZE`, `_SHMLOCK` and
/// `_SHMMAP`, and `SQLITE_PROTOCOL`, for locks that do not hold.
fn no_shared_memory(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["4618", "4874", "5130", "5386", "15"].contains(&code.as_ref()))
}

/// Whether another process has the SQLite file: `SQLITE_BUSY` and its extended codes.
fn is_locked(error: &StoreError) -> bool {
    let StoreError::Database(sqlx::Error::Database(error)) = error else {
        return false;
    };
    error
        .code()
        .is_some_and(|code| ["5", "261", "517"].contains(&code.as_ref()))
}

async fn prepare(settings: &DatabaseSettings) -> Result<Database, Failed> {
    // The app's tables first: a database that is newer than the program is left unchanged.
    match settings {
        DatabaseSettings::Sqlite(path) => {
            let pool = sqlite(path).await?;
            let store = Store::sqlite(path).await?;
            store.migrate(&MIGRATIONS).await?;
            let ledger = Ledger::sqlite(pool.clone());
            ledger.migrate().await?;
            let sessions = SqliteStore::new(pool);
            sessions.migrate().await?;
            Ok(Database::of(store, ledger, sessions))
        }
        DatabaseSettings::Postgres(url) => {
            let url = url.expose_secret();
            let options = PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(ACQUIRE_TIMEOUT);
            let pool = connections::postgres(options).connect(url).await?;
            let store = Store::postgres(url).await?;
            store.migrate(&MIGRATIONS).await?;
            let ledger = Ledger::postgres(pool.clone());
            ledger.migrate().await?;
            let sessions = PostgresStore::new(pool);
            sessions.migrate().await?;
            Ok(Database::of(store, ledger, sessions))
        }
    }
}

impl Database {
    fn of<S>(store: Store, ledger: Ledger, sessions: S) -> Self
    where
        S: SessionStore + ExpiredDeletion + Clone,
    {
        let refused_forms = RefusedForms::new(sessions.clone());
        tokio::spawn(sweep(sessions));
        Self {
            store,
            ledger,
            refused_forms,
        }
    }
}

async fn sqlite(path: &Path) -> Result<SqlitePool, Failed> {
    sqlite_file::prepare(path).map_err(sqlx::Error::from)?;
    sqlite_with(SqliteConnectOptions::new().filename(path)).await
}

/// In WAL mode: without it readers would wait for writers, and a second process for the first.
async fn sqlite_with(options: SqliteConnectOptions) -> Result<SqlitePool, Failed> {
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // With WAL a crash of the process loses nothing. A crash of the machine may lose the last transactions:
        // successors of refresh tokens whose answers were not sent yet.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(1));
    let pool = SqlitePoolOptions::new()
        .max_connections(SQLITE_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
    // SQLite may choose another mode than WAL without an error.
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&pool)
        .await?;
    match mode.eq_ignore_ascii_case("wal") {
        true => Ok(pool),
        false => Err(Failed::NoSharedMemory(format!(
            "its journal mode is {mode}"
        ))),
    }
}

async fn sweep(store: impl ExpiredDeletion) {
    let mut interval = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        interval.tick().await;
        if let Err(error) = store.delete_expired().await {
            tracing::warn!(%error, "expired forms could not be removed");
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_system_without_shared_memory_is_told_and_no_other_journal_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path().join("app.db"));
        // A VFS of SQLite that locks with separate files and has no shared memory.
        let refused = sqlite_with(options.clone().vfs("unix-dotfile")).await;
        let Err(Failed::NoSharedMemory(said)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(said, "its journal mode is delete");
        sqlite_with(options).await.unwrap();
    }

    #[tokio::test]
    async fn an_error_of_another_kind_stays_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path());
        let refused = sqlite_with(options).await;
        assert!(matches!(refused, Err(Failed::Store(_))), "{refused:?}");
    }
}
