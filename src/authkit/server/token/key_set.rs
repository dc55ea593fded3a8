//! A set of public keys (RFC 7517 §5), read: which of its keys can check a signature here.
//!
//! Made by the cache from what a provider publishes. Private parts that somebody published by mistake
//! are never kept, and so never passed on.

use super::{jwks::JwksError, provider::Algorithm};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use jsonwebtoken::{
    DecodingKey, DecodingKeyKind,
    jwk::{
        AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, KeyOperations, PublicKeyUse,
    },
};
use serde::Deserialize;
use std::{collections::HashMap, sync::Arc};

/// The most keys a set may have.
pub const MAX_KEYS: usize = 64;

/// The keys of a provider that can be used, by algorithm and id.
pub struct KeySet {
    by_id: HashMap<(Algorithm, String), DecodingKey>,
    published: Arc<str>,
    /// When it was fetched, seconds since the epoch.
    pub fetched_at: u64,
}

impl KeySet {
    /// Signing keys that have an id; RFC 7517 §5 has consumers ignore what they don't know.
    ///
    /// # Errors
    /// [`JwksError`] when there is no such key: a mistake over there, and no reason to forget the keys
    /// there were before.
    pub fn parse(body: &[u8], fetched_at: u64) -> Result<Self, JwksError> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let set: Set = serde_json::from_slice(body).map_err(|_| JwksError::NotASet)?;
        if set.keys.len() > MAX_KEYS {
            return Err(JwksError::TooManyKeys(set.keys.len()));
        }
        let mut by_id = HashMap::new();
        let mut keys = Vec::new();
        for key in set.keys {
            let Ok(jwk) = serde_json::from_value::<Jwk>(key) else {
                continue;
            };
            let Some((algorithm, key)) = usable(&jwk) else {
                continue;
            };
            let Some(id) = jwk.common.key_id.clone() else {
                continue;
            };
            by_id.insert((algorithm, id), key);
            keys.push(jwk);
        }
        if by_id.is_empty() {
            return Err(JwksError::NoUsableKey);
        }
        let published = serde_json::to_string(&JwkSet { keys }).map_err(|_| JwksError::NotASet)?;
        Ok(Self {
            by_id,
            published: published.into(),
            fetched_at,
        })
    }

    /// The key with this id, if it is one for `algorithm`.
    pub fn key(&self, algorithm: Algorithm, id: &str) -> Option<&DecodingKey> {
        self.by_id.get(&(algorithm, id.to_owned()))
    }

    /// Whether a signature by `algorithm` could be checked with any of them.
    pub fn has_any(&self, algorithm: Algorithm) -> bool {
        self.by_id.keys().any(|(of, _)| *of == algorithm)
    }

    /// The usable keys as a JWK Set, public parts only.
    pub fn published(&self) -> Arc<str> {
        Arc::clone(&self.published)
    }
}

/// The key and what it is for; `None` for one that is for something else, or is no safe key (RFC 8725
/// §3.4).
fn usable(jwk: &Jwk) -> Option<(Algorithm, DecodingKey)> {
    let common = &jwk.common;
    let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature))
        && common
            .key_operations
            .as_ref()
            .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::Rs256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::Es256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDsa, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    if !signs || common.key_algorithm.is_some_and(|of| of != named) {
        return None;
    }
    let key = DecodingKey::from_jwk(jwk).ok()?;
    let safe = match (&jwk.algorithm, key.kind()) {
        (_, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            let parsed =
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256);
            is_safe_modulus(n) && is_safe_exponent(e) && parsed.is_ok()
        }
        (AlgorithmParameters::EllipticCurve(point), DecodingKeyKind::SecretOrDer(bytes)) => {
            // RFC 7518 §6.2.1.2: 32 bytes each. Only what they are together is seen in the end.
            let coordinates = [&point.x, &point.y];
            coordinates
                .iter()
                .all(|text| text.len() == LENGTH_OF_32_BYTES)
                && ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes).is_ok()
        }
        (_, DecodingKeyKind::SecretOrDer(bytes)) => {
            // A key in DER would be taken too, and is none (RFC 8037 §2).
            bytes.len() == 32
                && !has_small_order(bytes)
                && ParsedPublicKey::new(&ED25519, bytes).is_ok()
        }
    };
    safe.then_some((algorithm, key))
}

/// How long 32 bytes are in base64url.
const LENGTH_OF_32_BYTES: usize = 43;

/// From 2,048 bits (RFC 7518 §3.3) to what signatures are checked with, and odd, as a product of two
/// odd primes. Parsing a key checks neither.
fn is_safe_modulus(bytes: &[u8]) -> bool {
    let leading_zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = &bytes[leading_zeros..];
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    let bits = bytes.len() * 8 - first.leading_zeros() as usize;
    (2048..=8192).contains(&bits) && last % 2 == 1
}

