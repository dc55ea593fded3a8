//! Ids and secrets. Ids are public and sort by time; secrets are 256 random bits, stored as fingerprints only.
//! Callers: every file that creates a user, session, code or token. No value from here may ever be derived from a clock
//! or a counter alone.

use aws_lc_rs::{digest, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::state::clock::Clock;

/// A public id in WorkOS's form: `user_01H…`, a prefix and a ULID.
pub fn id(prefix: &str, clock: &Clock) -> String {
    id_at(prefix, clock.now())
}

/// Like [`id`], for a given time.
pub fn id_at(prefix: &str, time: Timestamp) -> String {
    format!("{prefix}_{}", ulid_at(time))
}

/// A bare ULID: 48 bits of time, 80 of randomness.
pub fn ulid_at(time: Timestamp) -> String {
    let milliseconds = u64::try_from(time.as_millisecond()).unwrap_or(0);
    ulid::Ulid::from_parts(milliseconds, u128::from_be_bytes(bytes())).to_string()
}

/// A secret of 256 bits, in base64url.
pub fn secret() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// The stored form of a secret: its SHA-256, so that a leaked state file opens no session.
pub fn fingerprint(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, secret.as_bytes()))
}

/// Whether two strings are equal, compared in constant time.
pub fn same_secret(given: &str, expected: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), expected.as_bytes()).is_ok()
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness there is no safe answer, and the operating system's source does not run out.
    assert!(
        rand::fill(&mut bytes).is_ok(),
        "the operating system gives no random bytes"
    );
    bytes
}
