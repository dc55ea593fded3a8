//! How much memory claims take, for the bound on what is remembered of callers.
//!
//! Asked by the authenticator. Counts what the standard library and an allocator take for a value, to some tenths: the
//! text of a token alone would say little, since a list of short words takes ten times its text.

use serde_json::{Map, Value};

/// An allocator's smallest piece, in bytes.
const PIECE: usize = 16;
/// Entries that a node of a B-tree has room for, and those it mostly has.
const ROOM: usize = 11;
const MOSTLY: usize = 6;

/// Memory that claims take, in bytes.
pub(super) fn memory_of(claims: &Map<String, Value>) -> usize {
    let leaves = claims
        .len()
        .div_ceil(MOSTLY)
        .max(usize::from(!claims.is_empty()));
    let nodes = match claims.len() {
        0..=ROOM => leaves.min(1),
        // And those above the leaves.
        _ => leaves + leaves.div_ceil(MOSTLY),
    };
    let node = piece(ROOM * (size_of::<String>() + size_of::<Value>()));
    let entries = claims
        .iter()
        .map(|(name, value)| piece(name.len()) + held_by(value));
    nodes * node + entries.sum::<usize>()
}

/// What a value takes beside itself.
fn held_by(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => piece(text.len()),
        Value::Array(list) => {
            let held: usize = list.iter().map(held_by).sum();
            piece(list.capacity() * size_of::<Value>()) + held
        }
        Value::Object(object) => memory_of(object),
    }
}

fn piece(bytes: usize) -> usize {
    bytes.next_multiple_of(PIECE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn memory(claims: Value) -> usize {
        let Value::Object(claims) = claims else {
            panic!("claims are an object");
        };
        memory_of(&claims)
    }

    #[test]
    fn claims_take_what_an_allocator_counts_for_them() {
        let usual = json!({
            "iss": "https://api.workos.com/user_management/client_01HZXW6M6GQF4Y3Z",
            "sub": "user_01KB3J9W3GXZP5VYW0S9YVJ7AB", "sid": "session_01KB3J9W3GXZP5VYW0S9YVJ7AB",
            "jti": "01KB3J9W3GXZP5VYW0S9YVJ7AB", "org_id": "org_01KB3J9W3GXZP5VYW0S9YVJ7AB",
            "role": "member", "roles": ["member"], "permissions": ["a:b", "c:d"],
            "exp": 1_800_000_000, "iat": 1_800_000_000, "auth_time": 1_800_000_000,
            "client_id": "client_01HZXW6M6GQF4Y3Z",
        });
        // 2,608 by a counting allocator.
        assert!((2_300..3_000).contains(&memory(usual)));
    }

    #[test]
    fn five_thousand_short_permissions_take_ten_times_their_text() {
        let many: Vec<_> = (0..5_000).map(|it| format!("p{it}")).collect();
        let text = json!(many).to_string().len();
        let memory = memory(json!({"permissions": many}));
        assert!(
            (5 * text..15 * text).contains(&memory),
            "{memory} for {text}"
        );
    }

    #[test]
    fn what_lies_deep_is_counted_and_nothing_takes_nothing() {
        assert_eq!(memory(json!({})), 0);
        let (shallow, deep) = (json!({"a": []}), json!({"a": [[{"b": "c".repeat(1_000)}]]}));
        assert!(memory(deep) > memory(shallow) + 1_000);
    }
}
