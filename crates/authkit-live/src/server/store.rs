//! [`Store`]: the app's database, as live queries need it: who reads sees one state of it, and who writes
//! says in the same transaction what has changed.
//!
//! SQLite or PostgreSQL, with the same SQL: `$1` for parameters, `TEXT`, `BIGINT` and
//! `DOUBLE PRECISION` for columns, dates as milliseconds since the epoch.

use super::{connections, to_the_end::ToTheEnd};
use crate::{Revision, Topic, Written};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Any, AnyConnection, AnyPool, Connection, Executor, Row, Transaction,
    any::{AnyPoolOptions, install_default_drivers},
    error::{BoxDynError, ErrorKind},
    migrate::{MigrateError, Migration, MigrationSource, Migrator},
};
use std::{
    collections::BTreeSet,
    ops::{Deref, DerefMut},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

/// How long a request may wait for a connection, for a lock, or for its commit.
const PATIENCE: Duration = Duration::from_secs(3);
/// Connections to an SQLite file that read.
const SQLITE_READERS: u32 = 4;
/// Connections to an SQLite file of which one writes, while the others come back from having written.
const SQLITE_WRITERS: u32 = 3;
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 10;
/// How often, and how long apart, an SQLite file is tried to be migrated.
const MIGRATION_TRIES: u32 = 20;
const MIGRATION_INTERVAL: Duration = Duration::from_millis(100);
/// Names the lock under which the tables are migrated: any number, the same in all processes.
const MIGRATION_LOCK: i64 = 0x6c69_7665_6d69_6701;
/// PostgreSQL's channel for what has changed.
pub(super) const CHANNEL: &str = "live_topic";
/// Commits that a slow listener of this process may be behind before it has to look for itself.
const BACKLOG: usize = 1024;

/// What every connection to an SQLite file is told. With WAL, `NORMAL` loses nothing that was committed
/// when the process is killed; when the machine is, the last moments may be lost.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
                       PRAGMA busy_timeout = 3000; PRAGMA foreign_keys = ON";

/// The app's database. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    kind: Kind,
    url: SecretString,
    readers: AnyPool,
    writers: AnyPool,
    /// Who may write to an SQLite file: one at a time, and in the order in which they came. To wait for the
    /// file's lock would be slower, and unfair.
    turn: Arc<Semaphore>,
    committed: broadcast::Sender<Arc<Revision>>,
}

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite,
    Postgres,
}

/// Why something could not be read or written. Nothing was changed, but for [`Unconfirmed`](Self::Unconfirmed).
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is busy or out of reach. Trying again may help.
    #[error("the database did not answer in time")]
    Slow,
    /// The database was lost, or took too long, while it committed: whether it did is not known.
    #[error("the database did not confirm the commit")]
    Unconfirmed,
    /// The database's own words.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The tables can't be brought to what this program needs.
    #[error("the database can't be migrated: {0}")]
    Migration(MigrateError),
    /// The database was used by a newer program.
    #[error(
        "the database has migration {0}, which this program does not know: it is newer than the program. \
         Start the newer program, or name another database"
    )]
    Newer(i64),
    /// A migration was edited after this database had applied it.
    #[error(
        "migration {0} was edited after this database had applied it. Restore the file and put the change into \
         a new migration; in development, a new database (another DATA_DIR, or the old app.db removed) does, too"
    )]
    Edited(i64),
}

impl StoreError {
    /// Whether the database has answered, and would answer the same again: a constraint is not met, a row or
    /// column is not there, a type does not fit. A mistake in the app.
    #[must_use]
    pub fn is_final(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        match error {
            // All that databases have a name of their own for, such as being shut down.
            sqlx::Error::Database(error) => error.kind() != ErrorKind::Other,
            sqlx::Error::RowNotFound
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::Encode(_)
            | sqlx::Error::Decode(_) => true,
            _ => false,
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Newer(version),
            MigrateError::VersionTooNew(version, _) => Self::Newer(version),
            MigrateError::VersionMismatch(version) => Self::Edited(version),
            other => Self::Migration(other),
        }
    }
}

