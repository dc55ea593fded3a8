//! The request that a page is rendered for, as pages name it.
//!
//! Reads the context of Leptos. Without a request in it, while routes are collected, the path is that of the home
//! page.

use axum::http::request::Parts;
use leptos::prelude::with_context;

/// Its path.
pub fn path() -> String {
    let path = with_context(|request: &Parts| request.uri.path().to_owned());
    path.unwrap_or_else(|| "/".to_owned())
}

/// Its id, under which the log has it.
pub fn id() -> Option<String> {
    with_context(|request: &Parts| {
        let id = request.headers.get("x-request-id")?.to_str().ok()?;
        Some(id.to_owned())
    })?
}
