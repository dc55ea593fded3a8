//! The request that a page is rendered for, as pages name it.
//!
//! Reads the context of Leptos. Without a request in it, while routes are collected, the path is that of the home
//! page.

use axum::http::request::Parts;
use leptos::prelude::use_context;

/// Its path.
pub fn path() -> String {
    use_context::<Parts>().map_or_else(|| "/".to_owned(), |parts| parts.uri.path().to_owned())
}

/// Its id, under which the log has it.
pub fn id() -> Option<String> {
    let parts = use_context::<Parts>()?;
    let id = parts.headers.get("x-request-id")?.to_str().ok()?;
    Some(id.to_owned())
}
