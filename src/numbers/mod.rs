//! The example feature: a list of numbers that users add to, current in every open page.
//!
//! A feature is a folder: its [`model`] on both sides, its SQL on the server, its page and its island. `docs/live.md` tells
//! how to write one.

pub mod island;
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
use model::{AddNumber, ListNumbers, RemoveNumber};

/// The feature, for the list of them: its page, its query, and what may be done.
#[cfg(feature = "ssr")]
pub fn feature() -> Feature {
    Feature::new("numbers")
        .page(path!("/live"), page::page)
        .link("/live", "Live")
        // It introduces itself to strangers.
        .protection(|it| it.unauthenticated_paths(["/live"]))
        .query::<ListNumbers>()
        .mutation::<AddNumber>()
        .mutation::<RemoveNumber>()
}
