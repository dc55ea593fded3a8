//! The database: SQLite, embedded, in the data folder, made at the first start; or PostgreSQL, where
//! `DATABASE_URL` names one.
//!
//! Keeps sign-in attempts, in the table of `tower-sessions`, and the library's ledger.

use super::{StartError, settings::DatabaseSettings};
use crate::authkit::server::Ledger;
use secrecy::ExposeSecret;
use sqlx::{
    PgPool, SqlitePool,
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

/// An open database, ready for use and kept swept.
pub enum Database {
    /// A file.
    Sqlite(SqlitePool),
    /// A server.
    Postgres(PgPool),
}

/// Opens the database and makes the tables that are missing.
pub async fn open(settings: &DatabaseSettings) -> Result<Database, StartError> {
    let failed = |error| StartError::Database {
        database: settings.to_string(),
        error,
    };
    let database = match settings {
        DatabaseSettings::Sqlite(path) => Database::Sqlite(sqlite(path).await.map_err(failed)?),
        DatabaseSettings::Postgres(url) => {
            let options = PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(ACQUIRE_TIMEOUT);
            let pool = options.connect(url.expose_secret()).await.map_err(failed)?;
            Database::Postgres(pool)
        }
    };
    database.migrate().await.map_err(failed)?;
    Ok(database)
}

async fn sqlite(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
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

impl Database {
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
