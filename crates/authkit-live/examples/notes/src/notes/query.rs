//! The queries of notes, on the server: everybody who is signed in sees all notes.

use super::model::{CountNotes, FirstNotes, ListNotes, Note, NoteId, Notes, Search};
use authkit_leptos::server::guard::AuthKitUser;
use authkit_live::{
    Topic,
    server::{Query, Read, StoreError},
};

/// Changes when a note is added.
pub const NOTES: &str = "notes";

/// Comes after every ULID.
const AFTER_ALL: &str = "ZZZZZZZZZZZZZZZZZZZZZZZZZZ";

impl Query for ListNotes {
    type Guard = AuthKitUser;
    type Scope = ();

    fn topics(&self, (): &()) -> Vec<Topic> {
        vec![NOTES.to_owned()]
    }

    async fn run(&self, (): &(), read: &mut Read) -> Result<Notes, StoreError> {
        let before = self
            .before
            .clone()
            .map_or(AFTER_ALL.to_owned(), String::from);
        // One more than the page has shows whether there is another.
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT id, text FROM notes WHERE id < $1 AND LOWER(text) LIKE LOWER($2) ESCAPE '!' \
             ORDER BY id DESC LIMIT $3",
        )
        .bind(before)
        .bind(pattern(&self.search))
        .bind(ListNotes::PAGE as i64 + 1)
        .fetch_all(read.db())
        .await?;
        Ok(notes(rows, ListNotes::PAGE))
    }
}

impl Query for CountNotes {
    type Guard = AuthKitUser;
    type Scope = ();

    fn topics(&self, (): &()) -> Vec<Topic> {
        vec![NOTES.to_owned()]
    }

    async fn run(&self, (): &(), read: &mut Read) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM notes WHERE LOWER(text) LIKE LOWER($1) ESCAPE '!'",
        )
        .bind(pattern(&self.search))
        .fetch_one(read.db())
        .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

impl Query for FirstNotes {
    type Guard = AuthKitUser;
    type Scope = ();

    fn topics(&self, (): &()) -> Vec<Topic> {
        vec![NOTES.to_owned()]
    }

    async fn run(&self, (): &(), read: &mut Read) -> Result<Notes, StoreError> {
        let count = i64::from(self.count);
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT id, text FROM notes ORDER BY id DESC LIMIT $1")
                .bind(count + 1)
                .fetch_all(read.db())
                .await?;
        Ok(notes(rows, usize::try_from(count).unwrap_or(0)))
    }
}

/// At most so many of these rows, and where the rest begins.
fn notes(rows: Vec<(String, String)>, most: usize) -> Notes {
    let has_more = rows.len() > most;
    let rows = rows.into_iter().take(most);
    // A row whose id the model refuses was written by another program: it is not shown.
    let note = |(id, text)| {
        Some(Note {
            id: NoteId::try_from(id).ok()?,
            text,
        })
    };
    let notes: Vec<Note> = rows.filter_map(note).collect();
    let last = notes.last().map(|note| note.id.clone());
    Notes {
        next: last.filter(|_| has_more),
        notes,
    }
}

/// What LIKE finds: the text anywhere, with nothing in it that means something to LIKE.
fn pattern(search: &Search) -> String {
    let text = String::from(search.clone());
    let text = text
        .replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_");
    format!("%{text}%")
}
