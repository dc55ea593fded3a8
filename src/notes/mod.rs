//! Notes that an organization shares: what one organization writes no other sees. `docs/live.md` writes it, step by step.

mod data;
mod page;

use authkit_live::server::Feature;
use data::{ListNotes, RemoveNote, WriteNote};
use leptos_router::path;

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
