//! [`Read::rows`]: the rows of a query, each as the type that pages show.
//!
//! Called by queries of features. A row that can't be such a value is left out; a query none of whose rows can be is refused.

use super::{StoreError, store::Read};
use sqlx::{
    Any, Execute, FromRow,
    any::{AnyArguments, AnyRow},
    query::Query,
};
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// The shortest time between two lines in the log about rows, of one process.
const SILENCE: Duration = Duration::from_secs(60);
/// When the last line was written.
static SAID: Mutex<Option<Instant>> = Mutex::new(None);

impl Read {
    /// Reads all rows of a query.
    ///
    /// A row with a value that its type refuses, such as a [`Text`](crate::Text) that is too long, was written by another
    /// program, or by this one when it had another type. It must not hide the others: it is left out, and the log says so. `LIMIT` counts
    /// it all the same.
    ///
    /// ```
    /// use authkit_live::{Text, server::{Read, StoreError}};
    ///
    /// #[derive(sqlx::FromRow)]
    /// struct Note {
    ///     id: String,
    ///     text: Text<1, 280>,
    /// }
    ///
    /// async fn latest(read: &mut Read) -> Result<Vec<Note>, StoreError> {
    ///     let select = sqlx::query("SELECT id, text FROM notes ORDER BY id DESC LIMIT $1");
    ///     read.rows(select.bind(20_i64)).await
    /// }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]: the database's, a column that is missing, and where no row is left: then it is the query that asks for
    /// other columns than the type has.
    pub async fn rows<'a, T>(
        &mut self,
        select: Query<'a, Any, AnyArguments<'a>>,
    ) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> FromRow<'r, AnyRow>,
    {
        let sql = select.sql();
        let found = select.fetch_all(self.db()).await?;
        let mut rows = Vec::with_capacity(found.len());
        let mut refused = None;
        for row in &found {
            match T::from_row(row) {
                Ok(row) => rows.push(row),
                Err(error @ sqlx::Error::ColumnDecode { .. }) => {
                    refused.get_or_insert(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        match refused {
            Some(error) if rows.is_empty() => return Err(error.into()),
            Some(error) if is_time_to_speak() => {
                let rows = found.len() - rows.len();
                tracing::warn!(reason = "row_refused", rows, %error, sql, "rows are left out of an answer");
            }
            _ => {}
        }
        Ok(rows)
    }
}

/// A query may be run many times a second.
fn is_time_to_speak() -> bool {
    let mut said = SAID.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let is_time = said.is_none_or(|said| said.elapsed() >= SILENCE);
    if is_time {
        *said = Some(Instant::now());
    }
    is_time
}

#[cfg(test)]
mod tests {
    use crate::{
        Line, Text, Whole,
        server::{Bit, Read, Store, StoreError},
    };

    #[derive(Debug, PartialEq, sqlx::FromRow)]
    struct Row {
        title: Line<1, 8>,
        text: Text<0, 8>,
        count: Whole<1, 9>,
        stars: Option<Whole<1, 5>>,
        #[sqlx(try_from = "Bit")]
        done: bool,
        #[sqlx(try_from = "i64")]
        at: u64,
    }

    /// One row that is right, after what `sql` has done to the table.
    async fn rows_after(sql: &str) -> Result<Vec<Row>, StoreError> {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("a.db")).await.unwrap();
        let mut write = store.write().await.unwrap();
        for sql in [
            "CREATE TABLE it (title TEXT, text TEXT, count BIGINT, stars BIGINT, done BIGINT, at BIGINT)",
            sql,
        ] {
            sqlx::query(sql).execute(write.db()).await.unwrap();
        }
        let right = row();
        sqlx::query("INSERT INTO it VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(&right.title)
            .bind(&right.text)
            .bind(right.count)
            .bind(right.stars)
            .bind(i64::from(right.done))
            .bind(7_i64)
            .execute(write.db())
            .await
            .unwrap();
        write.commit().await.unwrap();
        let mut read: Read = store.read().await.unwrap();
        read.rows(sqlx::query("SELECT * FROM it ORDER BY title"))
            .await
    }

    fn row() -> Row {
        Row {
            title: "Milk".parse().unwrap(),
            text: "a\nb".parse().unwrap(),
            count: Whole::of::<7>(),
            stars: None,
            done: true,
            at: 7,
        }
    }

    #[tokio::test]
    async fn what_is_bound_is_read_as_the_same() {
        let other = "INSERT INTO it VALUES ('Eggs', '', 1, 5, 0, 0)";
        let rows = rows_after(other).await.unwrap();
        assert_eq!(rows[1], row());
        assert_eq!(rows[0].stars, Some(Whole::of::<5>()));
        assert!(!rows[0].done);
    }

    #[tokio::test]
    async fn a_row_that_its_type_refuses_is_left_out_and_the_others_are_not() {
        for refused in [
            "('', '', 1, NULL, 0, 0)",
            "('Eggs and milk', '', 1, NULL, 0, 0)",
            "('Eggs', 'more than eight', 1, NULL, 0, 0)",
            "('Eggs', '', 10, NULL, 0, 0)",
            "('Eggs', '', 1, 6, 0, 0)",
            "('Eggs', '', 1, NULL, 2, 0)",
            "('Eggs', '', 1, NULL, 0, -1)",
            "('Eggs', '', 'seven', NULL, 0, 0)",
            "('Eggs', '', NULL, NULL, 0, 0)",
        ] {
            let insert = format!("INSERT INTO it VALUES {refused}");
            assert_eq!(rows_after(&insert).await.unwrap(), [row()], "{refused}");
        }
    }

    #[tokio::test]
    async fn a_query_for_other_columns_than_the_type_has_is_an_error_and_no_empty_list() {
        for mistaken in [
            "ALTER TABLE it RENAME COLUMN count TO counted",
            "CREATE TRIGGER other AFTER INSERT ON it BEGIN UPDATE it SET count = 'seven'; END",
        ] {
            let failed = rows_after(mistaken).await.unwrap_err();
            assert!(matches!(failed, StoreError::Database(_)), "{failed:?}");
        }
    }
}
