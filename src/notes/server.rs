//! Notes in the database: the live query, and how they are written and removed.

use super::model::{ListNotes, Note, RemoveNote, WriteNote};
use crate::users::{self, Person, USERS};
use authkit_leptos::server::guard::{Guarded, InOrganization};
use authkit_live::{
    Topic,
    server::{Mutate, Never, Outcome, Query, Read, Reason, Refusal, StoreError, Write},
};
use jiff::Timestamp;
use ulid::Ulid;

/// The topic of an organization's notes.
fn notes_of(organization_id: &str) -> Topic {
    format!("notes {organization_id}")
}

impl Query for ListNotes {
    type Guard = InOrganization;
    /// The organization's id: all of its users see the same notes.
    type Scope = String;

    fn scope(&self, caller: &Guarded<InOrganization>) -> String {
        caller.organization_id().to_owned()
    }

    fn topics(&self, organization_id: &String) -> Vec<Topic> {
        vec![notes_of(organization_id), USERS.to_owned()]
    }

    async fn run(
        &self,
        organization_id: &String,
        read: &mut Read,
    ) -> Result<Vec<Note>, StoreError> {
        let select = format!(
            "SELECT notes.id, notes.text, {} FROM notes JOIN users ON users.id = notes.written_by \
             WHERE notes.organization_id = $1 ORDER BY notes.id DESC LIMIT 50",
            Person::COLUMNS
        );
        read.rows(sqlx::query(&select).bind(organization_id)).await
    }
}

impl Mutate for WriteNote {
    type Guard = InOrganization;
    type Refusal = Never;

    async fn run(&self, me: &Guarded<InOrganization>, write: &mut Write) -> Outcome<Self> {
        let (id, organization_id) = (Ulid::new().to_string(), me.organization_id());
        users::remember(me, write).await?;
        sqlx::query(
            "INSERT INTO notes (id, organization_id, text, written_by, written_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&id)
        .bind(organization_id)
        .bind(&self.text)
        .bind(&me.subject)
        .bind(Timestamp::now().as_millisecond())
        .execute(write.db())
        .await?;
        write.changed(notes_of(organization_id));
        Ok(id)
    }
}

/// Why a note is not removed.
#[derive(Debug, thiserror::Error)]
pub enum NotRemoved {
    /// There is none of the caller with that id, in this organization.
    #[error("That note is gone already, or was written by somebody else.")]
    NotFound,
}

impl Refusal for NotRemoved {
    fn reason(&self) -> Reason {
        Reason::not_found("not_found")
    }
}

impl Mutate for RemoveNote {
    type Guard = InOrganization;
    type Refusal = NotRemoved;

    async fn run(&self, me: &Guarded<InOrganization>, write: &mut Write) -> Outcome<Self> {
        let organization_id = me.organization_id();
        let removed = sqlx::query(
            "DELETE FROM notes WHERE id = $1 AND organization_id = $2 AND written_by = $3",
        )
        .bind(&self.id)
        .bind(organization_id)
        .bind(&me.subject)
        .execute(write.db())
        .await?;
        if removed.rows_affected() == 0 {
            return Err(NotRemoved::NotFound.into());
        }
        write.changed(notes_of(organization_id));
        Ok(())
    }
}
