//! What the tests and benchmarks of this repository share: the app with its emulator and a browser ([`app`]), its processes
//! ([`process`]), PostgreSQL ([`postgres`], [`deaf`]), an [`attacker`], and tokens that others have [`minted`].
//!
//! Used by `tests/`, `benches/` and the tests of crates, which ask for the features they need. Must never be a dependency of
//! what is shipped.

// Tests are its only readers, and its names say what it does.
#![allow(missing_docs)]

#[cfg(feature = "app")]
pub mod app;
#[cfg(feature = "app")]
pub mod attacker;
#[cfg(feature = "postgres")]
pub mod deaf;
pub mod minted;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "app")]
pub mod process;

use std::path::Path;

/// The folder of the repository.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}
