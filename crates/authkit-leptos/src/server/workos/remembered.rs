//! The lists of organizations that WorkOS gave within the last seconds.
//!
//! Kept by the client, filled and emptied by what asks for them.

use crate::membership::Membership;
use moka::future::Cache;
use std::{sync::Arc, time::Duration};

/// How long a list is remembered.
const REMEMBERED: Duration = Duration::from_secs(5);
/// Lists remembered, at most.
const CAPACITY: u64 = 10_000;

/// The lists remembered, by user.
pub(super) struct Memberships(pub(super) Cache<String, Arc<[Membership]>>);

impl Memberships {
    pub fn new() -> Self {
        let lists = Cache::builder()
            .max_capacity(CAPACITY)
            .time_to_live(REMEMBERED)
            .build();
        Self(lists)
    }
}
