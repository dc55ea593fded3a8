//! Notes that an organization shares: what one organization writes no other sees. `docs/live.md` writes it, step by step.

mod island;
pub mod model;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod server;

#[cfg(feature = "ssr")]
use authkit_live::server::Feature;
#[cfg(feature = "ssr")]
use leptos_router::path;
#[cfg(feature = "ssr")]
use model::{ListNotes, RemoveNote, WriteNote};

/// The feature, for the list of them.
#[cfg(feature = "ssr")]
pub fn feature() -> Feature {
    Feature::new("notes")
        .page(path!("/notes"), page::page)
        .link("/notes", "Notes")
        .query::<ListNotes>()
        .mutation::<WriteNote>()
        .mutation::<RemoveNote>()
        .migrations(&[include_str!("migrations/0001_notes.sql")])
}
