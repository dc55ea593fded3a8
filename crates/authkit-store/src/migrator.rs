//! The app's own tables, by `sqlx`'s migrations.
//!
//! Called at the start of a process, before the libraries' tables are migrated: an app may have made one of those.

use crate::{
    error::StoreError,
    migrations::{MIGRATION_INTERVAL, MIGRATION_LOCK, MIGRATION_TRIES},
    pool::Pool,
    store::Store,
};
use futures_util::future::BoxFuture;
use sqlx::{
    Executor, PgPool, SqlitePool,
    error::BoxDynError,
    migrate::{MigrateError, Migration, MigrationSource, Migrator},
};

impl Store {
    /// Brings the app's tables to what the program needs.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a database that a newer program has migrated; nothing is changed then.
    pub async fn migrate_app(&self, migrations: &Migrator) -> Result<(), StoreError> {
        let mut tries = match self.pool() {
            // No lock keeps processes that start together from migrating at the same time. The second one fails, and
            // finds it done a moment later.
            Pool::Sqlite(_) => MIGRATION_TRIES,
            Pool::Postgres(_) => 1,
        };
        loop {
            tries -= 1;
            let outcome = match self.pool() {
                Pool::Sqlite(pool) => in_sqlite(migrations, pool).await,
                Pool::Postgres(pool) => in_postgres(migrations, pool).await,
            };
            match outcome.map_err(StoreError::from) {
                Err(StoreError::Migration(error)) if tries > 0 => {
                    tracing::debug!(%error, "not migrated, perhaps because another process is at it");
                    tokio::time::sleep(MIGRATION_INTERVAL).await;
                }
                outcome => return outcome,
            }
        }
    }
}

async fn in_sqlite(migrations: &Migrator, pool: &SqlitePool) -> Result<(), MigrateError> {
    let mut connection = pool.acquire().await?;
    migrations.run_direct(&mut *connection).await
}

/// Migrates in one transaction, whose lock keeps other processes out. The migrator's own lock belongs to a connection: a
/// pooler that lends connections for a transaction would let no process give it back.
async fn in_postgres(migrations: &Migrator, pool: &PgPool) -> Result<(), MigrateError> {
    let mut unlocked = Migrator::new(Migrations(migrations.iter().cloned().collect())).await?;
    unlocked.set_locking(false);
    let mut transaction = pool.begin().await?;
    // The limit of other statements must not end a long migration, nor the wait for another process.
    transaction
        .execute("SET LOCAL statement_timeout = 0")
        .await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[tokio::test]
    async fn a_migration_that_was_edited_is_named_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
        write("0001_notes.sql", "CREATE TABLE notes (id TEXT)").unwrap();
        let migrator = async |of: &Path| Migrator::new(of.to_owned()).await.unwrap();
        let store = Store::sqlite(&folder.path().join("a.db")).await.unwrap();
        let first = migrator(folder.path()).await;
        store.migrate_app(&first).await.unwrap();
        write("0001_notes.sql", "CREATE TABLE notes (id BIGINT)").unwrap();
        let edited = migrator(folder.path()).await;
        let error = store.migrate_app(&edited).await.unwrap_err();
        assert!(matches!(error, StoreError::Edited(1)), "{error}");
    }
}
