//! [`rights_digest`]: one number for all that a token says its user may do.
//!
//! Made for pages and for streams from the same claims, so that an open page can tell whether the two agree. Nobody is let
//! in by it.

use crate::server::{revocations::role_and_roles, token::texts};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The lists of rights, besides the roles.
const LISTS: [&str; 3] = ["permissions", "entitlements", "feature_flags"];

/// The number of the roles, permissions, entitlements and flags in these claims, in whatever order they are.
pub fn rights_digest(claims: &Map<String, Value>) -> u32 {
    let role = claims.get("role").and_then(Value::as_str);
    let roles: BTreeSet<_> = role_and_roles(role, claims.get("roles")).collect();
    let lists = LISTS.map(|name| texts(claims.get(name)).collect::<BTreeSet<_>>());
    let mut hash = Sha256::new();
    for list in std::iter::once(&roles).chain(&lists) {
        hash.update((list.len() as u64).to_be_bytes());
        for text in list {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
    }
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
    u32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn another_right_is_another_number_and_another_order_is_not() {
        let digest = |claims: Value| rights_digest(claims.as_object().unwrap());
        let one = digest(json!({"role": "a", "roles": ["b"], "permissions": ["x", "y"]}));
        let same = json!({"role": "b", "roles": ["a", "b"], "permissions": ["y", "x"], "exp": 7});
        assert_eq!(digest(same), one);
        for other in [
            json!({}),
            json!({"roles": ["a"], "permissions": ["x", "y"]}),
            json!({"roles": ["a", "b"], "permissions": ["xy"]}),
            json!({"roles": ["a", "b"], "entitlements": ["x", "y"]}),
            json!({"roles": ["a", "b"], "permissions": ["x", "y"], "feature_flags": ["z"]}),
        ] {
            assert_ne!(digest(other.clone()), one, "{other}");
        }
    }
}
