//! One public key (RFC 7517 §4): for which algorithm it is, and whether it is safe to check a signature
//! with (RFC 8725 §3.4).
//!
//! Asked by the set of keys. What it does not know for safe it does not let through.

use crate::server::token::algorithm::Algorithm;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use jsonwebtoken::{
    DecodingKey, DecodingKeyKind,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};

/// The algorithm whose signatures the key is for; `None` for one that is for something else.
pub fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
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
    let is_named = common.key_algorithm.is_none_or(|of| of == named);
    (signs && is_named).then_some(algorithm)
}

/// The key, if it is a safe one of its kind.
pub fn safe_key(jwk: &Jwk) -> Option<DecodingKey> {
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
    safe.then_some(key)
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

/// Whether this Ed25519 key is one of the few points with which anyone can sign, as with the RSA
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

/// Odd and more than 1 (RFC 8017 §3.1): with 1 anyone can sign. And not so large that checking one
/// signature takes long: 65,537 is the usual exponent.
fn is_safe_exponent(bytes: &[u8]) -> bool {
    const LONGEST: usize = 4;
    let leading_zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = &bytes[leading_zeros..];
    bytes.len() <= LONGEST && bytes != [1] && bytes.last().is_some_and(|last| last % 2 == 1)
}
