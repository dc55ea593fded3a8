//! Numbers in the database: the live query for the latest ones, and how they are added and removed.
//!
//! The process registers them. Decides who may remove a number.

use super::model::{AddNumber, Added, ListNumbers, Number, RemoveNumber, Value};
use crate::{
    admin::Admin,
    users::{self, Person, USERS},
};
use authkit_audit::{Entry, record};
use authkit_leptos::server::guard::{AuthKitUser, Guarded, HasRole};
use authkit_live::{
    Topic,
    server::{Mutate, Never, Outcome, Query, Read, Reason, Refusal, StoreError, Write},
};
use jiff::Timestamp;
use ulid::Ulid;

/// The topic of the list: changes when a number is added or removed.
const NUMBERS: &str = "numbers";

impl Query for ListNumbers {
    type Guard = AuthKitUser;
    /// All users see the same list.
    type Scope = ();

    fn topics(&self, (): &()) -> Vec<Topic> {
        // The list shows the users who added the numbers.
        vec![NUMBERS.to_owned(), USERS.to_owned()]
    }

    async fn run(&self, (): &(), read: &mut Read) -> Result<Vec<Number>, StoreError> {
        // Milliseconds in the table, seconds in pages.
        let select = format!(
            "SELECT numbers.id, numbers.value, numbers.added_at / 1000 AS added_at, {} \
             FROM numbers JOIN users ON users.id = numbers.added_by ORDER BY numbers.id DESC LIMIT $1",
            Person::COLUMNS
        );
        read.rows(sqlx::query(&select).bind(self.count)).await
    }
}

impl Mutate for AddNumber {
    type Guard = AuthKitUser;
    type Refusal = Never;

    async fn run(&self, me: &Guarded<AuthKitUser>, write: &mut Write) -> Outcome<Self> {
        let id = Ulid::new().to_string();
        users::remember(me, write).await?;
        sqlx::query("INSERT INTO numbers (id, value, added_by, added_at) VALUES ($1, $2, $3, $4)")
            .bind(&id)
            .bind(self.value)
            .bind(&me.subject)
            .bind(Timestamp::now().as_millisecond())
            .execute(write.db())
            .await?;
        write.changed(NUMBERS);
        Ok(Added { id })
    }
}

/// Why a number is not removed.
#[derive(Debug, thiserror::Error)]
pub enum NotRemoved {
    /// There is no such number.
    #[error("That number is gone already.")]
    NotFound,
    /// Another user added it.
    #[error("Only who added a number, or an administrator, can remove it.")]
    NotYours,
}

impl Refusal for NotRemoved {
    fn reason(&self) -> Reason {
        match self {
            Self::NotFound => Reason::not_found("not_found"),
            Self::NotYours => Reason::forbidden("not_yours"),
        }
    }
}

impl Mutate for RemoveNumber {
    type Guard = AuthKitUser;
    type Refusal = NotRemoved;

    async fn run(&self, me: &Guarded<AuthKitUser>, write: &mut Write) -> Outcome<Self> {
        let id = Ulid::from_string(&self.id).map_err(|_| NotRemoved::NotFound)?;
        let id = id.to_string();
        let removed: Option<(Value, String)> =
            sqlx::query_as("DELETE FROM numbers WHERE id = $1 RETURNING value, added_by")
                .bind(&id)
                .fetch_optional(write.db())
                .await?;
        let (value, added_by) = removed.ok_or(NotRemoved::NotFound)?;
        if added_by != me.subject && !me.passes::<HasRole<Admin>>() {
            // The transaction takes it back.
            return Err(NotRemoved::NotYours.into());
        }
        record(Entry::new("number.removed").by(me).about(&id), write).await?;
        write.changed(NUMBERS);
        Ok(value)
    }
}
