//! The tables of libraries: migrated by number, each migration once, whichever process comes first.
//!
//! Called at the start of a process. Every library has a list of its own, noted with checksums in [`MIGRATION_TABLE`], so
//! `sqlx`'s own table stays the app's. (`sqlx` 0.8 knows one table only, and takes a second list for missing migrations.)

use crate::{
    connection::Connection, error::StoreError, pool::Pool, sqlite::is_locked, store::Store,
};
use sha2::{Digest, Sha256};
use std::{fmt::Write as _, time::Duration};

/// The table in which migrations of libraries are noted: library, number, checksum.
pub const MIGRATION_TABLE: &str = "authkit_migration";
/// Reads the last migration of each library from that table, for tools that look at a database: library, number. In SQL
/// that SQLite and PostgreSQL both read.
pub const LAST_MIGRATIONS: &str =
    "SELECT library, MAX(number) FROM authkit_migration GROUP BY library ORDER BY library";
/// Names PostgreSQL's lock under which tables are migrated: any number, the same in all processes.
pub const MIGRATION_LOCK: i64 = 0x6c69_7665_6d69_6701;
/// How often, and how long apart, a database is tried to be migrated that another process has.
pub const MIGRATION_TRIES: u32 = 20;
pub const MIGRATION_INTERVAL: Duration = Duration::from_millis(100);

/// How long a migration may wait for a connection, and how long its commit may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// In SQL that SQLite and PostgreSQL both read.
const CREATE: &str = "CREATE TABLE authkit_migration (library TEXT NOT NULL, number BIGINT NOT NULL, \
                      checksum TEXT NOT NULL, PRIMARY KEY (library, number))";

impl Store {
    /// Brings a library's tables to what this program needs. Migrations are numbered from 1; one that has been released
    /// must never change. Each is applied once, in one transaction with the note of it, by however many processes that
    /// start at the same moment.
    ///
    /// The statements run on both databases. The first migration of a library whose tables may be older than this table
    /// of notes begins with `CREATE TABLE IF NOT EXISTS`.
    ///
    /// # Errors
    /// [`StoreError::NewerLibrary`] for tables that a newer program has migrated, and [`StoreError::EditedLibrary`] for a
    /// migration that is another one than the database has had; nothing is changed then.
    pub async fn migrate(&self, library: &str, migrations: &[&str]) -> Result<(), StoreError> {
        let patient = self.clone().with_patience(PATIENCE);
        patient.migrate_once(library, migrations).await
    }

    async fn migrate_once(&self, library: &str, migrations: &[&str]) -> Result<(), StoreError> {
        // Without a lock, and without the right to write: at most starts there is nothing to do.
        let mut connection = self.in_time(self.connection()).await?;
        let had = applied(self.pool(), library, &mut connection).await?;
        drop(connection);
        if applicable(library, migrations, &had)?.is_empty() {
            return Ok(());
        }
        let mut tries = MIGRATION_TRIES;
        loop {
            tries -= 1;
            match self.migrate_locked(library, migrations).await {
                Err(StoreError::Database(error)) if tries > 0 && is_locked(&error) => {}
                Err(StoreError::Slow) if tries > 0 => {}
                outcome => return outcome,
            }
            tokio::time::sleep(MIGRATION_INTERVAL).await;
        }
    }

    async fn migrate_locked(&self, library: &str, migrations: &[&str]) -> Result<(), StoreError> {
        // On SQLite this is the lock.
        let mut write = self.write().await?;
        if let Pool::Postgres(_) = self.pool() {
            // The limit of other statements must not end a long migration, nor the wait for another process.
            let unlimited = sqlx::raw_sql("SET LOCAL statement_timeout = 0");
            unlimited.execute(&mut *write).await?;
            let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK);
            lock.execute(&mut *write).await?;
        }
        if !has_table(self.pool(), &mut write).await? {
            sqlx::raw_sql(CREATE).execute(&mut *write).await?;
        }
        let had = applied(self.pool(), library, &mut write).await?;
        for (number, migration) in applicable(library, migrations, &had)? {
            sqlx::raw_sql(migration).execute(&mut *write).await?;
            let note =
                "INSERT INTO authkit_migration (library, number, checksum) VALUES ($1, $2, $3)";
            sqlx::query(note)
                .bind(library)
                .bind(number)
                .bind(checksum(migration))
                .execute(&mut *write)
                .await?;
        }
        write.commit().await
    }
}

/// The number and checksum of a migration that a database has had.
type Applied = (i64, String);

async fn has_table(pool: &Pool, connection: &mut Connection) -> Result<bool, sqlx::Error> {
    let count = match pool {
        Pool::Sqlite(_) => "SELECT COUNT(*) FROM sqlite_master WHERE name = $1",
        Pool::Postgres(_) => "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass($1)",
    };
    let count = sqlx::query_scalar(count).bind(MIGRATION_TABLE);
    let count: i64 = count.fetch_one(connection).await?;
    Ok(count > 0)
}

async fn applied(
    pool: &Pool,
    library: &str,
    connection: &mut Connection,
) -> Result<Vec<Applied>, sqlx::Error> {
    if !has_table(pool, connection).await? {
        return Ok(Vec::new());
    }
    let had = "SELECT number, checksum FROM authkit_migration WHERE library = $1 ORDER BY number";
    sqlx::query_as(had)
        .bind(library)
        .fetch_all(connection)
        .await
}

/// The migrations that are still to come, with their numbers.
fn applicable<'a>(
    library: &str,
    migrations: &[&'a str],
    had: &[Applied],
) -> Result<Vec<(i64, &'a str)>, StoreError> {
    let mut numbered: Vec<_> = (1..).zip(migrations.iter().copied()).collect();
    let known = numbered.last().map_or(0, |(number, _)| *number);
    let found = had.last().map_or(0, |(number, _)| *number);
    if found > known {
        return Err(StoreError::NewerLibrary {
            library: library.to_owned(),
            found,
            known,
        });
    }
    for (number, noted) in had {
        let of_number = numbered.iter().find(|(known, _)| known == number);
        if of_number.is_none_or(|(_, migration)| checksum(migration) != *noted) {
            return Err(StoreError::EditedLibrary {
                library: library.to_owned(),
                number: *number,
            });
        }
    }
    numbered.retain(|(number, _)| had.iter().all(|(noted, _)| noted != number));
    Ok(numbered)
}

fn checksum(migration: &str) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(migration) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
