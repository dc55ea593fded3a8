//! [`session_hash`]: a session as the log names it.
//!
//! Called by the layer. A session's id is no secret, but with an API key it is what ends the session: a log should not have
//! it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Bytes that tell sessions apart: two of a billion have the same in one of 256 logs.
const BYTES: usize = 9;

/// The first bytes of SHA-256 of the session's id, as 12 characters of base64url.
pub fn session_hash(session_id: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(session_id)[..BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_one_name_that_anybody_with_its_id_can_compute() {
        // printf session_1 | openssl dgst -sha256 -binary | head -c 9 | basenc --base64url
        assert_eq!(session_hash("session_1"), "Oh17aEi6SBbX");
        assert_ne!(session_hash("session_1"), session_hash("session_2"));
    }
}
