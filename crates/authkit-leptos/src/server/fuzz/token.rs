//! `token::verifier`: what it accepts is what the right key has signed, for this app, in time; nothing else ever is.
//!
//! Input: who signs (a letter, see [`Signer`]); the header; the payload; edits of the token. As the signer `t` it is the
//! token itself, as it stands in the second section.

use super::super::{
    caller::UserIdentity,
    core::clock::Clock,
    token::{Algorithm, Provider, TokenSource, Verifier},
};
use authkit_fuzz::{edited, sections};
use aws_lc_rs::{
    encoding::AsDer,
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    },
};
use axum::{Json, Router, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use std::{net::TcpListener, sync::LazyLock};
use tokio::runtime::{Builder, Runtime};

/// When all this happens, in seconds since the epoch.
const NOW: u64 = 1_800_000_000;
const AUDIENCE: &str = "app";
const AUTHKIT: &str = "https://authkit.example/";
const CLIENT_ID: &str = "client_1";
/// How far dates may lie in the future, in seconds.
const AHEAD: [(&str, u64); 2] = [("nbf", 10), ("iat", 300)];

static HOUSE: LazyLock<House> = LazyLock::new(House::new);

/// Everybody's keys, and a verifier that knows the public ones of `rsa`, `ec` and `ed`.
struct House {
    runtime: Runtime,
    verifier: Verifier,
    clock: Clock,
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
    strange_ec: EcdsaKeyPair,
    strange_ed: Ed25519KeyPair,
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl House {
    fn new() -> Self {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let [ec, strange_ec] =
            [(); 2].map(|()| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());
        let [ed, strange_ed] =
            [7, 8].map(|seed| Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap());
        let set = {
            let public = rsa.public_key();
            let n = encode(public.modulus().big_endian_without_leading_zero());
            let e = encode(public.exponent().big_endian_without_leading_zero());
            let (x, y) = ec.public_key().as_ref()[1..].split_at(32);
            json!({"keys": [
                {"kty": "RSA", "kid": "rsa", "n": n, "e": e},
                {"kty": "EC", "kid": "ec", "crv": "P-256", "x": encode(x), "y": encode(y)},
                {"kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": encode(ed.public_key())},
            ]})
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let jwks = serve(&runtime, &set);
        let data = format!("data:application/json;base64,{}", {
            base64::engine::general_purpose::STANDARD.encode(set.to_string())
        });
        let custom = |issuer, audience, algorithm| {
            Provider::custom_jwt(issuer, audience, &data, algorithm).unwrap()
        };
        let providers = [
            Provider::authkit(
                AUTHKIT.to_owned(),
                CLIENT_ID.to_owned(),
                Vec::new(),
                jwks.parse().unwrap(),
            ),
            custom("https://rs256.example", Some(AUDIENCE), Algorithm::Rs256),
            custom("https://es256.example", Some(AUDIENCE), Algorithm::Es256),
            custom("https://eddsa.example", Some(AUDIENCE), Algorithm::EdDsa),
            custom("https://anybody.example", None, Algorithm::EdDsa),
        ];
        let clock = Clock::default();
        let verifier = Verifier::new(providers, clock.clone()).unwrap();
        Self {
            runtime,
            verifier,
            clock,
            rsa,
            ec,
            ed,
            strange_ec,
            strange_ed,
        }
    }

    /// What comes of it at [`NOW`].
    async fn at_now<T>(&self, mut ask: impl AsyncFnMut() -> T) -> T {
        loop {
            let system = Clock::default().now();
            self.clock
                .set_offset(NOW.cast_signed() - system.cast_signed());
            let answer = ask().await;
            // A second that passed meanwhile could have made the difference.
            if Clock::default().now() == system {
                return answer;
            }
        }
    }

    /// The signature, and the algorithm whose right key has made it.
    fn sign(&self, signer: u8, message: &[u8]) -> (Vec<u8>, Option<Algorithm>) {
        let random = SystemRandom::new();
        let ec = |pair: &EcdsaKeyPair| pair.sign(&random, message).unwrap().as_ref().to_vec();
        let ed = |pair: &Ed25519KeyPair| pair.sign(message).as_ref().to_vec();
        match signer {
            b'r' => {
                let mut signature = vec![0; self.rsa.public_modulus_len()];
                let signed = self
                    .rsa
                    .sign(&RSA_PKCS1_SHA256, &random, message, &mut signature);
                signed.unwrap();
                (signature, Some(Algorithm::Rs256))
            }
            b'e' => (ec(&self.ec), Some(Algorithm::Es256)),
            b'd' => (ed(&self.ed), Some(Algorithm::EdDsa)),
            b'E' => (ec(&self.strange_ec), None),
            b'D' => (ed(&self.strange_ed), None),
            // The public key as a secret that is shared.
            b'h' => {
                let public = self.rsa.public_key().as_der().unwrap();
                let key = hmac::Key::new(hmac::HMAC_SHA256, public.as_ref());
                (hmac::sign(&key, message).as_ref().to_vec(), None)
            }
            _ => (Vec::new(), None),
        }
    }
}

/// Where AuthKit's keys are. Its providers have an address, never the keys themselves.
fn serve(runtime: &Runtime, set: &Value) -> String {
    let set = set.clone();
    let router = Router::new().route("/jwks", get(move || async move { Json(set) }));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, router).await.unwrap();
    });
    format!("http://{address}/jwks")
}

