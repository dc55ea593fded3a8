//! The home page, `/`, with the panel that shows the auth state in the browser.

pub mod island;
#[cfg(feature = "ssr")]
mod page;

#[cfg(feature = "ssr")]
pub use page::page;
