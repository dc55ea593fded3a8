//! [`AuditLog`]: the trail in the app's database: its table, what the login tells, and what ends.
//!
//! Opened at the start of a process. Sweeps in a task of its own for as long as it lives, a little at a time: no request
//! waits for it.

use crate::{
    entry::{Entry, record},
    row::{Filter, Row},
};
use authkit_leptos::server::AuditEvent;
use authkit_store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

/// The name of this library among those whose tables are migrated.
const LIBRARY: &str = "authkit-audit";
/// How the table came to be what it is, oldest first. What has been released never changes.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_audit.sql")];
/// This library's name, and its last migration: for tools that look at a database.
pub const AUDIT_MIGRATIONS: (&str, i64) = (LIBRARY, MIGRATIONS.len() as i64);

/// Time between two sweeps.
const SWEEP_INTERVAL: Duration = Duration::from_secs(3600);
/// Rows that one statement removes: some milliseconds of the turn to write.
const BATCH: i64 = 500;

/// What of the trail is kept.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Rows older than so many days end.
    pub days: u32,
    /// The oldest of more rows than these end, whatever their age.
    pub rows: u32,
}

impl Default for Keep {
    /// Ninety days, a million rows: some 400 MB.
    fn default() -> Self {
        Self {
            days: 90,
            rows: 1_000_000,
        }
    }
}

/// The audit trail in the app's database. Clones share it.
#[derive(Clone, Debug)]
pub struct AuditLog {
    store: Store,
}

/// Removes old rows for as long as it lives.
#[derive(Debug)]
#[must_use = "hold it as long as the process serves"]
pub struct Sweeping {
    _task: AbortOnDropHandle<()>,
}

impl AuditLog {
    /// The trail in this database, whose table must be there: [`migrate`](Self::migrate).
    #[must_use]
    pub fn new(store: &Store) -> Self {
        let store = store.clone();
        Self { store }
    }

