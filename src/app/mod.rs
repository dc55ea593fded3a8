//! The demo app: the template's pages, using the library as its users would.
//!
//! Pages and parts are rendered on the server; what moves in the browser is an island.

pub mod functions;
pub mod islands;
pub mod numbers;
pub mod pages;
pub mod parts;
#[cfg(feature = "ssr")]
mod server;
pub mod users;

/// Where the page for developers is, in development.
pub const DEBUG: &str = "/debug/auth";

#[cfg(all(feature = "ssr", any(debug_assertions, feature = "emulator")))]
pub use server::check_pasted;
#[cfg(feature = "ssr")]
pub use server::{PageContext, RefusedForm, RefusedForms, moment, routes, shell};
