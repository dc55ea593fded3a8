//! The debug page of a build that has none: nothing is at its address.
//!
//! Stands in for `page/`, with the same functions.

use authkit_app::{AppRoute, PageContext};
use leptos::prelude::IntoView;

pub use crate::states::{not_found as page, not_found as parts};

/// No routes.
pub fn routes<V: IntoView>(_: bool, _: impl Fn(&PageContext) -> V) -> Vec<AppRoute> {
    Vec::new()
}
