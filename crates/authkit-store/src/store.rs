//! [`Store`]: the app's database: callers that read see one state of it, and callers that write take turns.
//!
//! Made once per process, and shared by the login's ledger, live queries and the app. Knows no table.

use crate::{
    backup::{self, Backup, BackupError},
    connection::Connection,
    detach_on_drop::DetachOnDrop,
    error::StoreError,
    metrics,
    news::{Hub, Listener},
    pool::Pool,
    postgres::postgres_options,
    sqlite::{SqlitePoolError, sqlite_pool},
    transaction::{Read, Transaction, Write, in_time},
};
use sqlx::{
    Any, PgPool, SqlitePool, any::AnyArguments, postgres::PgPoolOptions, query::Query,
    sqlite::SqliteConnectOptions,
};
use std::{
    fmt,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tracing::Instrument;

/// How long a request may wait for a connection, for a lock, or for its commit.
const PATIENCE: Duration = Duration::from_secs(3);
/// Connections to PostgreSQL, one of which listens.
const POSTGRES_CONNECTIONS: u32 = 11;

/// The app's database. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    patience: Duration,
}

struct Shared {
    pool: Pool,
    /// The right to write to an SQLite file: one caller at a time, in the order in which they came. To wait for the
    /// file's lock would be slower, and unfair.
    turn: Arc<Semaphore>,
    hub: Hub,
}

impl Store {
    /// Opens an SQLite file in WAL mode. The file is made if it is not there, in a folder that is.
    ///
    /// # Errors
    /// [`SqlitePoolError`].
    pub async fn sqlite(path: &Path) -> Result<Self, SqlitePoolError> {
        let options = SqliteConnectOptions::new().filename(path);
        Ok(sqlite_pool(options).await?.into())
    }

    /// Connects to PostgreSQL: `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn postgres(url: &str) -> Result<Self, StoreError> {
        let options = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(PATIENCE);
        Ok(postgres_options(options).connect(url).await?.into())
    }

    /// The same database, with another limit of what a statement may take, the wait for a connection included. It is
    /// three seconds unless this is called.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The pool of connections, for libraries that need one of a type of their own.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.shared.pool
    }

    /// One state of the database: everything read from it was true at the same moment.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(&self) -> Result<Read, StoreError> {
        let pool = self.shared.pool.clone();
        let begin = match pool {
            // The state of the first statement.
            Pool::Sqlite(_) => "BEGIN",
            Pool::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let span = tracing::trace_span!("database read", otel.kind = "client");
        let begun = DetachOnDrop::new(async move { Transaction::begin(&pool, begin).await });
        let begun = self.in_time(begun).instrument(span.clone()).await?;
        Ok(Read::new(begun, span))
    }

    /// A transaction that writes. Unless it is [committed](Write::commit), nothing has happened.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn write(&self) -> Result<Write, StoreError> {
        let begun = async {
            let turn = self.turn().await;
            let pool = self.shared.pool.clone();
            let begin = match pool {
                // Takes the lock at once. Later it could be refused.
                Pool::Sqlite(_) => "BEGIN IMMEDIATE",
                Pool::Postgres(_) => "BEGIN READ WRITE",
            };
            let begun = async move { Ok((Transaction::begin(&pool, begin).await?, turn)) };
            DetachOnDrop::new(begun).await
        };
        let span = tracing::trace_span!("database write", otel.kind = "client");
        let (transaction, turn) = self.in_time(begun).instrument(span.clone()).await?;
        Ok(Write::new(transaction, turn, self.patience, span))
    }

    /// Runs one statement that writes, without a transaction. The number of rows it has changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn execute<'q>(
        &self,
        statement: Query<'q, Any, AnyArguments<'q>>,
    ) -> Result<u64, StoreError> {
        let span = tracing::trace_span!("database write", otel.kind = "client");
        self.in_time(async {
            let _turn = self.turn().await;
            let mut connection = self.connection().await?;
            Ok(statement.execute(&mut connection).await?.rows_affected())
        })
        .instrument(span)
        .await
    }

    /// A connection without a transaction, for one statement that reads. Await it, and the statement, within
    /// [`in_time`](Self::in_time).
    ///
    /// # Errors
    /// The database's own.
    pub async fn connection(&self) -> Result<Connection, sqlx::Error> {
        self.shared.pool.acquire().await
    }

    /// Gives up on statements that take too long.
    ///
    /// # Errors
    /// [`StoreError::Slow`], or the database's own.
    pub async fn in_time<T>(
        &self,
        statements: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        in_time(self.patience, statements).await
    }

    /// Sets the gauges among the [`metrics`], as they are now: for who is asked for them.
    pub fn measure(&self) {
        match &self.shared.pool {
            Pool::Sqlite(pool) => metrics::connections(pool),
            Pool::Postgres(pool) => metrics::connections(pool),
        }
    }

    /// Copies an SQLite database to a file that is not there yet, while this process and others read and write.
    ///
    /// The copy is one state of the database: all that was committed before the call is in it, and of a transaction all or
    /// nothing. It is compact, readable by its owner only, checked, and on the disk when this returns. To restore it, put
    /// it in the place of the database of a server that does not run.
    ///
    /// No writer waits for it. The log beside the database grows meanwhile. The copy takes as much room as the database,
    /// and is not limited by [`with_patience`](Self::with_patience).
    ///
    /// # Errors
    /// [`BackupError`]; [`BackupError::Postgres`] for PostgreSQL, which has `pg_dump`.
    pub async fn backup(&self, to: &Path) -> Result<Backup, BackupError> {
        backup::backup(&self.shared.pool, to).await
    }

    /// Closes all connections, those that are in use as they come back, and waits for it, no longer than a statement may
    /// take. For the end of a process: from now on all else fails. An SQLite file is then complete without its log, and
    /// alone, unless another process has it open.
    pub async fn close(&self) {
        self.shared.hub.end();
        if timeout(self.patience, self.shared.pool.close())
            .await
            .is_err()
        {
            tracing::warn!(
                reason = "unclosed",
                "stopped while a connection to the database was in use"
            );
        }
    }

    /// Listens to other processes: to these channels of PostgreSQL, or to changes of the SQLite file. All listeners of a
    /// store share one connection.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    #[must_use]
    pub fn listen(&self, channels: &'static [&'static str]) -> Listener {
        self.shared.hub.listen(channels, &self.shared.pool)
    }

    /// The turn to write. PostgreSQL needs none.
    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        match self.shared.pool {
            Pool::Sqlite(_) => {
                let began = Instant::now();
                let turn = Arc::clone(&self.shared.turn).acquire_owned().await.ok();
                metrics::write_turn(began.elapsed());
                turn
            }
            Pool::Postgres(_) => None,
        }
    }
}

