//! The progress of `sync-users`, a walk through all users of WorkOS, page by page. It is in the database, so that the walk
//! can be interrupted anywhere.
//!
//! Called by the command, which asks WorkOS. One transaction per page updates the rows and the progress.

use super::{Noted, keep, remove};
use authkit_cli::{Counts, TableError, UserTable, Walk};
use authkit_leptos::server::UserSnapshot;
use authkit_live::server::{Store, StoreError, Write};

/// The table of users, as `sync-users` needs it.
pub struct Table(pub Store);

/// A row of `users_walk`.
#[derive(sqlx::FromRow)]
struct Row {
    started_at: i64,
    cursor: String,
    added: i64,
    changed: i64,
    unchanged: i64,
}

impl From<Row> for Walk {
    fn from(row: Row) -> Self {
        Self {
            started_at: row.started_at,
            cursor: row.cursor,
            counts: Counts {
                added: row.added,
                changed: row.changed,
                unchanged: row.unchanged,
            },
        }
    }
}

impl UserTable for Table {
    async fn latest(&self, count: i64) -> Result<Vec<String>, TableError> {
        let mut read = self.0.read().await.map_err(failed)?;
        let ids = sqlx::query_scalar(
            "SELECT id FROM users WHERE deleted_at IS NULL ORDER BY updated_at DESC LIMIT $1",
        );
        ids.bind(count).fetch_all(&mut *read).await.map_err(failed)
    }

    async fn interrupted(&self) -> Result<Option<Walk>, TableError> {
        let mut read = self.0.read().await.map_err(failed)?;
        let walk =
            sqlx::query_as::<_, Row>("SELECT * FROM users_walk ORDER BY started_at DESC LIMIT 1");
        let walk = walk.fetch_optional(&mut *read).await.map_err(failed)?;
        Ok(walk.map(Walk::from))
    }

    async fn begin(&self, walk: &Walk) -> Result<(), TableError> {
        begin(&self.0, walk).await.map_err(failed)
    }

    async fn meet(&self, walk: &Walk, page: &[UserSnapshot]) -> Result<Walk, TableError> {
        match meet(&self.0, walk, page).await {
            Ok(Some(moved)) => Ok(moved),
            Ok(None) => Err(TableError::Overtaken),
            Err(error) => Err(failed(error)),
        }
    }

    async fn unmet(&self) -> Result<Vec<String>, TableError> {
        let mut read = self.0.read().await.map_err(failed)?;
        let ids = sqlx::query_scalar(
            "SELECT id FROM users WHERE deleted_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM users_walk_met WHERE user_id = users.id)",
        );
        ids.fetch_all(&mut *read).await.map_err(failed)
    }

    async fn remove(&self, id: &str) -> Result<(), TableError> {
        let mut write = self.0.write().await.map_err(failed)?;
        remove(id, &mut write).await.map_err(failed)?;
        write.commit().await.map(drop).map_err(failed)
    }

    async fn end(&self, walk: &Walk) -> Result<(), TableError> {
        end(&self.0, walk).await.map_err(failed)
    }
}

fn failed(error: impl Into<StoreError>) -> TableError {
    TableError::Database(Box::new(error.into()))
}

async fn begin(store: &Store, walk: &Walk) -> Result<(), StoreError> {
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
    Ok(())
}

/// `None` if the stored walk is somewhere else: nothing has changed then.
async fn meet(
    store: &Store,
    walk: &Walk,
    page: &[UserSnapshot],
) -> Result<Option<Walk>, StoreError> {
    let mut write = store.write().await?;
    let mut moved = walk.clone();
    for snapshot in page {
        let counts = &mut moved.counts;
        match keep(snapshot, &mut write).await? {
            Noted::Added => counts.added += 1,
            Noted::Changed => counts.changed += 1,
            Noted::Unchanged => counts.unchanged += 1,
        }
        moved.cursor.clone_from(&snapshot.user.id);
        sqlx::query("INSERT INTO users_walk_met (user_id) VALUES ($1) ON CONFLICT DO NOTHING")
            .bind(&snapshot.user.id)
            .execute(&mut *write)
            .await?;
    }
    let stored = sqlx::query(
        "UPDATE users_walk SET cursor = $3, added = $4, changed = $5, unchanged = $6 \
         WHERE started_at = $1 AND cursor = $2",
    )
    .bind(walk.started_at)
    .bind(&walk.cursor)
    .bind(&moved.cursor)
    .bind(moved.counts.added)
    .bind(moved.counts.changed)
    .bind(moved.counts.unchanged)
    .execute(&mut *write)
    .await?;
    if stored.rows_affected() == 0 {
        return Ok(None);
    }
    write.commit().await?;
    Ok(Some(moved))
}

async fn end(store: &Store, walk: &Walk) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    let is_the_last = sqlx::query("DELETE FROM users_walk WHERE started_at = $1")
        .bind(walk.started_at)
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

async fn forget(write: &mut Write) -> Result<(), sqlx::Error> {
    for statement in ["DELETE FROM users_walk", "DELETE FROM users_walk_met"] {
        sqlx::query(statement).execute(&mut **write).await?;
    }
    Ok(())
}
