//! The caller that the layer has put into a request, and the report of a request without one: a mistake in the router.
//!
//! Used by whatever asks who sent a request, through either door. Never makes up a caller.

use super::caller::Caller;
use axum::extract::MatchedPath;
use http::request::Parts;
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// Routes without the layer that are reported, at most: the client chooses the path of a request without a matched
/// route.
const REPORTED_ROUTES: usize = 64;

/// The caller of the request `parts`. Reports a request without the layer.
pub(super) fn caller_in(parts: &Parts) -> Option<&Caller> {
    let caller = Caller::latest(&parts.extensions);
    if caller.is_none() {
        report(parts);
    }
    caller
}

/// Reports the mistake, once per route.
fn report(parts: &Parts) {
    static REPORTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    // The request that Leptos makes up to collect the routes.
    if parts.extensions.is_empty() {
        return;
    }
    let matched = parts.extensions.get::<MatchedPath>();
    let route = matched.map_or(parts.uri.path(), MatchedPath::as_str);
    let mut reported = REPORTED.lock().unwrap_or_else(PoisonError::into_inner);
    if reported.len() < REPORTED_ROUTES && reported.insert(route.to_owned()) {
        tracing::error!(
            reason = "layer_missing",
            route,
            "no AuthLayer around this request, so nobody is signed in there: put AuthKit::layer() around its route"
        );
    }
}
