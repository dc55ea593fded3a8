//! Which algorithm a token is signed with, and which it says it is (RFC 8725 §2.1, §3.1): every
//! provider against every algorithm, honest and lying, and public keys taken for shared secrets.

use super::Table;
use crate::rig::{ALGORITHMS, Key, Rig, claims, compact, mac, with};
use authkit_leptos::server::token::Algorithm;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// What JWS knows (RFC 7518 §3.1, RFC 8037, RFC 8812) but for shared secrets.
const ASYMMETRIC: [&str; 11] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K",
    "EdDSA",
];
const SHARED: [&str; 3] = ["HS256", "HS384", "HS512"];

pub fn add(table: &mut Table<'_>) {
    let rig = table.rig;
    for (index, provider) in ALGORITHMS.into_iter().enumerate() {
        for found in ASYMMETRIC {
            let key = signer(rig, found);
            let honest = json!({"alg": found, "kid": key.kid});
            let token =
                |header: Value| signed(provider, &with(rig.header(provider), header), key, found);
            if found == provider.name() {
                table.accepts(index, format!("{provider}: {found}"), token(honest));
                continue;
            }
            let name = format!("{provider}: signed with {found}");
            table.refuses(
                "token_algorithm",
                format!("{name}, which it says"),
                token(honest),
            );
            let name = format!("{name}, which it does not say");
            table.refuses("token_signature", &name, token(json!({})));
            if key.kid != rig.key(provider).kid {
                let name = format!("{name}, by the id of the key it is signed with");
                table.refuses("token_kid_unknown", name, token(json!({"kid": key.kid})));
            }
        }
        none(table, provider);
        public_keys_as_secrets(table, provider);
        let names = [
            "",
            " ",
            "RS256 ",
            "rs256",
            "es256",
            "eddsa",
            "EDDSA",
            "Ed25519",
            "Ed448",
            "RS1",
            "RS256,ES256",
            "dir",
            "RSA-OAEP-256",
            "ML-DSA-44",
            "RS256\u{0}",
            "ＲＳ256",
        ];
        for alg in names {
            let token = rig.with_header(provider, json!({"alg": alg}));
            table.refuses("token_algorithm", format!("{provider}: alg {alg:?}"), token);
        }
        for alg in [
            json!(null),
            json!(256),
            json!(true),
            json!([provider.name()]),
            json!({}),
        ] {
            let mut header = rig.header(provider);
            header["alg"] = alg.clone();
            let token = rig.signed(provider, &header, &claims(provider));
            table.refuses(
                "token_malformed",
                format!("{provider}: alg is {alg}"),
                token,
            );
        }
        let token = rig.with_header(provider, json!({"alg": null}));
        table.refuses("token_malformed", format!("{provider}: no alg"), token);
        table.says("alg missing");
    }
}

/// The key that signs with this algorithm.
fn signer<'r>(rig: &'r Rig, algorithm: &str) -> &'r Key {
    match algorithm {
        "ES256" => &rig.ec,
        "ES384" => &rig.p384,
        "ES512" => &rig.p521,
        "ES256K" => &rig.secp256k1,
        "EdDSA" => &rig.ed,
        _ => &rig.rsa,
    }
}

fn signed(provider: Algorithm, header: &Value, key: &Key, algorithm: &str) -> String {
    let claims = claims(provider).to_string();
    compact(header.to_string(), claims, |message| {
        key.sign(algorithm, message)
    })
}

/// RFC 7518 §3.6, in all spellings: without a signature, with a good one, with the HMAC of nothing.
fn none(table: &mut Table<'_>, provider: Algorithm) {
    let rig = table.rig;
    for alg in ["none", "None", "NONE", "nOnE", "none "] {
        let header = with(rig.header(provider), json!({"alg": alg})).to_string();
        let claims = claims(provider).to_string();
        let name = format!("{provider}: alg {alg:?}");
        let unsigned = compact(&header, &claims, |_| Vec::new());
        table.refuses("token_algorithm", format!("{name}, no signature"), unsigned);
        let signed = rig.signed_text(provider, &header, &claims);
        table.refuses(
            "token_algorithm",
            format!("{name}, a good signature"),
            signed,
        );
        let mac = compact(&header, &claims, |message| mac("HS256", b"", message));
        table.refuses("token_algorithm", format!("{name}, an empty secret"), mac);
    }
    let none = rig.with_header(provider, json!({"alg": "none"}));
    table.refuses("token_algorithm", format!("{provider}: none"), none);
    table.says("none not allowed: an unsigned token proves nothing");
}

/// RFC 8725 §2.1: what everybody knows, used as what only two may know.
fn public_keys_as_secrets(table: &mut Table<'_>, provider: Algorithm) {
    let rig = table.rig;
    let key = rig.key(provider);
    let mut secrets: Vec<(&str, Vec<u8>)> = vec![
        ("PEM", key.pem().into_bytes()),
        ("PEM without its last line end", key.pem().trim_end().into()),
        (
            "PEM with plain line ends",
            key.pem().replace("\r\n", "\n").into_bytes(),
        ),
        ("DER", key.der.clone()),
        ("DER in base64", STANDARD.encode(&key.der).into_bytes()),
        ("key itself", key.raw.clone()),
        ("JWK", key.jwk.to_string().into_bytes()),
        ("JWKS", rig.everything().into_bytes()),
        ("kid", key.kid.clone().into_bytes()),
        ("nothing", Vec::new()),
    ];
    for name in ["n", "x", "y"] {
        if let Some(text) = key.jwk[name].as_str() {
            secrets.push((name, text.into()));
        }
    }
    for (what, secret) in secrets {
        for alg in SHARED {
            let header = with(rig.header(provider), json!({"alg": alg})).to_string();
            let token = compact(header, claims(provider).to_string(), |message| {
                mac(alg, &secret, message)
            });
            let name = format!("{provider}: {alg} with the {what} as secret");
            table.refuses("token_algorithm", name, token);
            table.says("a shared secret, where this provider signs with a key pair");
        }
        let header = rig.header(provider).to_string();
        let token = compact(header, claims(provider).to_string(), |message| {
            mac("HS256", &secret, message)
        });
        let name = format!("{provider}: HMAC with the {what}, said to be {provider}");
        table.refuses("token_signature", name, token);
    }
}
