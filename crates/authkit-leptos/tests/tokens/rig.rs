//! Keys of every kind, tokens signed with them however wrong, and providers that know the keys.
//!
//! Used by all the files around it. The time is always [`NOW`]: what is verified here must not depend
//! on the day it is verified on.

use authkit_leptos::server::{
    core::clock::Clock,
    token::{Algorithm, Provider, Refusal, Verified, Verifier},
};
use aws_lc_rs::{
    encoding::AsDer,
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

/// When all this happens, in seconds since the epoch.
pub const NOW: u64 = 1_800_000_000;
/// For whom the tokens are.
pub const AUDIENCE: &str = "app";
/// All that a provider may sign with.
pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

/// A key pair.
pub struct Key {
    pub kid: String,
    /// The public key (RFC 7517).
    pub jwk: Value,
    /// The public key as `SubjectPublicKeyInfo` in DER (RFC 5280 §4.1).
    pub der: Vec<u8>,
    /// The modulus, the point or the Ed25519 public key.
    pub raw: Vec<u8>,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Key {
    pub fn rsa(kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let public = pair.public_key();
        let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
        let exponent = public.exponent().big_endian_without_leading_zero();
        Self {
            kid: kid.to_owned(),
            jwk: json!({"kty": "RSA", "kid": kid, "n": encode(&modulus), "e": encode(exponent)}),
            der: public.as_der().unwrap().as_ref().to_vec(),
            raw: modulus,
            pair: Pair::Rsa(pair),
        }
    }

    pub fn ec(kid: &str, curve: &str, algorithm: &'static EcdsaSigningAlgorithm) -> Self {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let public = pair.public_key();
        let point = public.as_ref().to_vec();
        let (x, y) = point[1..].split_at(point.len() / 2);
        Self {
            kid: kid.to_owned(),
            jwk: json!({"kty": "EC", "kid": kid, "crv": curve, "x": encode(x), "y": encode(y)}),
            der: public.as_der().unwrap().as_ref().to_vec(),
            raw: point,
            pair: Pair::Ec(pair),
        }
    }

    pub fn p256(kid: &str) -> Self {
        Self::ec(kid, "P-256", &signature::ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    pub fn ed25519(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let public = pair.public_key();
        let x = public.as_ref().to_vec();
        Self {
            kid: kid.to_owned(),
            jwk: json!({"kty": "OKP", "kid": kid, "crv": "Ed25519", "x": encode(&x)}),
            der: public.as_der().unwrap().as_ref().to_vec(),
            raw: x,
            pair: Pair::Ed(pair),
        }
    }

    /// A signature by `algorithm`, as RFC 7518 §3 wants it; elliptic curves know only their own.
    pub fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let scheme: &'static dyn signature::RsaEncoding = match algorithm {
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    "PS384" => &signature::RSA_PSS_SHA384,
                    "PS512" => &signature::RSA_PSS_SHA512,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(scheme, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// An ECDSA signature in DER (RFC 3279 §2.2.3), which is not what JWS has.
    pub fn sign_in_der(&self, message: &[u8]) -> Vec<u8> {
        let Pair::Ec(pair) = &self.pair else {
            panic!("only ECDSA has two ways to write a signature");
        };
        let pkcs8 = pair.to_pkcs8v1().unwrap();
        let algorithm = &signature::ECDSA_P256_SHA256_ASN1_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).unwrap();
        let signature = pair.sign(&SystemRandom::new(), message).unwrap();
        signature.as_ref().to_vec()
    }

    /// What people have in files.
    pub fn pem(&self) -> String {
        pem::encode(&pem::Pem::new("PUBLIC KEY", self.der.clone()))
    }
}

/// A MAC with a shared secret (RFC 7518 §3.2).
pub fn mac(algorithm: &str, secret: &[u8], message: &[u8]) -> Vec<u8> {
    let hash = match algorithm {
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => hmac::HMAC_SHA256,
    };
    let tag = hmac::sign(&hmac::Key::new(hash, secret), message);
    tag.as_ref().to_vec()
}

/// A compact JWS (RFC 7515 §7.1) of these texts, which need not be JSON.
pub fn compact(
    header: impl AsRef<[u8]>,
    payload: impl AsRef<[u8]>,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> String {
    compact_of(&encode(header), &encode(payload), sign)
}

/// The same of parts that are encoded already, however badly.
pub fn compact_of(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let message = format!("{header}.{payload}");
    let signature = encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// A JWK Set (RFC 7517 §5).
pub fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

/// A provider whose keys are written into its configuration.
pub fn provider(issuer: &str, audience: Option<&str>, set: &str, algorithm: Algorithm) -> Provider {
    let uri = format!("data:application/json;base64,{}", STANDARD.encode(set));
    Provider::custom_jwt(issuer, audience, &uri, algorithm).unwrap()
}

/// What `json` is with `changes`, of which `null` removes.
pub fn with(mut json: Value, changes: Value) -> Value {
    let map = json.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        map.insert(name.clone(), value.clone());
    }
    map.retain(|_, value| !value.is_null());
    json
}

/// Everybody's keys. One of each kind, and strangers'.
pub struct Rig {
    pub rsa: Key,
    pub ec: Key,
    pub ed: Key,
    pub p384: Key,
    pub p521: Key,
    pub secp256k1: Key,
    strangers: [Key; 3],
}

impl Rig {
    pub fn new() -> Self {
        let curve = Key::ec;
        Self {
            rsa: Key::rsa("rsa"),
            ec: Key::p256("ec"),
            ed: Key::ed25519("ed"),
            p384: curve("p384", "P-384", &signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            p521: curve("p521", "P-521", &signature::ECDSA_P521_SHA512_FIXED_SIGNING),
            secp256k1: curve(
                "secp256k1",
                "secp256k1",
                &signature::ECDSA_P256K1_SHA256_FIXED_SIGNING,
            ),
            strangers: [Key::rsa("rsa"), Key::p256("ec"), Key::ed25519("ed")],
        }
    }

    /// The key that signs for the provider of this algorithm.
    pub fn key(&self, algorithm: Algorithm) -> &Key {
        match algorithm {
            Algorithm::Rs256 => &self.rsa,
            Algorithm::Es256 => &self.ec,
            Algorithm::EdDsa => &self.ed,
        }
    }

    /// Somebody else's of the same kind, which calls itself the same.
    pub fn stranger(&self, algorithm: Algorithm) -> &Key {
        &self.strangers[algorithm as usize]
    }

    /// All the keys in one set, so that every confusion finds the key it needs.
    pub fn everything(&self) -> String {
        let Self {
            rsa,
            ec,
            ed,
            p384,
            p521,
            secp256k1,
            ..
        } = self;
        set(&[rsa, ec, ed, p384, p521, secp256k1].map(|key| key.jwk.clone()))
    }

    /// Three issuers, one an algorithm, that publish the same keys.
    pub fn providers(&self) -> Vec<Provider> {
        let set = self.everything();
        let provider = |of| provider(issuer(of), Some(AUDIENCE), &set, of);
        ALGORITHMS.map(provider).into()
    }

    /// A good header for the provider of this algorithm.
    pub fn header(&self, algorithm: Algorithm) -> Value {
        json!({"alg": algorithm.name(), "kid": self.key(algorithm).kid, "typ": "JWT"})
    }

    /// A token whose signature is good, whatever it is a signature of.
    pub fn signed(&self, algorithm: Algorithm, header: &Value, claims: &Value) -> String {
        self.signed_text(algorithm, &header.to_string(), &claims.to_string())
    }

    pub fn signed_text(&self, algorithm: Algorithm, header: &str, payload: &str) -> String {
        compact(header, payload, |message| {
            self.key(algorithm).sign(algorithm.name(), message)
        })
    }

    /// A good token but for these header parameters.
    pub fn with_header(&self, algorithm: Algorithm, changes: Value) -> String {
        let header = with(self.header(algorithm), changes);
        self.signed(algorithm, &header, &claims(algorithm))
    }

    /// A good token but for these claims.
    pub fn with_claims(&self, algorithm: Algorithm, changes: Value) -> String {
        let claims = with(claims(algorithm), changes);
        self.signed(algorithm, &self.header(algorithm), &claims)
    }

    pub fn good(&self, algorithm: Algorithm) -> String {
        self.with_claims(algorithm, json!({}))
    }
}

pub fn issuer(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Rs256 => "https://rs256.example",
        Algorithm::Es256 => "https://es256.example",
        Algorithm::EdDsa => "https://eddsa.example",
    }
}

/// Good claims for the provider of this algorithm.
pub fn claims(algorithm: Algorithm) -> Value {
    json!({
        "iss": issuer(algorithm), "sub": "user_1", "aud": AUDIENCE,
        "iat": NOW - 60, "exp": NOW + 300,
    })
}

/// A verifier for which it is always [`NOW`].
pub struct Frozen {
    verifier: Verifier,
    clock: Clock,
}

impl Frozen {
    pub fn new(providers: impl IntoIterator<Item = Provider>) -> Self {
        let clock = Clock::default();
        let verifier = Verifier::new(providers, clock.clone()).unwrap();
        Self { verifier, clock }
    }

    pub async fn verify(&self, token: &str) -> Result<Verified, Refusal> {
        let token = token.into();
        loop {
            let system = Clock::default().now();
            self.clock
                .set_offset(NOW.cast_signed() - system.cast_signed());
            let outcome = self.verifier.verify(&token).await;
            // A second that passed meanwhile could have made the difference.
            if Clock::default().now() == system {
                return outcome;
            }
        }
    }
}
