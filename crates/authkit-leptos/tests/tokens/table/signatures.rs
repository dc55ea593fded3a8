//! Signatures that are not what they should be: forged, cut, moved, or written another way.

use super::Table;
use crate::rig::{ALGORITHMS, Rig, claims, compact, encode};
use authkit_leptos::server::token::Algorithm;
use serde_json::json;

/// The order of P-256 (FIPS 186-5), big end first.
const N: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
/// The order of Ed25519 (RFC 8032 §5.1), little end first.
const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Makes another signature of one.
type Change = fn(Vec<u8>) -> Vec<u8>;

pub fn add(table: &mut Table<'_>) {
    let rig = table.rig;
    for (index, of) in ALGORITHMS.into_iter().enumerate() {
        let changes: [(&str, Change); 13] = [
            ("empty", |_| Vec::new()),
            ("one zero", |_| vec![0]),
            ("all zero", |good| vec![0; good.len()]),
            ("all ones", |good| vec![0xff; good.len()]),
            ("the number 1", |good| {
                let mut one = vec![0; good.len()];
                *one.last_mut().unwrap() = 1;
                one
            }),
            ("cut by a byte", |good| good[..good.len() - 1].to_vec()),
            ("cut in half", |good| good[..good.len() / 2].to_vec()),
            ("without its first byte", |good| good[1..].to_vec()),
            ("with a zero before", |good| [vec![0], good].concat()),
            ("with a zero after", |good| [good, vec![0]].concat()),
            ("twice", |good| [good.clone(), good].concat()),
            ("backwards", |mut good| {
                good.reverse();
                good
            }),
            ("with its last bit flipped", |mut good| {
                *good.last_mut().unwrap() ^= 1;
                good
            }),
        ];
        for (name, change) in changes {
            let token = changed(rig, of, change);
            table.refuses(
                "token_signature",
                format!("{of}: the signature is {name}"),
                token,
            );
        }
        let token = compact(
            rig.header(of).to_string(),
            claims(of).to_string(),
            |message| rig.stranger(of).sign(of.name(), message),
        );
        table.refuses(
            "token_signature",
            format!("{of}: signed by a stranger"),
            token,
        );
        table.says("changed, cut off, or signed by somebody else");
        for (name, wrong) in [("payload", 1), ("header", 0)] {
            let token = compact(
                rig.header(of).to_string(),
                claims(of).to_string(),
                |message| {
                    let message = String::from_utf8(message.to_vec()).unwrap();
                    let part = message.split('.').nth(wrong).unwrap();
                    rig.key(of).sign(of.name(), part.as_bytes())
                },
            );
            table.refuses(
                "token_signature",
                format!("{of}: only the {name} is signed"),
                token,
            );
        }
        moved(table, of);
        let token = changed(rig, of, |good| good);
        table.accepts(index, format!("{of}: the signature is as it was"), token);
    }
    ecdsa(table);
    let token = changed(rig, Algorithm::EdDsa, |mut signature| {
        let mut carry = 0;
        for (byte, order) in signature[32..].iter_mut().zip(L) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            [*byte, _] = sum.to_le_bytes();
            carry = sum >> 8;
        }
        signature
    });
    // RFC 8032 §5.1.7: otherwise there were two signatures of everything.
    table.refuses("token_signature", "EdDSA: S is above the order", token);
}

fn changed(rig: &Rig, of: Algorithm, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    compact(
        rig.header(of).to_string(),
        claims(of).to_string(),
        |message| change(rig.key(of).sign(of.name(), message)),
    )
}

/// Parts of two good tokens, put together.
fn moved(table: &mut Table<'_>, of: Algorithm) {
    let rig = table.rig;
    let mine = rig.good(of);
    let yours = rig.with_claims(of, json!({"sub": "user_2"}));
    let mine: Vec<_> = mine.split('.').collect();
    let yours: Vec<_> = yours.split('.').collect();
    let join = |parts: [&str; 3]| parts.join(".");
    let other_header = encode(json!({"alg": of.name(), "kid": rig.key(of).kid}).to_string());
    for (name, token) in [
        (
            "the signature of another token",
            join([mine[0], mine[1], yours[2]]),
        ),
        (
            "the claims of another token",
            join([mine[0], yours[1], mine[2]]),
        ),
        (
            "another header that says the same",
            join([&other_header, mine[1], mine[2]]),
        ),
    ] {
        table.refuses("token_signature", format!("{of}: {name}"), token);
    }
    for (name, parts) in [
        ("header and payload swapped", [mine[1], mine[0], mine[2]]),
        ("payload and signature swapped", [mine[0], mine[2], mine[1]]),
        ("no payload", [mine[0], "", mine[2]]),
        ("no header", ["", mine[1], mine[2]]),
    ] {
        table.refuses("token_malformed", format!("{of}: {name}"), join(parts));
    }
}

/// RFC 7518 §3.4: r and s, 32 bytes each, from 1 to n - 1. CVE-2022-21449 did without the last.
fn ecdsa(table: &mut Table<'_>) {
    let rig = table.rig;
    let of = Algorithm::Es256;
    type Halves = fn(&[u8], &[u8]) -> Vec<u8>;
    let changes: [(&str, Halves); 9] = [
        ("r and s swapped", |r, s| [s, r].concat()),
        ("r is 0", |_, s| [&[0; 32], s].concat()),
        ("s is 0", |r, _| [r, &[0; 32]].concat()),
        ("r is n", |_, s| [&N, s].concat()),
        ("s is n", |r, _| [r, &N].concat()),
        ("r and s are n", |_, _| [N, N].concat()),
        ("r is above n", |_, s| [&[0xff; 32], s].concat()),
        ("s is above n", |r, _| [r, &[0xff; 32]].concat()),
        ("r and s have 33 bytes each", |r, s| {
            [&[0], r, &[0], s].concat()
        }),
    ];
    for (name, change) in changes {
        let token = changed(rig, of, |good| change(&good[..32], &good[32..]));
        table.refuses("token_signature", format!("ES256: {name}"), token);
    }
    let token = compact(
        rig.header(of).to_string(),
        claims(of).to_string(),
        |message| rig.ec.sign_in_der(message),
    );
    table.refuses("token_signature", "ES256: the signature is in DER", token);
    let token = compact(rig.header(of).to_string(), claims(of).to_string(), |_| {
        vec![0x30, 6, 2, 1, 0, 2, 1, 0]
    });
    table.refuses(
        "token_signature",
        "ES256: the signature is zeros in DER",
        token,
    );
    // Neither RFC 7518 nor FIPS 186-5 forbids it: a verifier must not take a token's text for its name.
    let twin = changed(rig, of, |good| {
        let (r, s) = good.split_at(32);
        let mut twin = N;
        let mut borrow = 0;
        for (byte, s) in twin.iter_mut().zip(s).rev() {
            let difference = i16::from(*byte) - i16::from(*s) - borrow;
            borrow = i16::from(difference < 0);
            [*byte, _] = difference.to_le_bytes();
        }
        [r, &twin].concat()
    });
    table.accepts(1, "ES256: s is n - s, which is as good", twin);
}