    /// Makes the table, or brings that of an older version to what this one needs.
    ///
    /// # Errors
    /// [`StoreError::NewerLibrary`] for a database that a newer version has used, or the database's own.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.store.migrate(LIBRARY, MIGRATIONS).await
    }

    /// Writes what the login tells: for [`on_audit_event`](authkit_leptos::server::Builder::on_audit_event).
    ///
    /// # Errors
    /// The database's own. Nothing is written then.
    pub async fn follow(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.record(event.into()).await
    }

    /// Erases the IP addresses and user agents of a deleted user: for
    /// [`UserEvent::Deleted`](authkit_leptos::server::UserEvent), which WorkOS sends again until this is done. What the user
    /// did stays, under their id.
    ///
    /// # Errors
    /// The database's own.
    pub async fn forget(&self, user_id: &str) -> Result<(), StoreError> {
        let erase =
            "UPDATE audit_event SET ip_address = NULL, user_agent = NULL WHERE user_id = $1";
        self.store.execute(sqlx::query(erase).bind(user_id)).await?;
        Ok(())
    }

    /// Writes one entry, alone. What changes something is better recorded with its change: [`record`].
    ///
    /// # Errors
    /// The database's own.
    pub async fn record(&self, entry: Entry) -> Result<(), StoreError> {
        let mut write = self.store.write().await?;
        record(entry, &mut write).await?;
        write.commit().await
    }

    /// The latest rows, oldest first.
    ///
    /// # Errors
    /// The database's own.
    pub async fn rows(&self, filter: &Filter) -> Result<Vec<Row>, StoreError> {
        let mut read = self.store.read().await?;
        Ok(Row::latest(filter, &mut read).await?)
    }

    /// Removes what is kept no longer, once an hour, until what this gives is dropped.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn sweep(&self, keep: Keep) -> Sweeping {
        let log = self.clone();
        let sweeping = tokio::spawn(async move {
            let mut interval = tokio::time::interval(SWEEP_INTERVAL);
            loop {
                interval.tick().await;
                if let Err(error) = log.sweep_once(keep).await {
                    tracing::warn!(reason = "sweep", %error, "old rows of the audit trail could not be removed");
                }
            }
        });
        Sweeping {
            _task: AbortOnDropHandle::new(sweeping),
        }
    }

    /// The number of rows that were removed.
    async fn sweep_once(&self, keep: Keep) -> Result<u64, StoreError> {
        let age = SignedDuration::from_hours(24 * i64::from(keep.days));
        let oldest = Timestamp::now().saturating_sub(age);
        let oldest = oldest.map_or(i64::MIN, Timestamp::as_millisecond);
        let too_old =
            "SELECT id FROM audit_event WHERE occurred_at < $1 ORDER BY occurred_at DESC LIMIT 1";
        let too_many = "SELECT id FROM audit_event ORDER BY id DESC LIMIT 1 OFFSET $1";
        let mut removed = 0;
        for (newest_of_them, limit) in [(too_old, oldest), (too_many, keep.rows.into())] {
            let mut read = self.store.read().await?;
            let newest: Option<String> = sqlx::query_scalar(newest_of_them)
                .bind(limit)
                .fetch_optional(&mut *read)
                .await?;
            drop(read);
            if let Some(newest) = newest {
                removed += self.remove_up_to(&newest).await?;
            }
        }
        Ok(removed)
    }

    /// In the order of the ids, as every process does it: none waits for a row that another one has.
    async fn remove_up_to(&self, newest: &str) -> Result<u64, StoreError> {
        let statement = "DELETE FROM audit_event WHERE id IN \
                         (SELECT id FROM audit_event WHERE id <= $1 ORDER BY id LIMIT $2)";
        let mut removed = 0;
        loop {
            let batch = sqlx::query(statement).bind(newest).bind(BATCH);
            let count = self.store.execute(batch).await?;
            removed += count;
            if count < BATCH.unsigned_abs() {
                return Ok(removed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn log(folder: &tempfile::TempDir) -> AuditLog {
        let store = Store::sqlite(&folder.path().join("app.db")).await.unwrap();
        let log = AuditLog::new(&store);
        log.migrate().await.unwrap();
        log
    }

    fn targets(rows: &[Row]) -> Vec<&str> {
        rows.iter().filter_map(|it| it.target.as_deref()).collect()
    }

    #[tokio::test]
    async fn of_more_rows_than_are_kept_the_oldest_end() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(&folder).await;
        let many = 3 * BATCH + 7;
        let mut write = log.store.write().await.unwrap();
        for index in 0..many {
            sqlx::query("INSERT INTO audit_event (id, occurred_at, action, target) VALUES ($1, $2, 'it.happened', $1)")
                .bind(format!("{index:026}"))
                .bind(Timestamp::now().as_millisecond())
                .execute(&mut *write)
                .await
                .unwrap();
        }
        write.commit().await.unwrap();
        let keep = Keep {
            rows: 3,
            ..Keep::default()
        };
        let removed = log.sweep_once(keep).await.unwrap();
        assert_eq!(removed, u64::try_from(many - 3).unwrap());
        let kept = log.rows(&Filter::default()).await.unwrap();
        let expected: Vec<_> = (many - 3..many).map(|it| format!("{it:026}")).collect();
        assert_eq!(targets(&kept), expected);
    }

    #[tokio::test]
    async fn rows_end_when_they_are_older_than_they_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(&folder).await;
        for target in ["old", "new"] {
            log.record(Entry::new("it.happened").about(target))
                .await
                .unwrap();
        }
        let days = i64::from(Keep::default().days);
        let long_ago = Timestamp::now().as_millisecond() - days * 86_400_000 - 60_000;
        let age = sqlx::query("UPDATE audit_event SET occurred_at = $1 WHERE target = 'old'");
        log.store.execute(age.bind(long_ago)).await.unwrap();
        assert_eq!(log.sweep_once(Keep::default()).await.unwrap(), 1);
        let kept = log.rows(&Filter::default()).await.unwrap();
        assert_eq!(targets(&kept), ["new"]);
    }

    #[tokio::test]
    async fn rows_of_one_moment_are_in_the_order_in_which_they_were_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(&folder).await;
        let names: Vec<_> = (0..100).map(|index| index.to_string()).collect();
        let mut write = log.store.write().await.unwrap();
        for name in &names {
            let entry = Entry::new("it.happened").about(name);
            record(entry, &mut write).await.unwrap();
        }
        write.commit().await.unwrap();
        let rows = log.rows(&Filter::default()).await.unwrap();
        assert_eq!(targets(&rows), names);
    }

    #[tokio::test]
    async fn what_an_app_writes_is_cut_and_stored_whatever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(&folder).await;
        let target = format!("\0{}", "ä".repeat(10_000));
        log.record(Entry::new("it.happened").about(&target).because("'; --"))
            .await
            .unwrap();
        let rows = log.rows(&Filter::default()).await.unwrap();
        assert_eq!(rows[0].target, Some("ä".repeat(256)));
        assert_eq!(rows[0].because.as_deref(), Some("'; --"));
    }

    #[tokio::test]
    async fn a_row_that_is_not_committed_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(&folder).await;
        let mut write = log.store.write().await.unwrap();
        record(Entry::new("it.happened"), &mut write).await.unwrap();
        drop(write);
        assert_eq!(log.rows(&Filter::default()).await.unwrap().len(), 0);
    }
}
