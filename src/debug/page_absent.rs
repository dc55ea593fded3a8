//! The debug page of a build that has none: nothing is at its address.
//!
//! Stands in for `page/`, with the same functions.

use authkit_app::PageContext;
use axum::Router;
use leptos::prelude::IntoView;

pub use crate::states::{not_found as page, not_found as parts};

/// No routes.
pub fn routes<S, V>(_: &PageContext, _: impl Fn(&PageContext) -> V) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    V: IntoView,
{
    Router::new()
}