impl Store {
    /// Opens an SQLite file, which is made if it is not there, in a folder that is.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        let path = std::path::absolute(path).map_err(sqlx::Error::Io)?;
        let mut url = url::Url::from_file_path(&path)
            .map_err(|()| sqlx::Error::Configuration("the path is not absolute".into()))?;
        url.set_query(Some("mode=rwc"));
        let url = url.as_str().replacen("file:", "sqlite:", 1);
        let writers = connect(&url, sqlite_pool(SQLITE_WRITERS)).await?;
        let readers = connect(&url, sqlite_pool(SQLITE_READERS)).await?;
        Ok(Self::of(Kind::Sqlite, url.into(), readers, writers))
    }

    /// Connects to PostgreSQL: `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn postgres(url: &str) -> Result<Self, StoreError> {
        let options = AnyPoolOptions::new().max_connections(POSTGRES_CONNECTIONS);
        let pool = connect(url, connections::postgres(options)).await?;
        Ok(Self::of(Kind::Postgres, url.into(), pool.clone(), pool))
    }

    fn of(kind: Kind, url: SecretString, readers: AnyPool, writers: AnyPool) -> Self {
        let (committed, _) = broadcast::channel(BACKLOG);
        Self {
            kind,
            url,
            readers,
            writers,
            turn: Arc::new(Semaphore::new(1)),
            committed,
        }
    }

    /// Brings the tables to what the program needs.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a database that a newer program has migrated; nothing is changed then.
    pub async fn migrate(&self, migrations: &Migrator) -> Result<(), StoreError> {
        let mut tries = match self.kind {
            // No lock keeps processes that start together from migrating at the same time. Whoever comes
            // second fails, and finds it done a moment later.
            Kind::Sqlite => MIGRATION_TRIES,
            Kind::Postgres => 1,
        };
        loop {
            tries -= 1;
            // A connection of its own: the others' statements must not take long.
            let mut connection = in_time(AnyConnection::connect(self.url())).await?;
            let outcome = match self.kind {
                Kind::Sqlite => migrations.run(&mut connection).await,
                Kind::Postgres => migrate_locked(migrations, &mut connection).await,
            };
            // Whatever comes of that: it is needed no more.
            let _ = connection.close().await;
            match outcome.map_err(StoreError::from) {
                Err(StoreError::Migration(error)) if tries > 0 => {
                    tracing::debug!(%error, "not migrated, perhaps because another process is at it");
                    tokio::time::sleep(MIGRATION_INTERVAL).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// One state of the database: everything read from it was true at the same moment.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(&self) -> Result<Read, StoreError> {
        let begin = match self.kind {
            // The state of the first statement.
            Kind::Sqlite => "BEGIN",
            Kind::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let readers = self.readers.clone();
        let begun = ToTheEnd::new(async move { readers.begin_with(begin).await });
        let transaction = in_time(begun).await?;
        Ok(Read { transaction })
    }

    /// A transaction that writes. Unless it is [committed](Write::commit), nothing has happened.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn write(&self) -> Result<Write, StoreError> {
        let begun = async {
            let (begin, turn) = match self.kind {
                // Takes the lock at once. Later it could be refused.
                Kind::Sqlite => {
                    let turn = Arc::clone(&self.turn).acquire_owned().await;
                    ("BEGIN IMMEDIATE", turn.ok())
                }
                Kind::Postgres => ("BEGIN READ WRITE", None),
            };
            let writers = self.writers.clone();
            ToTheEnd::new(async move { Ok((writers.begin_with(begin).await?, turn)) }).await
        };
        let (transaction, turn) = in_time(begun).await?;
        Ok(Write {
            transaction,
            turn,
            kind: self.kind,
            topics: BTreeSet::new(),
            committed: self.committed.clone(),
        })
    }

    /// What this process commits from now on.
    pub(super) fn commits(&self) -> broadcast::Receiver<Arc<Revision>> {
        self.committed.subscribe()
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// For a connection of one's own.
    pub(super) fn url(&self) -> &str {
        self.url.expose_secret()
    }
}

/// Migrates in one transaction, whose lock keeps other processes out. The migrator's own lock belongs to a connection: a
/// pooler that lends connections for a transaction would let nobody give it back.
async fn migrate_locked(
    migrations: &Migrator,
    connection: &mut AnyConnection,
) -> Result<(), MigrateError> {
    let mut unlocked = Migrator::new(Migrations(migrations.iter().cloned().collect())).await?;
    unlocked.set_locking(false);
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut *transaction)
        .await?;
    unlocked.run_direct(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

/// Migrations that are known already.
#[derive(Debug)]
struct Migrations(Vec<Migration>);

impl MigrationSource<'static> for Migrations {
    fn resolve(self) -> BoxFuture<'static, Result<Vec<Migration>, BoxDynError>> {
        Box::pin(async move { Ok(self.0) })
    }
}

fn sqlite_pool(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        // A connection is tested when it comes back, and a file does not hang up meanwhile.
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(PRAGMAS).await.map(drop) })
        })
}

async fn connect(url: &str, options: AnyPoolOptions) -> Result<AnyPool, sqlx::Error> {
    install_default_drivers();
    options.acquire_timeout(PATIENCE).connect(url).await
}

/// One state of the database. Takes queries of `sqlx` as `&mut *read`.
#[derive(Debug)]
pub struct Read {
    transaction: Transaction<'static, Any>,
}

