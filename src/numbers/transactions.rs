//! What the server functions of numbers do: one function, one transaction.
//!
//! Called after their guards have passed. Decides who may remove a number.

use super::{
    answer::{Failure, answer, answer_form},
    error::NumbersError,
    model::{Added, Count, Number, Value},
    sql::{self, NUMBERS},
};
use crate::{admin::Admin, users};
use authkit_leptos::server::{UserIdentity, guard::HasRole};
use authkit_live::{Written, server::Live};
use leptos::prelude::use_context;
use ulid::Ulid;

/// The latest numbers.
pub async fn list(count: Option<i64>) -> Result<Vec<Number>, NumbersError> {
    answer(async {
        let count = count.map_or(Ok(Count::default()), Count::try_from)?;
        let mut read = live()?.read().await?;
        Ok(sql::latest(count, &mut read).await?)
    })
    .await
}

/// Adds a number.
pub async fn add(user: &UserIdentity, typed: &str) -> Result<Added, NumbersError> {
    answer_form(typed, async {
        let value = Value::parse(typed)?;
        let id = Ulid::new().to_string();
        let mut write = live()?.write().await?;
        if !sql::insert(&id, value, &user.subject, &mut write).await? {
            // The user has no row yet.
            users::remember(user, &mut write).await?;
            sql::insert(&id, value, &user.subject, &mut write).await?;
        }
        write.changed(NUMBERS);
        let written = write.commit().await?;
        Ok(Added { id, written })
    })
    .await
}

/// Removes a number.
pub async fn remove(user: &UserIdentity, id: &str) -> Result<Written, NumbersError> {
    answer_form("", async {
        let id = Ulid::from_string(id).map_err(|_| NumbersError::NotFound)?;
        let id = id.to_string();
        let mut write = live()?.write().await?;
        let added_by: Option<String> =
            sqlx::query_scalar("SELECT added_by FROM numbers WHERE id = $1")
                .bind(&id)
                .fetch_optional(&mut *write)
                .await?;
        let added_by = added_by.ok_or(NumbersError::NotFound)?;
        if added_by != user.subject && !user.passes::<HasRole<Admin>>() {
            return Err(NumbersError::NotYours.into());
        }
        let deleted = sqlx::query("DELETE FROM numbers WHERE id = $1")
            .bind(&id)
            .execute(&mut *write)
            .await?;
        if deleted.rows_affected() == 0 {
            // Another request removed it first.
            return Err(NumbersError::NotFound.into());
        }
        write.changed(NUMBERS);
        Ok(write.commit().await?)
    })
    .await
}

/// The live queries of this server, and its database.
fn live() -> Result<Live, Failure> {
    use_context().ok_or(Failure::NoContext)
}