pub fn test(input: &[u8]) {
    let [signer, header, payload, edits] = sections(input);
    let house = &*HOUSE;
    let signer = signer.first().copied().unwrap_or_default();
    let message = format!("{}.{}", encode(header), encode(payload));
    let (signature, signed_by) = house.sign(signer, message.as_bytes());
    let token = match signer {
        b't' => header.to_vec(),
        _ => format!("{message}.{}", encode(signature)).into_bytes(),
    };
    let token = edited(token, edits);
    let token = String::from_utf8_lossy(&token).into_owned();
    let secret = SecretString::from(token.clone());

    let (verified, examined, session) = house.runtime.block_on(house.at_now(async || {
        let verified = house.verifier.verify(&secret).await;
        let examined = house.verifier.examine(&secret).await;
        (
            verified,
            examined,
            house
                .verifier
                .verify_session(&secret, TokenSource::Request)
                .await,
        )
    }));
    match verified {
        Err(refusal) => {
            is_told(&refusal.to_string());
            assert!(examined.accepted_by().is_none() && session.is_err());
            is_told(&examined.refusal().unwrap().to_string());
            let good = signed_by.is_some_and(|by| is_good(by, header, payload));
            assert!(
                !good || !edits.is_empty(),
                "a good token is refused: {refusal}"
            );
        }
        Ok(verified) => {
            assert!(
                token.rsplit_once('.').unwrap().0 == message,
                "a changed token passes: {token}"
            );
            let by = signed_by.expect("a token passes that no key of ours has signed");
            let header: Map<String, Value> = serde_json::from_slice(header).unwrap();
            let claims: Map<String, Value> = serde_json::from_slice(payload).unwrap();
            assert_eq!(verified.provider.algorithm(), by);
            assert!(header["alg"] == by.name() && !header.contains_key("crit"));
            assert_eq!(
                claims, verified.claims,
                "two readers believe another claim each"
            );
            assert_eq!(claims["iss"], verified.provider.issuer());
            assert!(claims["exp"].as_f64().unwrap() + 11.0 > NOW as f64);
            for (date, ahead) in AHEAD {
                let latest = (NOW + ahead) as f64;
                assert!(
                    claims
                        .get(date)
                        .is_none_or(|it| it.as_f64().unwrap() <= latest)
                );
            }
            let audience = claims.get("aud").unwrap_or(&Value::Null);
            let contains = |expected: &str| match audience {
                Value::Array(all) => all.iter().any(|one| one == expected),
                one => one == expected,
            };
            match verified.provider.issuer() {
                AUTHKIT => {
                    assert!(!claims.contains_key("aud") || contains(CLIENT_ID));
                    assert!(claims.get("client_id").is_none_or(|id| id == CLIENT_ID));
                    let session = session.expect("AuthKit's tokens are sessions");
                    assert_eq!(
                        (&claims["sid"], &claims["sub"]),
                        (&json!(session.sid()), &json!(session.sub()))
                    );
                }
                "https://anybody.example" => assert!(session.is_err()),
                _ => assert!(contains(AUDIENCE) && session.is_err()),
            }
            assert_eq!(examined.accepted_by().unwrap(), &verified.provider);
            let (issuer, subject) = (
                claims["iss"].as_str().unwrap(),
                claims["sub"].as_str().unwrap(),
            );
            let is_authkit = issuer == AUTHKIT;
            let identity = UserIdentity::of_token(verified);
            assert_eq!(identity.token_identifier, format!("{issuer}|{subject}"));
            assert_eq!(identity.is_authkit, is_authkit);
        }
    }
}

/// Whether header and payload, signed, are a token that has to be accepted. Knows one good token of each kind.
fn is_good(by: Algorithm, header: &[u8], payload: &[u8]) -> bool {
    let (kid, issuer) = match by {
        Algorithm::Rs256 => ("rsa", "https://rs256.example"),
        Algorithm::Es256 => ("ec", "https://es256.example"),
        Algorithm::EdDsa => ("ed", "https://eddsa.example"),
    };
    let good = json!({"alg": by.name(), "kid": kid});
    let claims = json!({"iss": issuer, "sub": "user_1", "aud": AUDIENCE, "exp": NOW + 1_000_000});
    let is = |text: &[u8], good: &Value| text == good.to_string().as_bytes();
    is(header, &good) && is(payload, &claims)
}

/// Whether a refusal is a line for a log: no more than that, whatever is in the token.
fn is_told(sentence: &str) {
    assert!(
        !sentence.is_empty() && sentence.len() < 16 * 1024,
        "{} bytes",
        sentence.len()
    );
    assert!(!sentence.contains(char::is_control), "{sentence:?}");
}
