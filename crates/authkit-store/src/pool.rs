//! [`Pool`]: the connections of one process to its database, and which database it is.
//!
//! The one enum of the two databases: everything that differs between them matches on it.

use crate::connection::Connection;
use sqlx::{ConnectOptions, Connection as _, Database, PgPool, SqlitePool};

/// Connections to one database.
#[derive(Clone, Debug)]
pub enum Pool {
    /// To an SQLite file.
    Sqlite(SqlitePool),
    /// To PostgreSQL.
    Postgres(PgPool),
}

impl Pool {
    /// A connection from the pool.
    pub(crate) async fn acquire(&self) -> Result<Connection, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(pool) => Connection::Sqlite(pool.acquire().await?),
            Self::Postgres(pool) => Connection::Postgres(pool.acquire().await?),
        })
    }

    /// Closes all connections.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => {
                // The last connection moves what is in the log to the file, and removes the log. Of two that close at
                // the same moment neither is the last.
                let options = (*pool.connect_options()).clone();
                let last = options.create_if_missing(false).connect().await;
                close_all(pool).await;
                if let Ok(last) = last {
                    // The database is complete either way, with the log.
                    let _ = last.close().await;
                }
            }
            Self::Postgres(pool) => close_all(pool).await,
        }
    }
}

/// One that was on its way back when the pool was closed stays open, for another call to find (sqlx 0.8.6).
async fn close_all<DB: Database>(pool: &sqlx::Pool<DB>) {
    while pool.size() > 0 {
        pool.close().await;
        tokio::task::yield_now().await;
    }
}
