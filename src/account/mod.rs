//! The account page, `/account`, the switch of organizations, and the API of the caller, `/api/caller`.

#[cfg(feature = "ssr")]
mod claims;
pub mod functions;
pub mod island;
#[cfg(feature = "ssr")]
mod organizations;
#[cfg(feature = "ssr")]
mod page;

#[cfg(feature = "ssr")]
pub use self::{
    claims::{Claims, claims},
    organizations::organizations,
    page::page,
};