impl From<Pool> for Store {
    fn from(pool: Pool) -> Self {
        let shared = Shared {
            pool,
            turn: Arc::new(Semaphore::new(1)),
            hub: Hub::default(),
        };
        Self {
            shared: Arc::new(shared),
            patience: PATIENCE,
        }
    }
}

impl From<SqlitePool> for Store {
    /// A pool of the app's own: [`sqlite_pool`] makes one as the store needs it. One of its connections listens, if it may
    /// have several.
    fn from(pool: SqlitePool) -> Self {
        Pool::Sqlite(pool).into()
    }
}

impl From<PgPool> for Store {
    /// A pool of the app's own: give it the options of [`postgres_options`]. One of its connections listens.
    fn from(pool: PgPool) -> Self {
        Pool::Postgres(pool).into()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("pool", &self.shared.pool)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::CONNECTIONS;
    use futures_util::future::try_join_all;
    use std::fs;

    #[tokio::test]
    async fn a_constraint_that_is_not_met_is_final_and_a_slow_database_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("a b?.db")).await.unwrap();
        let mut write = store.write().await.unwrap();
        let create = "CREATE TABLE once (id TEXT PRIMARY KEY)";
        sqlx::query(create).execute(&mut *write).await.unwrap();
        let mut insert = async || {
            let insert = sqlx::query("INSERT INTO once (id) VALUES ('a')");
            let inserted = insert.execute(&mut *write).await;
            inserted.map_err(StoreError::from)
        };
        insert().await.unwrap();
        assert!(insert().await.unwrap_err().is_final());
        assert!(!StoreError::Slow.is_final() && !StoreError::Unconfirmed.is_final());
    }

    /// Which of them closes last is a matter of luck.
    const ROUNDS: usize = 20;

    #[tokio::test]
    async fn a_closed_store_leaves_nothing_beside_its_file() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..ROUNDS {
            let store = Store::sqlite(&folder.path().join("a.db")).await.unwrap();
            let mut listener = store.listen(&[]);
            listener.next().await.unwrap();
            let create = sqlx::query("CREATE TABLE IF NOT EXISTS once (id TEXT PRIMARY KEY)");
            store.execute(create).await.unwrap();
            // All that are left, which come back while the store closes.
            let reads = try_join_all((1..CONNECTIONS).map(|_| store.read()));
            let reads = reads.await.unwrap();
            let closing = tokio::spawn({
                let store = store.clone();
                async move { store.close().await }
            });
            let Pool::Sqlite(pool) = store.pool() else {
                unreachable!()
            };
            pool.close_event().await;
            drop(reads);
            closing.await.unwrap();
            let left = fs::read_dir(folder.path()).unwrap();
            let left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
            assert_eq!(left, ["a.db"]);
            let refused = store.read().await.unwrap_err();
            assert!(
                matches!(refused, StoreError::Database(sqlx::Error::PoolClosed)),
                "{refused:?}"
            );
        }
    }
}
