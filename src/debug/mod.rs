//! `/debug/auth`, for developers: the session, its token, and a form that checks any other token; and `/debug/parts`, which
//! shows what pages are made of.
//!
//! In debug builds and with the feature `emulator`; other builds have `page_absent.rs` in its place, in which nothing is
//! at the address. The process decides by `LEPTOS_ENV` whether the page is served.

#[cfg_attr(
    not(any(debug_assertions, feature = "emulator")),
    path = "page_absent.rs"
)]
mod page;

pub use page::{page, parts, routes};

use authkit_app::PageContext;
use leptos::prelude::with_context;

/// The address of the page.
pub const DEBUG: &str = "/debug/auth";
/// The address of the page of parts.
pub const PARTS: &str = "/debug/parts";

/// Whether this server has the page.
pub fn is_served() -> bool {
    with_context(|pages: &PageContext| pages.debug).unwrap_or_default()
}
