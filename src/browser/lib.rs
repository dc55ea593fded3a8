//! What the browser loads: the app's islands, and the function that starts them.
//!
//! Built by cargo-leptos for WASM. Has nothing of its own: an island belongs to its feature.

/// Hands out memory: std's own allocator is 7 kB of code, which every visitor would download.
#[cfg(all(feature = "hydrate", target_family = "wasm"))]
#[global_allocator]
static MEMORY: rlsf::GlobalTlsf<Small> = rlsf::GlobalTlsf::new();

/// Small, and without a gap between what it has asked the browser for at one time and at another.
#[cfg(all(feature = "hydrate", target_family = "wasm"))]
struct Small;

#[cfg(all(feature = "hydrate", target_family = "wasm"))]
impl rlsf::GlobalTlsfOptions for Small {
    const ENABLE_REALLOCATION: bool = false;
    const COALESCE_POOLS: bool = true;
}

/// Brings the page's islands to life. Called by the page once the WASM has arrived.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    starter::hydrate();
}
