//! [`Pool`]: the connections of one process to its database, and which database it is.
//!
//! The one enum of the two databases: everything that differs between them matches on it.

use crate::connection::Connection;
use sqlx::{PgPool, SqlitePool};

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
}
