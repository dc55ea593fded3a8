//! Keys that must not be used, although the provider publishes them (RFC 8725 §3.4, RFC 7517 §4,
//! RFC 7518 §6): each beside a good key, and with a token that it really signed, where it can.

use super::Table;
use crate::{
    minted::Openssl,
    rig::{AUDIENCE, Key, Rig, claims, compact, encode, issuer, mac, provider, set, with},
};
use authkit_leptos::server::token::{Algorithm, Provider};
use aws_lc_rs::{
    digest,
    signature::{self, UnparsedPublicKey},
};
use serde_json::{Value, json};

pub fn add(table: &mut Table<'_>) {
    let rig = table.rig;
    rsa(table, rig);
    elliptic(table, rig);
    edwards(table, rig);
    purposes(table, rig);
    let secret = json!({"kty": "oct", "kid": "odd", "k": encode("secret"), "alg": "HS256"});
    for (alg, code) in [("HS256", "token_algorithm"), ("RS256", "token_kid_unknown")] {
        let header = json!({"alg": alg, "kid": "odd"}).to_string();
        let token = compact(header, claims(Algorithm::Rs256).to_string(), |message| {
            mac("HS256", b"secret", message)
        });
        let providers = publishing(rig, Algorithm::Rs256, secret.clone());
        table.row(
            format!("a shared secret in the JWKS, alg {alg}"),
            providers,
            token,
            Err(code),
        );
    }
}

/// A provider that publishes its good key, and this one, whose id is "odd".
fn publishing(rig: &Rig, algorithm: Algorithm, odd: Value) -> Vec<Provider> {
    let set = set(&[rig.key(algorithm).jwk.clone(), odd]);
    vec![provider(issuer(algorithm), Some(AUDIENCE), &set, algorithm)]
}

/// A token that names the key "odd".
fn token(algorithm: Algorithm, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let header = json!({"alg": algorithm.name(), "kid": "odd"}).to_string();
    compact(header, claims(algorithm).to_string(), sign)
}

fn odd(jwk: &Value, changes: Value) -> Value {
    with(with(jwk.clone(), json!({"kid": "odd"})), changes)
}

fn rsa(table: &mut Table<'_>, rig: &Rig) {
    let of = Algorithm::Rs256;
    for bits in [1024, 2040] {
        let key = Openssl::rsa(bits, 65537);
        let providers = publishing(rig, of, key.jwk("odd"));
        let token = token(of, |message| key.sign(message));
        table.row(
            format!("RSA of {bits} bits"),
            providers,
            token,
            Err("token_kid_unknown"),
        );
    }
    let key = Openssl::rsa(2048, 3);
    let providers = publishing(rig, of, key.jwk("odd"));
    let signed = token(of, |message| key.sign(message));
    table.row("RSA with the exponent 3", providers, signed, Ok(0));

    let forged = token(of, padded);
    let exponent_one = publishing(rig, of, odd(&rig.rsa.jwk, json!({"e": "AQ"})));
    let name = "RSA with the exponent 1, signed by nobody";
    table.row(name, exponent_one, forged.clone(), Err("token_kid_unknown"));
    let long_one = publishing(rig, of, odd(&rig.rsa.jwk, json!({"e": encode([0, 0, 1])})));
    let name = "RSA with the exponent 1 and zeros before it, signed by nobody";
    table.row(name, long_one, forged, Err("token_kid_unknown"));

    let modulus = &rig.rsa.raw;
    let mut even = modulus.clone();
    *even.last_mut().unwrap() &= 0xfe;
    let mut huge = vec![0xff; 2048];
    huge[0] = 0x7f;
    for (name, changes) in [
        ("RSA with the exponent 0", json!({"e": "AA"})),
        ("RSA with an empty exponent", json!({"e": ""})),
        ("RSA with the exponent 2", json!({"e": "Ag"})),
        (
            "RSA with the exponent 65,536",
            json!({"e": encode([1, 0, 0])}),
        ),
        (
            "RSA with an exponent of 33 bits",
            json!({"e": encode([1, 0, 0, 0, 1])}),
        ),
        (
            "RSA with an exponent as long as its modulus",
            json!({"e": encode(modulus)}),
        ),
        (
            "RSA with an exponent that is no base64url",
            json!({"e": "A+AB"}),
        ),
        ("RSA with an exponent that is a number", json!({"e": 65537})),
        ("RSA without an exponent", json!({"e": null})),
        ("RSA with an even modulus", json!({"n": encode(even)})),
        ("RSA with an empty modulus", json!({"n": ""})),
        (
            "RSA with a modulus of zeros",
            json!({"n": encode([0; 256])}),
        ),
        ("RSA of 16,384 bits", json!({"n": encode(huge)})),
        ("RSA without a modulus", json!({"n": null})),
        ("RSA that says it is EC", json!({"kty": "EC"})),
    ] {
        let providers = publishing(rig, of, odd(&rig.rsa.jwk, changes));
        let token = token(of, |message| rig.rsa.sign("RS256", message));
        table.row(name, providers, token, Err("token_kid_unknown"));
    }
}

