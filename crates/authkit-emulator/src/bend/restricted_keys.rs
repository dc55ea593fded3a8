//! API keys with restrictions, as WorkOS's dashboard can create them. Callers: control adds them, `api::key` asks.
//! A key that is not listed here is unrestricted or wrong; this file does not decide which.

use std::sync::{PoisonError, RwLock};

use crate::bend::endpoint::Endpoint;
use crate::state::random;

/// Restricted keys, each with the endpoints it may call.
#[derive(Default)]
pub struct RestrictedKeys {
    keys: RwLock<Vec<(String, Vec<Endpoint>)>>,
}

impl RestrictedKeys {
    /// Adds a key, or replaces its list of endpoints.
    pub fn set(&self, key: String, allowed: Vec<Endpoint>) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|(known, _)| *known != key);
        keys.push((key, allowed));
    }

    /// Whether a key may call an endpoint; `None` for a key without restrictions.
    pub fn may_call(&self, given: &str, endpoint: Endpoint) -> Option<bool> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.iter().find(|(key, _)| random::same_secret(given, key));
        key.map(|(_, allowed)| allowed.contains(&endpoint))
    }

    /// Removes all keys.
    pub fn reset(&self) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.clear();
    }
}
