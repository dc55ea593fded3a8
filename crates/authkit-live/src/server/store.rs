//! [`Store`]: the app's database, as live queries need it: who reads sees one state of it, and who writes
//! says in the same transaction what has changed.
//!
//! SQLite or PostgreSQL, with the same SQL: `$1` for parameters, `TEXT`, `BIGINT` and
//! `DOUBLE PRECISION` for columns, dates as milliseconds since the epoch.

use super::{
    mutate::{Failed, Gone},
    refused_forms::RefusedForms,
};
use crate::query::{Revision, Topic, Written};
use authkit_store::{Connection, SqlitePoolError, StoreError};
use jiff::Timestamp;
use sqlx::{Any, Row, any::AnyArguments, migrate::Migrator};
use std::{
    collections::BTreeSet,
    ops::{Deref, DerefMut},
    path::Path,
    sync::Arc,
};
use tokio::sync::broadcast;

/// The name of this library among those whose tables are migrated.
const LIBRARY: &str = "authkit-live";
/// How the tables came to be what they are, oldest first. What has been released never changes.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_live_topics.sql"),
    include_str!("migrations/0002_once.sql"),
];
/// PostgreSQL's channel for what has changed.
pub(super) const CHANNEL: &str = "live_topic";
/// Commits that a slow listener of this process may be behind before it has to look for itself.
const BACKLOG: usize = 1024;
/// The longest topic, in bytes: PostgreSQL takes up to 2,704 into an index.
const MAX_TOPIC: usize = 2_600;

/// The app's database, with the topics of live queries in it. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    store: authkit_store::Store,
    committed: broadcast::Sender<Arc<Revision>>,
}

impl Store {
    /// The name of this library among those whose tables are migrated, and its last migration: for tools that look at a
    /// database.
    pub const MIGRATIONS: (&str, i64) = (LIBRARY, MIGRATIONS.len() as i64);

    /// Opens an SQLite file, which is made if it is not there, in a folder that is.
    ///
    /// # Errors
    /// [`SqlitePoolError`].
    pub async fn sqlite(path: &Path) -> Result<Self, SqlitePoolError> {
        Ok(authkit_store::Store::sqlite(path).await?.into())
    }

    /// Connects to PostgreSQL: `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn postgres(url: &str) -> Result<Self, StoreError> {
        Ok(authkit_store::Store::postgres(url).await?.into())
    }

    /// Brings the app's tables to what the program needs, then those of live queries.
    ///
    /// # Errors
    /// [`StoreError::Newer`] or [`StoreError::NewerLibrary`] for a database that a newer program has migrated.
    pub async fn migrate(&self, migrations: &Migrator) -> Result<(), StoreError> {
        // An app may have made `live_topic` in a migration of its own, which would fail if it came second.
        self.store.migrate_app(migrations).await?;
        self.store.migrate(LIBRARY, MIGRATIONS).await?;
        Ok(RefusedForms::new(&self.store).migrate().await?)
    }

    /// One state of the database: everything read from it was true at the same moment.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(&self) -> Result<Read, StoreError> {
        let read = self.store.read().await?;
        Ok(Read { read })
    }

    /// A transaction that writes. Unless it is [committed](Write::commit), nothing has happened.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn write(&self) -> Result<Write, StoreError> {
        Ok(Write {
            write: self.store.write().await?,
            store: self.clone(),
            topics: BTreeSet::new(),
            revision: Revision::default(),
        })
    }

    /// Closes all connections, as [`authkit_store::Store::close`] does: for the end of a process.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// The database below.
    pub(super) fn shared(&self) -> &authkit_store::Store {
        &self.store
    }

    /// What this process commits from now on.
    pub(super) fn commits(&self) -> broadcast::Receiver<Arc<Revision>> {
        self.committed.subscribe()
    }

    /// What other processes commit from now on.
    pub(super) fn listen(&self) -> authkit_store::Listener {
        self.store.listen(&[CHANNEL])
    }
}

impl From<authkit_store::Store> for Store {
    fn from(store: authkit_store::Store) -> Self {
        let (committed, _) = broadcast::channel(BACKLOG);
        Self { store, committed }
    }
}

/// One state of the database. Queries of `sqlx` go to [`db`](Self::db).
#[derive(Debug)]
pub struct Read {
    read: authkit_store::Read,
}

impl Read {
    /// The connection, for queries of `sqlx`: `.fetch_all(read.db())`.
    pub fn db(&mut self) -> &mut Connection {
        &mut self.read
    }

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
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.read
    }
}

impl DerefMut for Read {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.read
    }
}

/// A transaction that writes. Queries of `sqlx` go to [`db`](Self::db). Dropped, it is rolled back.
#[derive(Debug)]
pub struct Write {
    write: authkit_store::Write,
    store: Store,
    topics: BTreeSet<Topic>,
    /// Of the topics that are counted up.
    revision: Revision,
}

/// A statement of `sqlx`, with what is bound to it.
type Statement<'q> = sqlx::query::Query<'q, Any, AnyArguments<'q>>;

