//! The database: SQLite, embedded, in the data folder, made at the first start; or PostgreSQL, where
//! `DATABASE_URL` names one.
//!
//! Keeps the library's ledger, what refused forms leave, in the table of `tower-sessions`, and the app's own
//! tables, which `migrations/` makes and changes.

use super::{StartError, data_folder, settings::DatabaseSettings};
use crate::{
    app::RefusedForms,
    authkit::server::Ledger,
    live::server::{Store, StoreError, connections},
};
use secrecy::ExposeSecret;
use sqlx::{
    SqlitePool,
    migrate::Migrator,
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
            Err(error) if tries > 0 && is_locked(&error) => tokio::time::sleep(OPEN_INTERVAL).await,
            Err(error) => {
                let database = settings.to_string();
                return Err(StartError::Database { database, error });
            }
        }
    }
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

async fn prepare(settings: &DatabaseSettings) -> Result<Database, StoreError> {
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

async fn sqlite(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    data_folder::prepare(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // With WAL this loses nothing to a crash of the process. A crash of the machine may take the
        // last moments: successors of refresh tokens whose answers were still on their way.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(1));
    SqlitePoolOptions::new()
        .max_connections(SQLITE_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
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
