//! The `state` parameter (RFC 6749 §10.12): random, and sealed, so that we know our own.
//!
//! The attempt it belongs to is a cookie of the browser; what travels in it is only what is needed when that
//! cookie is gone: when the attempt began, and where the user wanted to go.

use crate::{
    paths::ReturnTo,
    server::{
        attempts::ATTEMPT_LIFETIME,
        core::seal::{Salt, Sealer},
    },
};
use serde::{Deserialize, Serialize};

const PURPOSE: &str = "state";

/// What a `state` of ours says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Where the person wanted to go.
    pub return_to: ReturnTo,
    /// When the attempt began, seconds since the epoch.
    pub started_at: u64,
    /// Whether it was started for the user because another one could not be finished.
    pub is_restart: bool,
}

#[derive(Serialize, Deserialize)]
struct Encoded<'a> {
    return_to: &'a str,
    started_at: u64,
    is_restart: bool,
}

impl State {
    /// A new `state`, URL-safe. `salt` must be random, and makes it unguessable.
    pub fn seal(&self, sealer: &Sealer, salt: Salt) -> String {
        let encoded = Encoded {
            return_to: self.return_to.as_str(),
            started_at: self.started_at,
            is_restart: self.is_restart,
        };
        let bytes = postcard::to_stdvec(&encoded).expect("a string and a number encode");
        sealer.seal(salt, PURPOSE, &bytes)
    }

    /// What `state` says, if it is one of ours.
    pub fn open(sealer: &Sealer, state: &str) -> Option<Self> {
        let bytes = sealer.open(PURPOSE, state).ok()?;
        let encoded: Encoded<'_> = postcard::from_bytes(&bytes).ok()?;
        Some(Self {
            return_to: ReturnTo::or_home(Some(encoded.return_to)),
            started_at: encoded.started_at,
            is_restart: encoded.is_restart,
        })
    }

    /// Whether an attempt that began at `started_at` has run out of time.
    pub fn has_expired(started_at: u64, now: u64) -> bool {
        now > started_at.saturating_add(ATTEMPT_LIFETIME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    #[test]
    fn opens_its_own_and_nothing_else() {
        let sealer = |fill: &str| Sealer::new(&SecretString::from(fill.repeat(32)), []);
        let state = State {
            return_to: ReturnTo::parse("/account?a=b").unwrap(),
            started_at: 1_700_000_000,
            is_restart: true,
        };
        let sealed = state.seal(&sealer("a"), [3; 24]);
        assert_eq!(State::open(&sealer("a"), &sealed), Some(state));
        assert_eq!(State::open(&sealer("b"), &sealed), None);
        assert_eq!(State::open(&sealer("a"), "made-up"), None);
    }
}
