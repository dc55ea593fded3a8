//! Sessions that have been signed out, while an access token of theirs may still be valid.
//!
//! Filled by signing out, asked by the layer, in the memory of this process: a copied cookie or a
//! late answer must not bring a session back.

use moka::sync::Cache;
use std::time::Duration;

/// Longer than access tokens live (WorkOS: five minutes, unless configured otherwise).
const REMEMBERED_FOR: Duration = Duration::from_secs(60 * 60);
/// Sessions remembered at most.
const CAPACITY: u64 = 100_000;

/// Session ids (`sid`) that are good no more.
pub struct Revoked {
    ids: Cache<String, ()>,
}

impl Revoked {
    /// None yet.
    pub fn new() -> Self {
        let ids = Cache::builder()
            .max_capacity(CAPACITY)
            .time_to_live(REMEMBERED_FOR)
            .build();
        Self { ids }
    }

    /// Ends a session.
    pub fn insert(&self, session_id: String) {
        self.ids.insert(session_id, ());
    }

    /// Whether a session has been ended.
    pub fn contains(&self, session_id: &str) -> bool {
        self.ids.contains_key(session_id)
    }
}
