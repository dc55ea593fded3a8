//! WorkOS AuthKit for Leptos: a library, an app that shows it, and an AuthKit for one's own machine.
//!
//! [`authkit`] is the library and stands alone; [`live`] keeps what pages show current; `app` and
//! `process` are the template around them. The crate `authkit-emulator` speaks HTTP like WorkOS; it is in debug builds
//! and behind the feature `emulator`.

#![recursion_limit = "256"]

pub mod app;
pub mod authkit;
pub mod live;
#[cfg(feature = "ssr")]
pub mod process;

/// Brings the page's islands to life. Called by the browser once the WASM has arrived.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    authkit::scripts_run();
    leptos::mount::hydrate_islands();
}
