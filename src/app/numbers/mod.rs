//! The example feature: numbers that people add, and everybody sees at once.
//!
//! A feature is a folder: its model, its server functions, what is seen of it, and in `server/` what only
//! the server knows. Copy it, rename it, and change one file after the other.

mod error;
pub mod functions;
mod island;
pub mod model;
#[cfg(feature = "ssr")]
mod server;
mod view;

pub use error::NumbersError;
pub use view::{LiveIntroduction, LivePage, LiveUnavailable};
