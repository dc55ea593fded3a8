//! [`Read::rows`]: the rows of a query, each as the type that pages show.
//!
//! Called by queries of features. A row that its type refuses is left out; a query that asks for the wrong columns fails.

use super::{StoreError, store::Read};
use crate::values::{NotText, NotWhole};
use sqlx::{
    Any, FromRow,
    any::{AnyArguments, AnyRow},
    query::Query,
};

impl Read {
    /// Reads all rows of a query.
    ///
    /// A row with a [`Text`](crate::Text) or a [`Whole`](crate::Whole) out of its range was written by another program, or
    /// by an older one with another range. It is left out, and the log says how many there are and why: one such row must
    /// not hide the others.
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
    /// [`StoreError`]: the database's, and a column that is missing or of another type.
    pub async fn rows<'a, T>(
        &mut self,
        select: Query<'a, Any, AnyArguments<'a>>,
    ) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> FromRow<'r, AnyRow>,
    {
        let found = select.fetch_all(self.db()).await?;
        let mut rows = Vec::with_capacity(found.len());
        let mut refused = None;
        for row in &found {
            match T::from_row(row) {
                Ok(row) => rows.push(row),
                Err(error) if is_refusal(&error) => refused = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(error) = refused {
            let rows = found.len() - rows.len();
            tracing::warn!(reason = "row_refused", rows, %error, "rows are left out of an answer");
        }
        Ok(rows)
    }
}

/// Whether a value is of the right type for its column, and out of its range.
fn is_refusal(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::ColumnDecode { source, .. } => {
            source.is::<NotText>() || source.is::<NotWhole>()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Line, Text, Whole,
        server::{Read, Store, StoreError},
    };

    #[derive(Debug, PartialEq, sqlx::FromRow)]
    struct Row {
        title: Line<1, 8>,
        text: Text<0, 8>,
        count: Whole<1, 9>,
        stars: Option<Whole<1, 5>>,
    }

    /// One row that is right, after what `sql` has done to the table.
    async fn rows_after(sql: &str) -> Result<Vec<Row>, StoreError> {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&folder.path().join("a.db")).await.unwrap();
        let mut write = store.write().await.unwrap();
        for sql in [
            "CREATE TABLE it (title TEXT, text TEXT, count BIGINT, stars BIGINT)",
            sql,
        ] {
            sqlx::query(sql).execute(write.db()).await.unwrap();
        }
        let right = row();
        sqlx::query("INSERT INTO it VALUES ($1, $2, $3, $4)")
            .bind(&right.title)
            .bind(&right.text)
            .bind(right.count)
            .bind(right.stars)
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
        }
    }

    #[tokio::test]
    async fn what_is_bound_is_read_as_the_same() {
        let other = "INSERT INTO it VALUES ('Eggs', '', 1, 5)";
        let rows = rows_after(other).await.unwrap();
        assert_eq!(rows[1], row());
        assert_eq!(rows[0].stars, Some(Whole::of::<5>()));
    }

    #[tokio::test]
    async fn a_row_out_of_range_is_left_out_and_the_others_are_not() {
        for refused in [
            "INSERT INTO it VALUES ('', '', 1, NULL)",
            "INSERT INTO it VALUES ('Eggs and milk', '', 1, NULL)",
            "INSERT INTO it VALUES ('Eggs', 'more than eight', 1, NULL)",
            "INSERT INTO it VALUES ('Eggs', '', 10, NULL)",
            "INSERT INTO it VALUES ('Eggs', '', 1, 6)",
        ] {
            assert_eq!(rows_after(refused).await.unwrap(), [row()], "{refused}");
        }
    }

    #[tokio::test]
    async fn a_query_that_asks_for_the_wrong_columns_fails() {
        for mistaken in [
            "INSERT INTO it VALUES ('Eggs', '', 'seven', NULL)",
            "INSERT INTO it VALUES ('Eggs', '', NULL, NULL)",
            "ALTER TABLE it RENAME COLUMN count TO counted",
        ] {
            let failed = rows_after(mistaken).await.unwrap_err();
            assert!(matches!(failed, StoreError::Database(_)), "{failed:?}");
        }
    }
}
