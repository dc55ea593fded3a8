//! The example feature: a list of numbers that users add to, current in every open page.
//!
//! A feature is a folder: its model, its server functions, its page and island, its transactions and SQL. Files
//! that only the server has are marked here. Copy the folder, rename it, and change one file after the other.

#[cfg(feature = "ssr")]
mod answer;
mod error;
pub mod functions;
pub mod island;
pub mod model;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod sql;
#[cfg(feature = "ssr")]
mod transactions;

pub use error::NumbersError;
#[cfg(feature = "ssr")]
pub use page::page;
