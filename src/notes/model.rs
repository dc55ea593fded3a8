//! The types of notes, for server and browser.

use crate::users::Person;
use authkit_live::{LiveQuery, Mutation, Text};
use serde::{Deserialize, Serialize};

/// What a note says.
pub type Words = Text<1, 280>;

/// A note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct Note {
    /// A ULID: unique, and sorts by time.
    pub id: String,
    /// What it says.
    pub text: Words,
    /// Who wrote it.
    #[cfg_attr(feature = "ssr", sqlx(flatten))]
    pub written_by: Person,
}

/// Asks for the latest notes of the organization that the user is in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ListNotes {}

impl LiveQuery for ListNotes {
    const NAME: &'static str = "list_notes";
    type Answer = Vec<Note>;
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
