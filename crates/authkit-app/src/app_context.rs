//! [`AppContext`]: what an app's pages and routes get of its process.
//!
//! Made once, by the router. Has nothing of a request.

use crate::pages::PageContext;
use authkit_audit::AuditLog;
use authkit_leptos::server::Listing;
use authkit_live::server::{Live, Store};
use leptos::prelude::provide_context;
use std::sync::Arc;

/// What there is in a process for its app. Clones share it.
#[derive(Clone)]
#[non_exhaustive]
pub struct AppContext {
    /// What pages depend on.
    pub pages: PageContext,
    /// The live queries and mutations.
    pub live: Live,
    /// The database.
    pub store: Store,
    /// Who did what.
    pub audit: AuditLog,
    /// The routes of the app, with who may ask for them.
    pub listing: Arc<Listing>,
}

impl AppContext {
    /// Has a page find it: [`PageContext`], [`Live`], [`Store`], [`AuditLog`] and `Arc<Listing>` are contexts of Leptos then.
    /// The process does this for pages; a route that renders one does it itself.
    pub fn provide(&self) {
        provide_context(self.pages.clone());
        provide_context(self.live.clone());
        provide_context(self.store.clone());
        provide_context(self.audit.clone());
        provide_context(Arc::clone(&self.listing));
    }
}
