//! [`PathGuard`]: what of the protection by path the layer carries.
//!
//! Made by `AuthKit`, asked by the layer once per request, after the caller is known and before the app is asked.

use super::rules::Rules;
use crate::server::{
    audit_trail::AuditTrail,
    caller::{Caller, NotAllowed},
    core::clock::Clock,
};
use axum::{
    Router,
    extract::{OriginalUri, Request},
};
use std::sync::Arc;

/// The rules, and what an answer to who is turned away is made with.
#[derive(Clone)]
pub(in crate::server) struct PathGuard {
    pub(super) rules: Arc<Rules>,
    clock: Clock,
    pub(super) audit: AuditTrail,
    /// Whether any site may show the app in a frame.
    pub(super) is_framed: bool,
    /// Has the app's own pages for who is turned away.
    pub(super) pages: Option<Router>,
}

impl PathGuard {
    pub fn new(rules: Arc<Rules>, clock: Clock, audit: AuditTrail, is_framed: bool) -> Self {
        Self {
            rules,
            clock,
            audit,
            is_framed,
            pages: None,
        }
    }

    pub fn with_pages(self, pages: Router) -> Self {
        Self {
            pages: Some(pages),
            ..self
        }
    }

    /// Why this caller's request does not reach the app.
    pub fn check(&self, request: &Request, caller: &Caller) -> Result<(), NotAllowed> {
        let now = self.clock.now();
        let asked = asked(request);
        let uris = [&asked, request.uri()];
        self.rules.check(uris, caller, now)
    }
}

/// The address that the client sent: a router in another one sees the end of it only.
pub(super) fn asked(request: &Request) -> http::Uri {
    let asked = request.extensions().get::<OriginalUri>();
    asked.map_or_else(|| request.uri().clone(), |OriginalUri(uri)| uri.clone())
}
