//! The types of notes, on both sides. Arguments that are wrong can't be made, wherever they come from.

use authkit_live::LiveQuery;
use serde::{Deserialize, Serialize};

/// A page of notes: those that have the search in them, older than a note. Its arguments are the page's address, too:
/// `/?search=milk&before=01KAZ…`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ListNotes {
    pub search: Search,
    pub before: Option<NoteId>,
}

impl ListNotes {
    /// Notes on a page.
    pub const PAGE: usize = 10;
}

impl LiveQuery for ListNotes {
    const NAME: &'static str = "list_notes";
    type Answer = Notes;
}

/// How many notes have the search in them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CountNotes {
    pub search: Search,
}

impl LiveQuery for CountNotes {
    const NAME: &'static str = "count_notes";
    type Answer = u64;
}

/// The newest notes, more and more of them: `/all?count=20`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FirstNotes {
    pub count: Count,
}

impl LiveQuery for FirstNotes {
    const NAME: &'static str = "first_notes";
    type Answer = Notes;
}

/// Notes, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Notes {
    pub notes: Vec<Note>,
    /// Where the older ones begin, if there are any: after this note.
    pub next: Option<NoteId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    pub id: NoteId,
    pub text: String,
}

/// The id of a note: a ULID.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NoteId(String);

impl TryFrom<String> for NoteId {
    type Error = &'static str;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        let is_ulid = |letter: u8| letter.is_ascii_digit() || letter.is_ascii_uppercase();
        match id.len() == 26 && id.bytes().all(is_ulid) {
            true => Ok(Self(id)),
            false => Err("not the id of a note"),
        }
    }
}

impl From<NoteId> for String {
    fn from(NoteId(id): NoteId) -> Self {
        id
    }
}

/// What is searched for: at most 100 characters, none of which is a control character. Nothing is in every note.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Search(String);

impl Search {
    pub const MAX: usize = 100;
}

impl TryFrom<String> for Search {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.chars().count() <= Self::MAX && !text.contains(char::is_control) {
            true => Ok(Self(text)),
            false => Err("nothing to search for"),
        }
    }
}

impl From<Search> for String {
    fn from(Search(text): Search) -> Self {
        text
    }
}

/// How many notes of a list: from 1 to 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Count(u16);

impl Count {
    /// The largest count. The list ends there.
    pub const MAX: Self = Self(1000);
    const STEP: u16 = 10;

    /// Some more, if the list does not end here.
    pub fn more(self) -> Self {
        Self((self.0 + Self::STEP).min(Self::MAX.0))
    }
}

impl Default for Count {
    fn default() -> Self {
        Self(Self::STEP)
    }
}

impl TryFrom<i64> for Count {
    type Error = &'static str;

    fn try_from(count: i64) -> Result<Self, Self::Error> {
        match u16::try_from(count) {
            Ok(count) if (1..=Self::MAX.0).contains(&count) => Ok(Self(count)),
            _ => Err("not from 1 to 1000"),
        }
    }
}

impl From<Count> for i64 {
    fn from(Count(count): Count) -> Self {
        count.into()
    }
}