impl Read {
    /// How often these topics have changed in this state.
    pub(super) async fn revision(&mut self, topics: Vec<Topic>) -> Result<Revision, StoreError> {
        let mut counted = Vec::with_capacity(topics.len());
        for topic in topics {
            let number = sqlx::query_scalar("SELECT number FROM live_topic WHERE topic = $1")
                .bind(topic.as_str())
                .fetch_optional(&mut **self)
                .await?;
            counted.push((topic, number.map_or(0, unsigned)));
        }
        Ok(Revision(counted))
    }
}

impl Deref for Read {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for Read {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

/// A transaction that writes. Takes queries of `sqlx` as `&mut *write`. Dropped, it is rolled back.
#[derive(Debug)]
pub struct Write {
    transaction: Transaction<'static, Any>,
    /// After the transaction, so that it is given up last.
    #[expect(dead_code, reason = "held, not read")]
    turn: Option<OwnedSemaphorePermit>,
    kind: Kind,
    topics: BTreeSet<Topic>,
    committed: broadcast::Sender<Arc<Revision>>,
}

impl Write {
    /// Says that the answers of queries with this topic are changed by this transaction. Once is enough.
    pub fn changed(&mut self, topic: impl Into<Topic>) {
        self.topics.insert(topic.into());
    }

    /// Makes it all happen, and everybody who follows a query of a changed topic hears of it: in this
    /// process and, soon after, in all others.
    ///
    /// # Errors
    /// [`StoreError`]; [`Unconfirmed`](StoreError::Unconfirmed) if the connection broke meanwhile.
    pub async fn commit(mut self) -> Result<Written, StoreError> {
        // Last, and in the order of the alphabet: who changes the same topics waits here for the
        // shortest time, and never for each other in a circle.
        let mut revision = Revision::default();
        for topic in std::mem::take(&mut self.topics) {
            let number = sqlx::query(
                "INSERT INTO live_topic (topic, number) VALUES ($1, $2) \
                 ON CONFLICT (topic) DO UPDATE SET number = live_topic.number + 1 RETURNING number",
            )
            .bind(topic.as_str())
            // Where the count of a new topic starts: migrations/0001_live_topics.sql says why.
            .bind(Timestamp::now().as_millisecond())
            .fetch_one(&mut *self.transaction);
            let number = unsigned(in_time(number).await?.try_get(0)?);
            if self.kind == Kind::Postgres {
                let notify = sqlx::query("SELECT pg_notify($1, $2)")
                    .bind(CHANNEL)
                    .bind(format!("{number} {topic}"))
                    .execute(&mut *self.transaction);
                in_time(notify).await?;
            }
            revision.0.push((topic, number));
        }
        in_time(self.transaction.commit())
            .await
            .map_err(|error| match error {
                StoreError::Database(sqlx::Error::Database(_)) => error,
                _ => StoreError::Unconfirmed,
            })?;
        if !revision.0.is_empty() {
            // Nobody may be listening.
            let _ = self.committed.send(Arc::new(revision.clone()));
        }
        Ok(Written(revision))
    }
}

impl Deref for Write {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

/// Gives up on a statement that takes too long.
pub(super) async fn in_time<T>(
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, statement).await {
        Ok(Err(sqlx::Error::PoolTimedOut)) | Err(_) => Err(StoreError::Slow),
        Ok(answer) => Ok(answer?),
    }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_constraint_that_is_not_met_is_final_and_a_slow_database_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("a.db")).await.unwrap();
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

    #[tokio::test]
    async fn a_migration_that_was_edited_is_named_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("a.db")).await.unwrap();
        let mut migrator = sqlx::migrate!("../../migrations");
        store.migrate(&migrator).await.unwrap();
        migrator.migrations.to_mut()[0].checksum = vec![0].into();
        let error = store.migrate(&migrator).await.unwrap_err();
        assert!(matches!(error, StoreError::Edited(1)), "{error}");
    }

    #[tokio::test]
    async fn a_commit_is_seen_with_its_revision_and_a_dropped_write_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("a b?.db")).await.unwrap();
        store
            .migrate(&sqlx::migrate!("../../migrations"))
            .await
            .unwrap();
        let mut commits = store.commits();
        let before = store.read().await.unwrap().revision(vec!["a".into()]).await;
        assert_eq!(before.unwrap(), Revision(vec![("a".into(), 0)]));

        let mut write = store.write().await.unwrap();
        write.changed("a");
        drop(write);
        let mut write = store.write().await.unwrap();
        write.changed("a");
        write.changed("a");
        let Written(first) = write.commit().await.unwrap();
        let mut write = store.write().await.unwrap();
        write.changed("a");
        let Written(second) = write.commit().await.unwrap();
        assert_eq!(first.0[0].1 + 1, second.0[0].1);
        assert_eq!(*commits.recv().await.unwrap(), first);
        assert_eq!(*commits.recv().await.unwrap(), second);
        let after = store.read().await.unwrap().revision(vec!["a".into()]).await;
        assert_eq!(after.unwrap(), second);
    }
}
