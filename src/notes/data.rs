//! Notes in the database: the query, and how they are written and removed.

use crate::users::{self, Person, USERS};
use authkit_leptos::server::guard::{Guarded, InOrganization};
use authkit_live::{
    LiveQuery, Mutation, Text, Topic,
    server::{Gone, Mutate, Never, Outcome, Query, Read, StoreError, Write},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::query;
use ulid::Ulid;

/// What a note says.
pub type Words = Text<1, 280>;

/// A note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Note {
    /// A ULID: unique, and sorts by time.
    pub id: String,
    /// What it says.
    pub text: Words,
    /// Who wrote it.
    #[sqlx(flatten)]
    pub written_by: Person,
}

/// The topic of an organization's notes.
fn notes_of(organization_id: &str) -> Topic {
    format!("notes {organization_id}")
}

/// Asks for the latest notes of the organization that the user is in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ListNotes {}

impl LiveQuery for ListNotes {
    const NAME: &'static str = "list_notes";
    type Answer = Vec<Note>;
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

    async fn run(&self, of: &String, read: &mut Read) -> Result<Vec<Note>, StoreError> {
        let select = format!(
            "SELECT notes.id, notes.text, {} FROM notes JOIN users ON users.id = notes.written_by \
             WHERE notes.organization_id = $1 ORDER BY notes.id DESC LIMIT 50",
            Person::COLUMNS
        );
        read.rows(query(&select).bind(of)).await
    }
}

/// Writes a note; its answer is the note's id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WriteNote {
    /// What it is to say.
    pub text: Words,
}

impl Mutation for WriteNote {
    const NAME: &'static str = "write_note";
    type Answer = String;
}

impl Mutate for WriteNote {
    type Guard = InOrganization;
    type Refusal = Never;

    async fn run(&self, me: &Guarded<InOrganization>, write: &mut Write) -> Outcome<Self> {
        let id = Ulid::new().to_string();
        users::remember(me, write).await?;
        query("INSERT INTO notes (id, organization_id, text, written_by, written_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(&id)
            .bind(me.organization_id())
            .bind(&self.text)
            .bind(&me.subject)
            .bind(Timestamp::now().as_millisecond())
            .execute(write.db())
            .await?;
        write.changed(notes_of(me.organization_id()));
        Ok(id)
    }
}

/// Removes a note of one's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveNote {
    /// Its id.
    pub id: String,
}

impl Mutation for RemoveNote {
    const NAME: &'static str = "remove_note";
    type Answer = ();
}

impl Mutate for RemoveNote {
    type Guard = InOrganization;
    type Refusal = Gone;

    async fn run(&self, me: &Guarded<InOrganization>, write: &mut Write) -> Outcome<Self> {
        let delete = "DELETE FROM notes WHERE id = $1 AND organization_id = $2 AND written_by = $3";
        let delete = query(delete).bind(&self.id).bind(me.organization_id());
        write.one(delete.bind(&me.subject)).await?;
        write.changed(notes_of(me.organization_id()));
        Ok(())
    }
}
