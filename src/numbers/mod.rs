//! The example feature: a list of numbers that users add to, current in every open page.
//!
//! A feature is a folder: its model, its server functions, its page and island, its transactions and SQL. Files
//! that only the server has are marked here. Copy the folder, rename it, and change one file after the other.

#[cfg(feature = "ssr")]
mod answer;
mod error;
pub mod functions;
pub mod island;
pub mod model;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod sql;
#[cfg(feature = "ssr")]
mod transactions;

pub use error::NumbersError;

#[cfg(feature = "ssr")]
use authkit_live::server::Feature;
#[cfg(feature = "ssr")]
use leptos_router::path;
#[cfg(feature = "ssr")]
use model::ListNumbers;

/// The feature, for the list of them: its page, and its query.
#[cfg(feature = "ssr")]
pub fn feature() -> Feature {
    Feature::new("numbers")
        .page(path!("/live"), page::page)
        .link("/live", "Live")
        // It introduces itself to strangers.
        .protection(|it| it.unauthenticated_paths(["/live"]))
        .query::<ListNumbers>()
}
