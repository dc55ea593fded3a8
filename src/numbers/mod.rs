//! The example feature: a list of numbers that users add to, current in every open page.
//!
//! A feature is a folder: its [`model`] on both sides, its SQL on the server, its page and its island. `docs/live.md` tells
//! how to write one.

pub mod island;
pub mod model;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod server;

#[cfg(feature = "ssr")]
pub use page::page;
