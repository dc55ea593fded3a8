//! The demo app: the template's pages, using the library as its users would.
//!
//! Pages and parts are rendered on the server; what moves in the browser is an island.

pub mod functions;
pub mod islands;
pub mod pages;
pub mod parts;
#[cfg(feature = "ssr")]
mod server;

#[cfg(feature = "ssr")]
pub use server::{PageContext, routes, shell};
