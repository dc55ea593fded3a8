//! Another environment of the same account: a client id and an API key that are valid together and have no access to
//! this environment, for tests of mixed-up credentials. Callers: control adds it; `other_environment_layer`, the key
//! endpoints and the token endpoint ask whether a request means it. It has no users, sessions or addresses.

use crate::state::keys::KeyRing;
use crate::state::random;

/// The other environment.
#[derive(Clone)]
pub struct OtherEnvironment {
    pub client_id: String,
    pub api_key: String,
    /// Each client of WorkOS has its own signing keys.
    pub keys: KeyRing,
}

impl OtherEnvironment {
    /// Whether `given` is its API key.
    pub fn has_key(&self, given: &str) -> bool {
        random::same_secret(given, &self.api_key)
    }
}
