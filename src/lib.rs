//! A web app with AuthKit login and live data: the template that a product starts from.
//!
//! The login is the crate `authkit-leptos`, live queries are `authkit-live`. The crate `authkit-emulator` speaks HTTP like
//! WorkOS; it is in debug builds and behind the feature `emulator`.

#![recursion_limit = "256"]

pub mod app;
#[cfg(feature = "ssr")]
pub mod server;

/// Brings the page's islands to life. Called by the browser once the WASM has arrived.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    authkit_leptos::scripts_run();
    leptos::mount::hydrate_islands();
}
