//! Notes to page through, to search and to count: live queries whose arguments change.
#![recursion_limit = "256"]

pub mod notes;

/// Brings the page's islands to life.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    authkit_leptos::scripts_run();
    leptos::mount::hydrate_islands();
}
