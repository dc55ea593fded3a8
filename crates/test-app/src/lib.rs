//! The template with its emulator ([`app`]), by the crate `authkit-test`, and processes of its program ([`process`]).
//!
//! Used by `tests/` and `benches/`. The template depends on this crate for its tests, and it on the template: cargo makes the
//! template's library once for both. What needs no template is in `test-support`, so that the tests of crates do not link it.

// Tests are its only readers, and its names say what it does.
#![allow(missing_docs)]

pub mod app;
pub mod process;
