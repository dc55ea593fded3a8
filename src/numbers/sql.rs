//! The SQL of numbers: the latest ones, as the live query and for the API, and a new one.
//!
//! The process registers the query; the transactions call the rest.

use super::model::{Count, ListNumbers, Number, Value};
use crate::users::{Person, USERS};
use authkit_leptos::server::{UserIdentity, guard::AuthKitUser};
use authkit_live::{
    Topic,
    server::{Query, Read, StoreError, Write},
};
use jiff::Timestamp;

/// The topic of the list: changes when a number is added or removed.
pub const NUMBERS: &str = "numbers";

impl Query for ListNumbers {
    type Guard = AuthKitUser;
    /// All users see the same list.
    type Scope = ();

    fn scope(&self, _: &UserIdentity) {}

    fn topics(&self, (): &()) -> Vec<Topic> {
        // The list shows the users who added the numbers.
        vec![NUMBERS.to_owned(), USERS.to_owned()]
    }

    async fn run(&self, (): &(), read: &mut Read) -> Result<Vec<Number>, StoreError> {
        latest(self.count, read).await
    }
}

/// A row of the list.
#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    value: i64,
    added_at: i64,
    user_id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    profile_picture_url: Option<String>,
}

/// The latest numbers, newest first.
pub async fn latest(count: Count, read: &mut Read) -> Result<Vec<Number>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT numbers.id, numbers.value, numbers.added_at, users.id AS user_id, users.first_name, \
                users.last_name, users.profile_picture_url \
         FROM numbers JOIN users ON users.id = numbers.added_by \
         ORDER BY numbers.id DESC LIMIT $1",
    )
    .bind(i64::from(count))
    .fetch_all(&mut **read)
    .await?;
    // A row whose value the model refuses was written by another program: it is not shown.
    Ok(rows.into_iter().filter_map(number).collect())
}

fn number(row: Row) -> Option<Number> {
    Some(Number {
        id: row.id,
        value: row.value.try_into().ok()?,
        added_by: Person::new(
            row.user_id,
            row.first_name,
            row.last_name,
            row.profile_picture_url,
        ),
        // Milliseconds in the table, seconds in pages.
        added_at: u64::try_from(row.added_at / 1000).unwrap_or(0),
    })
}

/// Stores a number, added now. False, and nothing stored, when the user has no row.
pub async fn insert(
    id: &str,
    value: Value,
    added_by: &str,
    write: &mut Write,
) -> Result<bool, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO numbers (id, value, added_by, added_at) \
         SELECT $1, $2, users.id, $3 FROM users WHERE users.id = $4",
    )
    .bind(id)
    .bind(i64::from(value))
    .bind(Timestamp::now().as_millisecond())
    .bind(added_by)
    .execute(&mut **write)
    .await?;
    Ok(inserted.rows_affected() == 1)
}
