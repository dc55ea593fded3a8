//! `token::keys::set`: what is kept of a set of keys can be used, by its name, and is no key with which anybody can sign.
//!
//! Input: what a provider answers.

use super::super::token::{
    Algorithm,
    keys::set::{KeySet, MAX_KEYS},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm as Signed, DecodingKey, DecodingKeyKind, crypto};
use serde_json::Value;
use std::collections::HashSet;

const ALGORITHMS: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];
/// The points of small order on Ed25519 (RFC 8032 §5.1.3), encoded. With a public key among them, one of them and a zero
/// is a signature of whatever one likes.
const SMALL_POINTS: [&str; 8] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

pub fn test(input: &[u8]) {
    let Ok(set) = KeySet::parse(input, 7) else {
        return;
    };
    assert_eq!(set.fetched_at, 7);
    let published = set.published();
    let keys: Value = serde_json::from_str(&published).unwrap();
    let keys = keys["keys"].as_array().unwrap();
    assert!(keys.len() <= MAX_KEYS);
    let mut names = HashSet::new();
    for jwk in keys {
        let algorithm = checked(jwk);
        let kid = jwk["kid"].as_str().unwrap();
        assert!(names.insert((algorithm, kid)), "{kid:?} is there twice");
        assert!(!set.is_ambiguous(algorithm, kid));
        let key = set
            .key(algorithm, kid)
            .expect("a published key is one that is used");
        let is_rsa = matches!(key.kind(), DecodingKeyKind::RsaModulusExponent { .. });
        assert_eq!(is_rsa, algorithm == Algorithm::Rs256);
    }
    for algorithm in ALGORITHMS {
        assert_eq!(
            set.has_any(algorithm),
            names.iter().any(|(of, _)| *of == algorithm)
        );
        if let Some(kid) = set.any_ambiguous(algorithm) {
            assert!(
                set.key(algorithm, kid).is_none(),
                "{kid:?} could be either of two keys"
            );
        }
    }
    // What is passed on is a set from which others read the same.
    match KeySet::parse(published.as_bytes(), 7) {
        Ok(again) => assert_eq!(again.published(), published),
        Err(_) => assert!(keys.is_empty()),
    }
}

/// The algorithm of a key, by its own measure.
fn checked(jwk: &Value) -> Algorithm {
    for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        assert!(
            jwk.get(private).is_none_or(Value::is_null),
            "{private} is published"
        );
    }
    assert!(jwk.get("use").is_none_or(|it| it == "sig" || it.is_null()));
    let verifies = |operations: &Value| {
        operations
            .as_array()
            .is_some_and(|it| it.contains(&"verify".into()))
    };
    assert!(
        jwk.get("key_ops")
            .is_none_or(|it| it.is_null() || verifies(it))
    );
    let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let (algorithm, alg) = match jwk["kty"].as_str().unwrap() {
        "RSA" => {
            rsa_is_safe(&number("n"), &number("e"));
            (Algorithm::Rs256, "RS256")
        }
        "EC" => {
            assert_eq!(jwk["crv"], "P-256");
            assert_eq!((number("x").len(), number("y").len()), (32, 32));
            (Algorithm::Es256, "ES256")
        }
        "OKP" => {
            assert_eq!(jwk["crv"], "Ed25519");
            assert_eq!(number("x").len(), 32);
            nobody_signs_for(jwk["x"].as_str().unwrap());
            (Algorithm::EdDsa, "EdDSA")
        }
        other => panic!("a key of the kind {other:?} is kept"),
    };
    assert!(jwk.get("alg").is_none_or(|it| it == alg || it.is_null()));
    algorithm
}

fn rsa_is_safe(n: &[u8], e: &[u8]) {
    let without_zeros = |number: &[u8]| -> Vec<u8> {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        number[zeros..].to_vec()
    };
    let (n, e) = (without_zeros(n), without_zeros(e));
    let bits = n.len() * 8 - n[0].leading_zeros() as usize;
    assert!((2048..=8192).contains(&bits), "{bits} bits");
    assert!(n[n.len() - 1] % 2 == 1 && e[e.len() - 1] % 2 == 1);
    assert!((1..=4).contains(&e.len()) && e != [1], "exponent {e:?}");
}

fn nobody_signs_for(x: &str) {
    let key = DecodingKey::from_ed_components(x).unwrap();
    for point in SMALL_POINTS {
        let bytes = (0..32).map(|at| u8::from_str_radix(&point[2 * at..2 * at + 2], 16).unwrap());
        let signature: Vec<u8> = bytes.chain([0; 32]).collect();
        let signature = URL_SAFE_NO_PAD.encode(signature);
        let verified = crypto::verify(&signature, b"anything", &key, Signed::EdDSA);
        assert!(
            !verified.unwrap_or(false),
            "anybody can sign for the key {x}"
        );
    }
}