impl Write {
    /// The connection, for queries of `sqlx`: `.execute(write.db())`.
    pub fn db(&mut self) -> &mut Connection {
        &mut self.write
    }

    /// Runs a statement that changes or removes one row, and refuses if there is none: its `WHERE` says whose it has to be.
    ///
    /// # Errors
    /// [`Gone`], or the database's own. A statement that would change several rows is a mistake of the app: 500, and nothing is
    /// changed.
    pub async fn one<R: From<Gone>>(&mut self, statement: Statement<'_>) -> Result<(), Failed<R>> {
        match statement.execute(self.db()).await?.rows_affected() {
            0 => Err(Failed::Refused(Gone.into())),
            1 => Ok(()),
            rows => {
                let many = format!("a statement for one row is about {rows}");
                Err(sqlx::Error::Encode(many.into()).into())
            }
        }
    }

    /// Says that the answers of queries with this topic are changed by this transaction. Once is enough. With a topic of more
    /// than 2,600 bytes nothing is committed.
    pub fn changed(&mut self, topic: impl Into<Topic>) {
        self.topics.insert(topic.into());
    }

    /// Counts up the topics that this transaction has changed so far. Their revision, once it is committed.
    ///
    /// Late, and in the order of the alphabet: who changes the same topics waits here for the shortest time, and never
    /// for each other in a circle.
    pub(super) async fn count_up(&mut self) -> Result<&Revision, StoreError> {
        for topic in std::mem::take(&mut self.topics) {
            if topic.len() > MAX_TOPIC {
                let long = format!("a topic of {} bytes: at most {MAX_TOPIC}", topic.len());
                return Err(sqlx::Error::Encode(long.into()).into());
            }
            let number = sqlx::query(
                "INSERT INTO live_topic (topic, number) VALUES ($1, $2) \
                 ON CONFLICT (topic) DO UPDATE SET number = live_topic.number + 1 RETURNING number",
            )
            .bind(topic.as_str())
            // Where the count of a new topic starts: migrations/0001_live_topics.sql says why.
            .bind(Timestamp::now().as_millisecond())
            .fetch_one(&mut *self.write);
            let number = self.store.store.in_time(number).await?;
            let number = unsigned(number.try_get(0)?);
            self.write
                .notify(CHANNEL, &format!("{number} {topic}"))
                .await?;
            self.revision.0.push((topic, number));
        }
        Ok(&self.revision)
    }

    /// Makes it all happen, and everybody who follows a query of a changed topic hears of it: in this
    /// process and, soon after, in all others.
    ///
    /// # Errors
    /// [`StoreError`]; [`Unconfirmed`](StoreError::Unconfirmed) if the connection broke meanwhile.
    pub async fn commit(mut self) -> Result<Written, StoreError> {
        self.count_up().await?;
        let Self {
            write,
            store,
            revision,
            ..
        } = self;
        write.commit().await?;
        if !revision.0.is_empty() {
            // Nobody may be listening.
            let _ = store.committed.send(Arc::new(revision.clone()));
        }
        Ok(Written(revision))
    }
}

impl Deref for Write {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.write
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.write
    }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_commit_is_seen_with_its_revision_and_a_dropped_write_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("a b?.db")).await.unwrap();
        store.store.migrate(LIBRARY, MIGRATIONS).await.unwrap();
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

    /// As the app of version 0.2 made it, by a migration of its own.
    const OLD: &str =
        "CREATE TABLE live_topic (topic TEXT NOT NULL PRIMARY KEY, number BIGINT NOT NULL)";

    #[tokio::test]
    async fn the_topics_of_an_old_database_are_taken_over_and_count_on() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("0001_live_topics.sql"), OLD).unwrap();
        let app = Migrator::new(folder.path().to_owned()).await.unwrap();
        let store = Store::sqlite(&folder.path().join("a.db")).await.unwrap();
        store.store.migrate_app(&app).await.unwrap();
        let insert = sqlx::query("INSERT INTO live_topic VALUES ('a', 41)");
        store.store.execute(insert).await.unwrap();

        store.migrate(&app).await.unwrap();
        let mut write = store.write().await.unwrap();
        write.changed("a");
        let Written(written) = write.commit().await.unwrap();
        assert_eq!(written, Revision(vec![("a".into(), 42)]));
    }

    #[tokio::test]
    async fn a_statement_for_one_row_refuses_none_and_several_are_a_mistake_that_is_not_tried_again()
     {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("a.db")).await.unwrap();
        let mut write = store.write().await.unwrap();
        for create in [
            "CREATE TABLE rows (id TEXT)",
            "INSERT INTO rows VALUES ('a'), ('b'), ('b')",
        ] {
            sqlx::query(create).execute(write.db()).await.unwrap();
        }
        let mut remove = async |id| {
            let delete = sqlx::query("DELETE FROM rows WHERE id = $1").bind(id);
            write.one::<Gone>(delete).await
        };
        assert!(remove("a").await.is_ok());
        assert!(matches!(remove("a").await, Err(Failed::Refused(Gone))));
        let Err(Failed::Store(several)) = remove("b").await else {
            panic!("removed");
        };
        assert!(several.is_final(), "{several}");
    }
}