/// The message as RSA signs it (RFC 8017 §9.2), which with the exponent 1 is the signature.
fn padded(message: &[u8]) -> Vec<u8> {
    const SHA256: [u8; 19] = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        0x05, 0x00, 0x04, 0x20,
    ];
    let hash = digest::digest(&digest::SHA256, message);
    let mut signature = vec![0, 1];
    signature.resize(256 - 1 - SHA256.len() - hash.as_ref().len(), 0xff);
    signature.push(0);
    signature.extend(SHA256);
    signature.extend(hash.as_ref());
    signature
}

fn elliptic(table: &mut Table<'_>, rig: &Rig) {
    let of = Algorithm::Es256;
    let (x, y) = rig.ec.raw[1..].split_at(32);
    let mut off = y.to_vec();
    off[31] ^= 1;
    // The same point in 33 and 31 bytes (RFC 7518 §6.2.1.2 wants 32 each).
    let (long, short) = rig.ec.raw[1..].split_at(33);
    let zero = [&[0], x].concat();
    for (name, changes) in [
        ("a point that is not on P-256", json!({"y": encode(off)})),
        (
            "a point with x and y swapped",
            json!({"x": encode(y), "y": encode(x)}),
        ),
        (
            "the point at infinity",
            json!({"x": encode([0; 32]), "y": encode([0; 32])}),
        ),
        (
            "a point with coordinates above the prime",
            json!({"x": encode([0xff; 32])}),
        ),
        ("a point without y", json!({"y": null})),
        ("a point with an empty y", json!({"y": ""})),
        (
            "a point whose x is 33 bytes and y 31",
            json!({"x": encode(long), "y": encode(short)}),
        ),
        (
            "a point whose x has a zero too many",
            json!({"x": encode(zero)}),
        ),
        (
            "a point all in x",
            json!({"x": encode(&rig.ec.raw[1..]), "y": ""}),
        ),
        (
            "a point in padded base64url",
            json!({"x": format!("{}=", encode(x))}),
        ),
        ("P-256 that says it is P-384", json!({"crv": "P-384"})),
        (
            "P-256 that says it is secp256k1",
            json!({"crv": "secp256k1"}),
        ),
        ("P-256 without a curve", json!({"crv": null})),
        ("P-256 that says it is OKP", json!({"kty": "OKP"})),
    ] {
        let providers = publishing(rig, of, odd(&rig.ec.jwk, changes));
        let token = token(of, |message| rig.ec.sign("ES256", message));
        table.row(name, providers, token, Err("token_kid_unknown"));
    }
    let with_sha256 = Key::ec("odd", "P-521", &signature::ECDSA_P521_SHA256_FIXED_SIGNING);
    for (name, key) in [
        ("P-384", &rig.p384),
        ("P-521", &rig.p521),
        ("P-521 with SHA-256", &with_sha256),
        ("secp256k1", &rig.secp256k1),
    ] {
        for (how, changes) in [
            ("honest", json!({})),
            ("said to be P-256", json!({"crv": "P-256"})),
        ] {
            let providers = publishing(rig, of, odd(&key.jwk, changes));
            let token = token(of, |message| key.sign("", message));
            table.row(
                format!("{name} for ES256, {how}"),
                providers,
                token,
                Err("token_kid_unknown"),
            );
        }
    }
}

fn edwards(table: &mut Table<'_>, rig: &Rig) {
    let of = Algorithm::EdDsa;
    let x = &rig.ed.raw;
    for (name, changes) in [
        ("X25519 for EdDSA", json!({"crv": "X25519"})),
        ("Ed448 for EdDSA", json!({"crv": "Ed448"})),
        ("Ed25519 that is empty", json!({"x": ""})),
        ("Ed25519 of 31 bytes", json!({"x": encode(&x[..31])})),
        (
            "Ed25519 of 33 bytes",
            json!({"x": encode([x, &[0][..]].concat())}),
        ),
        ("Ed25519 in DER", json!({"x": encode(&rig.ed.der)})),
        (
            "Ed25519 in plain base64",
            json!({"x": format!("{}=", encode(x))}),
        ),
        (
            "Ed25519 that says it is EC",
            json!({"kty": "EC", "y": encode(x)}),
        ),
        ("Ed25519 that says it is P-256", json!({"crv": "P-256"})),
        ("Ed25519 without a curve", json!({"crv": null})),
    ] {
        let providers = publishing(rig, of, odd(&rig.ed.jwk, changes));
        let token = token(of, |message| rig.ed.sign("EdDSA", message));
        table.row(name, providers, token, Err("token_kid_unknown"));
    }
    small_orders(table, rig);
}

