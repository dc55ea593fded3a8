//! API keys that may do some things only, as WorkOS's dashboard makes them. Control adds them; the check
//! of the API key asks here. A key that is not here has no restrictions, or is wrong.

use std::sync::{PoisonError, RwLock};

use super::fault::Endpoint;
use super::random;

/// The keys, each with the endpoints it may call.
#[derive(Default)]
pub struct RestrictedKeys {
    keys: RwLock<Vec<(String, Vec<Endpoint>)>>,
}

impl RestrictedKeys {
    /// Adds a key, or changes what it may call.
    pub fn set(&self, key: String, allowed: Vec<Endpoint>) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|(known, _)| *known != key);
        keys.push((key, allowed));
    }

    /// Whether this key may call that endpoint; `None` for a key that is not one of these.
    pub fn may_call(&self, given: &str, endpoint: Endpoint) -> Option<bool> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.iter().find(|(key, _)| random::same_secret(given, key));
        key.map(|(_, allowed)| allowed.contains(&endpoint))
    }

    /// Forgets them all.
    pub fn reset(&self) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.clear();
    }
}
