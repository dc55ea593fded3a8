//! What the tests and benchmarks of this repository share: PostgreSQL ([`postgres`], [`deaf`], [`lost_commit`]), a
//! [`faulty_proxy`], an [`attacker`], tokens that others have [`minted`], any [`program`], and texts that [show code](shows_code).
//!
//! Used by `tests/`, `benches/` and the tests of crates. Must never depend on the template, which all of them would link, nor
//! be a dependency of what is shipped.

// Tests are its only readers, and its names say what it does.
#![allow(missing_docs)]

pub mod attacker;
#[cfg(feature = "postgres")]
pub mod deaf;
pub mod faulty_proxy;
#[cfg(feature = "postgres")]
pub mod lost_commit;
pub mod minted;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod program;
mod shown_code;

pub use shown_code::{shows_all_code, shows_code};

use std::path::Path;

/// The folder of the repository.
#[must_use]
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}
