//! The account page, `/account`, the switch of organizations, and the API of the caller, `/api/caller`.

pub mod functions;
pub mod island;
#[cfg(feature = "ssr")]
mod organizations;
#[cfg(feature = "ssr")]
mod page;

#[cfg(feature = "ssr")]
pub use self::{organizations::organizations, page::page};
