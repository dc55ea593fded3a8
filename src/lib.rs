//! An app with AuthKit login: a folder per feature, and what the app is to the process that serves it.
//!
//! `features` is the list of the folders that are features, `app` the route table, `document` the HTML around every page,
//! [`ui`] what pages share; [`process`] tells the crate `authkit-app`, which serves it, what the app is. Modules that only
//! the server has are marked here, or in the `mod.rs` of their folder. The login is the crate `authkit-leptos`, live queries
//! are `authkit-live`. The crate `authkit-emulator` speaks HTTP like WorkOS; it is in debug builds and behind the feature
//! `emulator`.

#![recursion_limit = "256"]

pub mod account;
#[cfg(feature = "ssr")]
mod admin;
#[cfg(feature = "ssr")]
mod app;
#[cfg(feature = "ssr")]
mod debug;
#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
pub mod features;
pub mod home;
#[cfg(feature = "ssr")]
pub mod notes;
pub mod numbers;
#[cfg(feature = "ssr")]
pub mod process;
#[cfg(feature = "ssr")]
mod states;
pub mod ui;
pub mod users;

/// Brings the page's islands to life. Called by `browser`, which is what a page loads.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    authkit_leptos::scripts_run();
    leptos::mount::hydrate_islands();
}
