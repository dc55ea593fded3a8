//! Notes: pages by cursor, a list that grows, a search, and a count beside them.
//!
//! `model` is what both sides know, `query` and `write` are the server's, `page` renders, `island` is what moves.

pub mod island;
pub mod model;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod query;
#[cfg(feature = "ssr")]
pub mod write;

pub use model::{Count, CountNotes, FirstNotes, ListNotes, NoteId, Notes, Search};
