//! What the browser loads: the app's islands, and the function that starts them.
//!
//! Built by cargo-leptos for WASM. Has nothing of its own: an island belongs to its feature.

/// Brings the page's islands to life. Called by the page once the WASM has arrived.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    starter::hydrate();
}
