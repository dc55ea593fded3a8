//! [`Walk`]: the progress of a walk through all users of WorkOS, page by page. It is in the database, so that the walk
//! can be interrupted anywhere.
//!
//! Called by `sync-users`, which asks WorkOS. One transaction per page updates the rows and the progress.

use crate::rows::{Noted, keep};
use authkit_leptos::server::UserSnapshot;
use authkit_live::server::{Store, StoreError, Write};
use jiff::Timestamp;

/// A walk that is under way.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Walk {
    started_at: i64,
    cursor: String,
    #[sqlx(flatten)]
    counts: Counts,
}

/// Counts of a walk so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    /// Users that had no row.
    pub added: i64,
    /// Users whose row was older.
    pub changed: i64,
    /// Users whose row was as it should be.
    pub unchanged: i64,
}

/// Why a walk can't continue.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another process has continued it.
    #[error("another sync-users is at work")]
    Overtaken,
}

impl From<sqlx::Error> for WalkError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Counts {
    /// Number of users that the walk has met.
    #[must_use]
    pub fn met(self) -> i64 {
        self.added + self.changed + self.unchanged
    }

    fn count(&mut self, noted: Noted) {
        match noted {
            Noted::Added => self.added += 1,
            Noted::Changed => self.changed += 1,
            Noted::Unchanged => self.unchanged += 1,
        }
    }
}

impl Walk {
    /// The walk that was interrupted, if any.
    ///
    /// # Errors
    /// The database's own.
    pub async fn interrupted(store: &Store) -> Result<Option<Self>, WalkError> {
        let mut read = store.read().await?;
        let walk = sqlx::query_as("SELECT * FROM users_walk ORDER BY started_at DESC LIMIT 1");
        Ok(walk.fetch_optional(&mut *read).await?)
    }

    /// A new walk, from the first user on. The progress of an earlier one is deleted.
    ///
    /// # Errors
    /// The database's own.
    pub async fn begin(store: &Store) -> Result<Self, WalkError> {
        let walk = Self {
            started_at: Timestamp::now().as_millisecond(),
            cursor: String::new(),
            counts: Counts::default(),
        };
        let mut write = store.write().await?;
        forget(&mut write).await?;
        sqlx::query(
            "INSERT INTO users_walk (started_at, cursor, added, changed, unchanged) \
             VALUES ($1, '', 0, 0, 0)",
        )
        .bind(walk.started_at)
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(walk)
    }

    /// The last user met.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        Some(self.cursor.as_str()).filter(|cursor| !cursor.is_empty())
    }

    /// Its counts so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Updates the rows of a page of users, and moves the walk to its end.
    ///
    /// # Errors
    /// [`WalkError`]. The walk has not moved then.
    pub async fn meet(&mut self, page: &[UserSnapshot], store: &Store) -> Result<(), WalkError> {
        let Some(last) = page.last() else {
            return Ok(());
        };
        let mut write = store.write().await?;
        let mut counts = self.counts;
        for snapshot in page {
            counts.count(keep(snapshot, &mut write).await?);
            sqlx::query("INSERT INTO users_walk_met (user_id) VALUES ($1) ON CONFLICT DO NOTHING")
                .bind(&snapshot.user.id)
                .execute(&mut *write)
                .await?;
        }
        let moved = sqlx::query(
            "UPDATE users_walk SET cursor = $3, added = $4, changed = $5, unchanged = $6 \
             WHERE started_at = $1 AND cursor = $2",
        )
        .bind(self.started_at)
        .bind(&self.cursor)
        .bind(&last.user.id)
        .bind(counts.added)
        .bind(counts.changed)
        .bind(counts.unchanged)
        .execute(&mut *write)
        .await?;
        if moved.rows_affected() == 0 {
            return Err(WalkError::Overtaken);
        }
        write.commit().await?;
        self.cursor.clone_from(&last.user.id);
        self.counts = counts;
        Ok(())
    }

    /// Users with a row that the walk has not met: they were deleted, or created meanwhile. Meaningful only at the end
    /// of the walk.
    ///
    /// # Errors
    /// The database's own.
    pub async fn unmet(&self, store: &Store) -> Result<Vec<String>, WalkError> {
        let mut read = store.read().await?;
        let ids = sqlx::query_scalar(
            "SELECT id FROM users WHERE deleted_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM users_walk_met WHERE user_id = users.id)",
        );
        Ok(ids.fetch_all(&mut *read).await?)
    }

    /// Ends the walk: the next one begins with the first user. Leaves a walk that another process has begun meanwhile.
    ///
    /// # Errors
    /// The database's own.
    pub async fn end(self, store: &Store) -> Result<(), WalkError> {
        let mut write = store.write().await?;
        let is_the_last = sqlx::query("DELETE FROM users_walk WHERE started_at = $1")
            .bind(self.started_at)
            .execute(&mut *write)
            .await?
            .rows_affected()
            == 1;
        if is_the_last {
            forget(&mut write).await?;
        }
        write.commit().await?;
        Ok(())
    }
}

async fn forget(write: &mut Write) -> Result<(), sqlx::Error> {
    for statement in ["DELETE FROM users_walk", "DELETE FROM users_walk_met"] {
        sqlx::query(statement).execute(&mut **write).await?;
    }
    Ok(())
}

/// Ids of the users that changed last, without deleted ones.
///
/// # Errors
/// The database's own.
pub async fn latest(count: i64, store: &Store) -> Result<Vec<String>, WalkError> {
    let mut read = store.read().await?;
    let ids = sqlx::query_scalar(
        "SELECT id FROM users WHERE deleted_at IS NULL ORDER BY updated_at DESC LIMIT $1",
    );
    Ok(ids.bind(count).fetch_all(&mut *read).await?)
}