/// Points of order 1, 2, 4 and 8. With one for a key, anybody signs: one text in eight, or each, has
/// the signature of which R is the neutral element and S is 0 (RFC 8032 §5.1.7).
fn small_orders(table: &mut Table<'_>, rig: &Rig) {
    let of = Algorithm::EdDsa;
    let mut forged = [0; 64];
    forged[0] = 1;
    for (order, point) in [
        (
            "1",
            "0100000000000000000000000000000000000000000000000000000000000000",
        ),
        (
            "2",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ),
        (
            "4",
            "0000000000000000000000000000000000000000000000000000000000000000",
        ),
        (
            "4, negative",
            "0000000000000000000000000000000000000000000000000000000000000080",
        ),
        (
            "8",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        ),
        (
            "8, negative",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        ),
        (
            "8, another",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ),
        (
            "8, another negative",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        ),
    ] {
        let digits = (0..32).map(|at| u8::from_str_radix(&point[2 * at..2 * at + 2], 16).unwrap());
        let point: Vec<u8> = digits.collect();
        let header = json!({"alg": "EdDSA", "kid": "odd"}).to_string();
        let attempt = |number: u32| {
            let claims = with(claims(of), json!({"jti": number.to_string()}));
            compact(&header, claims.to_string(), |_| forged.to_vec())
        };
        let fits = |token: &String| {
            let (message, _) = token.rsplit_once('.').unwrap();
            let key = UnparsedPublicKey::new(&signature::ED25519, &point);
            key.verify(message.as_bytes(), &forged).is_ok()
        };
        let token = (0..1000).map(attempt).find(fits).unwrap();
        let providers = publishing(rig, of, odd(&rig.ed.jwk, json!({"x": encode(&point)})));
        let name = format!("Ed25519 with a key of order {order}, signed by nobody");
        table.row(name, providers, token, Err("token_kid_unknown"));
    }
}

/// What a key is for (RFC 7517 §4), by a token that it signed.
fn purposes(table: &mut Table<'_>, rig: &Rig) {
    let of = Algorithm::Rs256;
    for (name, changes, expected) in [
        (
            "for signatures",
            json!({"use": "sig", "alg": "RS256"}),
            Ok(0),
        ),
        ("for verifying", json!({"key_ops": ["verify"]}), Ok(0)),
        (
            "with a certificate",
            json!({"x5c": ["MIIB"], "x5t": "AAAA"}),
            Ok(0),
        ),
        (
            "with a member nobody knows",
            json!({"nbf": NEVER, "foo": {"bar": []}}),
            Ok(0),
        ),
        ("with its private part", json!({"d": "AQAB"}), Ok(0)),
        (
            "for encryption",
            json!({"use": "enc"}),
            Err("token_kid_unknown"),
        ),
        (
            "for something else",
            json!({"use": "tls"}),
            Err("token_kid_unknown"),
        ),
        (
            "for signing only",
            json!({"key_ops": ["sign"]}),
            Err("token_kid_unknown"),
        ),
        (
            "for wrapping keys",
            json!({"key_ops": ["wrapKey"]}),
            Err("token_kid_unknown"),
        ),
        (
            "for RS512",
            json!({"alg": "RS512"}),
            Err("token_kid_unknown"),
        ),
        (
            "for PS256",
            json!({"alg": "PS256"}),
            Err("token_kid_unknown"),
        ),
        (
            "for RSA-OAEP",
            json!({"alg": "RSA-OAEP"}),
            Err("token_kid_unknown"),
        ),
        (
            "for HS256",
            json!({"alg": "HS256"}),
            Err("token_kid_unknown"),
        ),
        (
            "without an id",
            json!({"kid": null}),
            Err("token_kid_unknown"),
        ),
        (
            "with a number for an id",
            json!({"kid": 7}),
            Err("token_kid_unknown"),
        ),
    ] {
        let providers = publishing(rig, of, odd(&rig.rsa.jwk, changes));
        let token = token(of, |message| rig.rsa.sign("RS256", message));
        table.row(format!("a key {name}"), providers, token, expected);
    }
}

const NEVER: u64 = u64::MAX;