/// Whether this Ed25519 key is one of the few points with which anybody can sign, as with the RSA
/// exponent 1: of order 1, 2, 4 or 8 (RFC 8032 §5.1), and the two ways to write a number of them
/// above the prime.
fn has_small_order(key: &[u8]) -> bool {
    const NUMBERS: [&str; 7] = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    let Some((last, rest)) = key.split_last() else {
        return true;
    };
    // The highest bit is the sign of the other coordinate.
    let y = rest.iter().copied().chain([last & 0x7f]);
    let y: String = y.map(|byte| format!("{byte:02x}")).collect();
    NUMBERS.contains(&y.as_str())
}

/// Odd and more than 1 (RFC 8017 §3.1): with 1 anybody can sign. And not so large that checking one
/// signature takes long: 65,537 is what everybody has.
fn is_safe_exponent(bytes: &[u8]) -> bool {
    const LONGEST: usize = 4;
    let leading_zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = &bytes[leading_zeros..];
    bytes.len() <= LONGEST && bytes != [1] && bytes.last().is_some_and(|last| last % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSA: &str = r#"{"kty":"RSA","kid":"a","use":"sig","alg":"RS256","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB"}"#;
    const MODULUS: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    // RFC 7515 appendix A.3 and RFC 8037 appendix A.2.
    const EC: &str = r#"{"kty":"EC","kid":"e","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    const ED: &str = r#"{"kty":"OKP","kid":"o","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}"#;

    fn ids(keys: &[&str]) -> Vec<String> {
        let set = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
        let mut ids: Vec<_> = match KeySet::parse(set.as_bytes(), 0) {
            Ok(set) => set.by_id.into_keys().map(|(_, id)| id).collect(),
            Err(error) => {
                assert_eq!(error, JwksError::NoUsableKey);
                Vec::new()
            }
        };
        ids.sort();
        ids
    }

    #[test]
    fn keys_of_unknown_kinds_are_passed_over() {
        let unknown = [
            r#"{"kty":"XYZ","kid":"x"}"#,
            r#"{"kty":"oct","kid":"h","k":"AAAA"}"#,
        ];
        assert_eq!(ids(&[unknown[0], unknown[1], RSA, EC, ED]), ["a", "e", "o"]);
    }

    #[test]
    fn a_key_for_something_else_is_passed_over() {
        for other in [
            RSA.replace("\"sig\"", "\"enc\""),
            RSA.replace("RS256", "RS512"),
            RSA.replace("\"kid\":\"a\",", ""),
            RSA.replace("\"use\":\"sig\"", "\"key_ops\":[\"encrypt\"]"),
            EC.replace("P-256", "P-384"),
        ] {
            assert_eq!(ids(&[&other]), [""; 0], "{other}");
        }
    }

    #[test]
    fn a_key_that_is_not_safe_is_passed_over() {
        for weak in [
            // 1,024 bits, 16,384 bits, and an even number.
            RSA.replace(MODULUS, &format!("{}8", "_".repeat(170))),
            RSA.replace(MODULUS, &format!("{}8", "_".repeat(2730))),
            RSA.replace("zKnqDKgw", "zKnqDKgA"),
            RSA.replace("AQAB", "AQ"),
            RSA.replace("AQAB", "AAAB"),
            RSA.replace("AQAB", "Ag"),
            RSA.replace("AQAB", &"_".repeat(340)),
            EC.replace("x_FE", "y_FE"),
            EC.replace("\"x_FEz", "\""),
            ED.replace("11qY", ""),
            ED.replace(
                "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                &"A".repeat(43),
            ),
        ] {
            assert_eq!(ids(&[&weak]), [""; 0], "{weak}");
        }
    }

    #[test]
    fn what_is_passed_on_has_no_private_part() {
        let set = KeySet::parse(format!(r#"{{"keys":[{ED}]}}"#).as_bytes(), 0).unwrap();
        assert!(set.published().contains("11qYAYKx") && !set.published().contains("nWGxne"));
    }

    #[test]
    fn html_is_not_a_set_and_a_thousand_keys_are_too_many() {
        let error = |body: &str| KeySet::parse(body.as_bytes(), 0).err();
        assert_eq!(error("<html>busy</html>"), Some(JwksError::NotASet));
        let many = format!(r#"{{"keys":[{}]}}"#, vec![RSA; 1000].join(","));
        assert_eq!(error(&many), Some(JwksError::TooManyKeys(1000)));
    }
}
