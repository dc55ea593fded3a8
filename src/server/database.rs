//! The database: SQLite, embedded, in the data folder, made at the first start; or PostgreSQL, where
//! `DATABASE_URL` names one.
//!
//! Keeps the library's ledger, what refused forms leave, in the table of `tower-sessions`, and the app's own
//! tables, which `migrations/` makes and changes.

use super::{StartError, settings::DatabaseSettings};
use crate::app::RefusedForms;
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

/// How often expired forms are swept out.
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
    /// What the login's processes share.
    pub ledger: Ledger,
    /// What refused forms leave.
    pub refused_forms: RefusedForms,
}

/// Opens the database and brings its tables to what this program needs.
///
/// Processes that start together on one SQLite file are in each other's way while the first of them makes its
/// tables, longer than a request would wait: the others try again.
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
    /// What SQLite said where it wanted shared memory.
    NoSharedMemory(String),
    /// What PostgreSQL said of a statement that was prepared on another connection.
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

/// What to do about a pooler that loses prepared statements.
pub const POOLER_FIX: &str = "use PgBouncer 1.21 or later with max_prepared_statements above 0, let it pool sessions \
                              (pool_mode = session), or name PostgreSQL itself in DATABASE_URL";

/// Whether a statement that was prepared is not there any more, or one of its name is there already: a pooler lends
/// connections for a transaction, and does not keep up with what is prepared on them.
pub fn loses_statements(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    // PostgreSQL's duplicate_prepared_statement and invalid_sql_statement_name.
    code.is_some_and(|code| ["42P05", "26000"].contains(&code.as_ref()))
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
    // First the app's tables: a database that is newer than the program is left as it is.
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
        // With WAL this loses nothing to a crash of the process. A crash of the machine may take the
        // last moments: successors of refresh tokens whose answers were still on their way.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(1));
    let pool = SqlitePoolOptions::new()
        .max_connections(SQLITE_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
    // SQLite is asked for WAL and may answer with another mode, which is no error to it.
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
        // One of SQLite's own ways to files, which locks by files beside them and has no shared memory.
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
