//! Notes that an organization shares: what one organization writes no other sees. `docs/live.md` writes it, step by step.

mod page;

use crate::users::{self, Person, USERS};
use authkit_leptos::server::guard::{Guarded, InOrganization};
use authkit_live::{
    LiveQuery, Mutation, Text, Topic,
    server::{
        Feature, Gone, Mutate, Never, OfOrganization, Outcome, Query, Read, StoreError, Write,
    },
};
use jiff::Timestamp;
use leptos_router::path;
use serde::{Deserialize, Serialize};
use sqlx::query;
use ulid::Ulid;

/// The feature, for the list of them.
pub fn feature() -> Feature {
    Feature::new("notes")
        .page(path!("/notes"), page::page)
        .link("/notes", "Notes")
        .list::<ListNotes>()
        .mutation::<WriteNote>()
        .mutation::<RemoveNote>()
        .migrations(&[include_str!("migrations/0001_notes.sql")])
}

/// What a note says.
type Words = Text<1, 280>;

/// A note. Its id is a ULID: unique, and sorts by time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, sqlx::FromRow)]
struct Note {
    id: String,
    text: Words,
    #[sqlx(flatten)]
    written_by: Person,
}

/// Asks for the latest notes of the organization that the user is in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct ListNotes {}

impl LiveQuery for ListNotes {
    const NAME: &'static str = "list_notes";
    type Answer = Vec<Note>;
}

impl Query for ListNotes {
    type Guard = InOrganization;
    type Scope = OfOrganization;

    fn topics(&self, of: &OfOrganization) -> Vec<Topic> {
        vec![Self::topic(of), USERS.to_owned()]
    }

    async fn run(&self, of: &OfOrganization, read: &mut Read) -> Result<Vec<Note>, StoreError> {
        let select = format!(
            "SELECT notes.id, notes.text, {} FROM notes JOIN users ON users.id = notes.written_by \
             WHERE notes.organization_id = $1 ORDER BY notes.id DESC LIMIT 50",
            Person::COLUMNS
        );
        read.rows(query(&select).bind(&of.id)).await
    }
}

/// Writes a note; its answer is the note's id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct WriteNote {
    text: Words,
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
        write.changed(ListNotes::topic_of(me));
        Ok(id)
    }
}

/// Removes a note of one's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct RemoveNote {
    id: String,
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
        write.changed(ListNotes::topic_of(me));
        Ok(())
    }
}
