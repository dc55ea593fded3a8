//! The database: SQLite, embedded, in the data folder, made at the first start; or PostgreSQL, where
//! `DATABASE_URL` names one.
//!
//! Keeps sign-in attempts, in the table of `tower-sessions`, the library's ledger, and the app's own
//! tables, which `migrations/` makes and changes.

use super::{StartError, data_folder, settings::DatabaseSettings};
use crate::{
    authkit::server::Ledger,
    live::server::{Store, StoreError},
};
use secrecy::ExposeSecret;
use sqlx::{
    PgPool, SqlitePool,
    migrate::Migrator,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};
use tower_sessions::ExpiredDeletion;
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

/// How often expired attempts are swept out.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);
/// Connections to an SQLite file: one writes at a time anyway.
const SQLITE_CONNECTIONS: u32 = 4;
/// Connections to PostgreSQL, one of which listens.
const POSTGRES_CONNECTIONS: u32 = 11;
/// How long a request may wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// How the app's tables came to be what they are, oldest first.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// An open database, ready for use and kept swept.
pub struct Database {
    /// The app's own tables.
    pub store: Store,
    /// Sign-in attempts and the library's ledger.
    pub authkit: Pool,
}

/// Connections for what the library keeps, as its own stores want them.
pub enum Pool {
    /// A file.
    Sqlite(SqlitePool),
    /// A server.
    Postgres(PgPool),
}

/// Opens the database and brings its tables to what this program needs.
pub async fn open(settings: &DatabaseSettings) -> Result<Database, StartError> {
    prepare(settings)
        .await
        .map_err(|error| StartError::Database {
            database: settings.to_string(),
            error,
        })
}

async fn prepare(settings: &DatabaseSettings) -> Result<Database, StoreError> {
    let (authkit, store) = match settings {
        DatabaseSettings::Sqlite(path) => {
            let pool = sqlite(path).await?;
            (Pool::Sqlite(pool), Store::sqlite(path).await?)
        }
        DatabaseSettings::Postgres(url) => {
            let options = PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(ACQUIRE_TIMEOUT);
            let pool = options.connect(url.expose_secret()).await?;
            let store = Store::postgres(url.expose_secret()).await?;
            (Pool::Postgres(pool), store)
        }
    };
    // First: a database that is newer than the program is left as it is.
    store.migrate(&MIGRATIONS).await?;
    authkit.migrate().await?;
    Ok(Database { store, authkit })
}

async fn sqlite(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    data_folder::prepare(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // With WAL this loses nothing to a crash of the process. A crash of the machine may take the
        // last moments: attempts, which people can start again, and successors of refresh tokens whose
        // answers were still on their way.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(1));
    SqlitePoolOptions::new()
        .max_connections(SQLITE_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
}

impl Pool {
    async fn migrate(&self) -> Result<(), sqlx::Error> {
        self.ledger().migrate().await?;
        match self {
            Self::Sqlite(pool) => {
                let store = SqliteStore::new(pool.clone());
                store.migrate().await?;
                tokio::spawn(sweep(store));
            }
            Self::Postgres(pool) => {
                let store = PostgresStore::new(pool.clone());
                store.migrate().await?;
                tokio::spawn(sweep(store));
            }
        }
        Ok(())
    }

    /// The library's ledger in this database.
    pub fn ledger(&self) -> Ledger {
        match self {
            Self::Sqlite(pool) => Ledger::sqlite(pool.clone()),
            Self::Postgres(pool) => Ledger::postgres(pool.clone()),
        }
    }
}

async fn sweep(store: impl ExpiredDeletion) {
    let mut interval = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        interval.tick().await;
        if let Err(error) = store.delete_expired().await {
            tracing::warn!(%error, "expired sign-in attempts could not be removed");
        }
    }
}
