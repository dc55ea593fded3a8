//! The database: SQLite, embedded, in the data folder, made at the first start.
//!
//! For now it keeps sign-in attempts only, in the table of `tower-sessions`.

use super::StartError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::{path::Path, time::Duration};
use tower_sessions::ExpiredDeletion;
use tower_sessions_sqlx_store::SqliteStore;

/// How often expired attempts are swept out.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);

/// Opens the database in `data_dir`, ready for use, and keeps it swept.
pub async fn open(data_dir: &Path) -> Result<SqliteStore, StartError> {
    let path = data_dir.join("app.db");
    let failed = |error| StartError::Database {
        path: path.display().to_string(),
        error,
    };
    std::fs::create_dir_all(data_dir).map_err(|error| failed(sqlx::Error::Io(error)))?;
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // With WAL this loses nothing to a crash of the process, and at most the last attempts,
        // which people can start again, to a crash of the machine.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5));
    let pool = SqlitePoolOptions::new()
        .max_connections(4)
        .connect_with(options)
        .await
        .map_err(failed)?;
    let store = SqliteStore::new(pool);
    store.migrate().await.map_err(failed)?;
    tokio::spawn(sweep(store.clone()));
    Ok(store)
}

async fn sweep(store: SqliteStore) {
    let mut interval = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        interval.tick().await;
        if let Err(error) = store.delete_expired().await {
            tracing::warn!(%error, "expired sign-in attempts could not be removed");
        }
    }
}
