//! Random tokens, good and mutated, from a seed.
//!
//! For the comparison with another implementation: nothing in here knows what is right.

use super::rig::{
    ALGORITHMS, AUDIENCE, NOW, Rig, claims, compact, compact_of, encode, issuer, mac, with,
};
use authkit_leptos::server::token::Algorithm;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use serde_json::{Value, json};

/// One token, and whom it is for.
pub struct Case {
    pub of: Algorithm,
    pub token: String,
    /// What was done to it.
    pub what: String,
    pub made: Made,
}

/// How a token came to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// As it should be.
    Properly,
    /// Signed by the right key, or said to be, with one thing changed before.
    WithOneThingWrong,
    /// With more, or changed after it was signed.
    Anyhow,
}

/// An endless supply.
pub struct Cases<'r> {
    rig: &'r Rig,
    random: SmallRng,
}

/// Header and claims, before they are signed.
struct Draft {
    header: Value,
    claims: Value,
}

impl<'r> Cases<'r> {
    pub fn new(rig: &'r Rig, seed: u64) -> Self {
        let random = SmallRng::seed_from_u64(seed);
        Self { rig, random }
    }

    fn any<T: Clone>(&mut self, of: &[T]) -> T {
        of.choose(&mut self.random).unwrap().clone()
    }

    /// A token with what a good one may have.
    fn good(&mut self, of: Algorithm) -> Draft {
        let typ = self.any(&[
            json!("JWT"),
            json!("at+jwt"),
            json!("application/at+jwt"),
            json!(null),
        ]);
        let header = with(self.rig.header(of), json!({ "typ": typ }));
        let aud = self.any(&[
            json!(AUDIENCE),
            json!([AUDIENCE]),
            json!(["other", AUDIENCE]),
        ]);
        let nbf = self.any(&[json!(null), json!(NOW - 60), json!(1_799_999_999.5)]);
        let exp = NOW + self.random.random_range(1..100_000);
        let changes = json!({
            "sub": format!("user_{}", self.random.random::<u32>()), "aud": aud, "nbf": nbf, "exp": exp,
            "sid": self.any(&[json!(null), json!("session_1")]),
            "name": self.any(&[json!("Ada"), json!("Zoë \u{1f600}"), json!({"first": ["A"]})]),
        });
        Draft {
            header,
            claims: with(claims(of), changes),
        }
    }

    fn sign(&self, of: Algorithm, draft: &Draft) -> String {
        self.rig.signed(of, &draft.header, &draft.claims)
    }

    /// Changes one thing of what is about to be signed, and tells which.
    fn change(&mut self, of: Algorithm, draft: &mut Draft) -> String {
        let (part, name, value) = match self.random.random_range(0..8) {
            0 => ("header", "alg", self.alg()),
            1 => ("header", "kid", self.kid()),
            2 => ("header", "typ", self.typ()),
            3 => (
                "header",
                "crit",
                self.any(&[json!(["b64"]), json!(["b64"]), json!(["exp"]), json!([])]),
            ),
            4 | 5 => {
                let name = self.any(&["exp", "nbf", "iat"]);
                let date = match self.random.random_bool(0.5) && name == "iat" {
                    true => json!(NOW + self.random.random_range(290..320)),
                    false => self.date(),
                };
                ("claims", name, date)
            }
            6 => {
                let right = issuer(of);
                let issuers = [
                    json!(null),
                    json!(format!("{right}/")),
                    json!(right.to_uppercase()),
                    json!([right]),
                    json!(right.replace("https", "http")),
                    json!(7),
                    json!("https://rs256.example"),
                ];
                ("claims", "iss", self.any(&issuers))
            }
            _ => match self.random.random_range(0..3) {
                0 => (
                    "claims",
                    "sub",
                    self.any(&[json!(null), json!(7), json!(""), json!(["a"])]),
                ),
                _ => ("claims", "aud", self.aud()),
            },
        };
        let changes = json!({ name: value });
        let what = format!("{part} {changes}");
        let before = match part {
            "header" => &mut draft.header,
            _ => &mut draft.claims,
        };
        *before = with(before.take(), changes);
        if name == "crit" && value == json!(["b64"]) {
            let b64 = self.any(&[json!(true), json!(true), json!(false), json!("x")]);
            draft.header = with(draft.header.take(), json!({ "b64": b64 }));
        }
        what
    }

    fn alg(&mut self) -> Value {
        let names = [
            "RS256", "RS384", "PS256", "ES256", "ES384", "EdDSA", "Ed25519", "HS256", "none",
            "None", "", "rs256",
        ];
        match self.random.random_range(0..8) {
            0 => self.any(&[json!(null), json!(7), json!(["RS256"])]),
            _ => json!(self.any(&names)),
        }
    }

    fn kid(&mut self) -> Value {
        if self.random.random_bool(0.3) {
            return json!(null);
        }
        self.any(&[
            json!("unknown"),
            json!(""),
            json!(7),
            json!("rsa"),
            json!("ec"),
            json!("ed"),
            json!("RSA"),
            json!("../ec"),
            json!("rsa "),
        ])
    }

    fn typ(&mut self) -> Value {
        self.any(&[
            json!(null),
            json!("jwt"),
            json!("AT+JWT"),
            json!("dpop+jwt"),
            json!("logout+jwt"),
            json!(7),
            json!(""),
            json!("JOSE"),
        ])
    }

    fn aud(&mut self) -> Value {
        self.any(&[
            json!(null),
            json!("other"),
            json!([]),
            json!([7, AUDIENCE]),
            json!("APP"),
            json!("app "),
            json!(7),
            json!([[AUDIENCE]]),
            json!({AUDIENCE: 1}),
            json!(true),
            json!([AUDIENCE, "x"]),
        ])
    }

    /// Mostly around where it makes a difference.
    fn date(&mut self) -> Value {
        let now = NOW.cast_signed();
        let ahead = self.random.random_range(-13..=13);
        match self.random.random_range(0..10) {
            0..5 => json!(now + ahead),
            5 => json!(
                f64::from(i32::try_from(now).unwrap()) + self.random.random_range(-13.0..13.0)
            ),
            6 => json!(now + 300 + ahead),
            7 => json!(now + self.random.random_range(-1_000_000..1_000_000)),
            8 => self.any(&[
                json!(1e300),
                json!(-1),
                json!(0),
                json!(u64::MAX),
                json!(-1e300),
            ]),
            _ => self.any(&[
                json!(null),
                json!("soon"),
                json!(true),
                json!([]),
                json!((NOW + 60).to_string()),
            ]),
        }
    }

    /// Flips bits of one part, as they are or as they are written.
    fn flip(&mut self, token: &str) -> (String, String) {
        let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
        let part = self.random.random_range(0..3);
        let flips = self.any(&[1, 1, 1, 2, 8]);
        let written = self.random.random_bool(0.4);
        let mut bytes = match written {
            true => parts[part].clone().into_bytes(),
            false => URL_SAFE_NO_PAD.decode(&parts[part]).unwrap(),
        };
        for _ in 0..flips {
            let at = self.random.random_range(0..bytes.len());
            // Text stays ASCII, so that it stays text.
            bytes[at] ^= 1 << self.random.random_range(0..if written { 7 } else { 8 });
        }
        parts[part] = match written {
            true => String::from_utf8(bytes).unwrap(),
            false => encode(bytes),
        };
        let way = if written { "as written" } else { "as they are" };
        (
            parts.join("."),
            format!("{flips} bits of part {part} flipped, {way}"),
        )
    }

    /// Takes a good token apart and puts it together wrongly.
    fn rearrange(&mut self, of: Algorithm, token: &str) -> (String, String) {
        let other = self.good(of);
        let other = self.sign(of, &other);
        let mine: Vec<_> = token.split('.').collect();
        let yours: Vec<_> = other.split('.').collect();
        let (what, parts): (_, Vec<&str>) = match self.random.random_range(0..10) {
            0 => ("another's payload", vec![mine[0], yours[1], mine[2]]),
            1 => ("another's signature", vec![mine[0], mine[1], yours[2]]),
            2 => ("another's header", vec![yours[0], mine[1], mine[2]]),
            3 => (
                "header and payload swapped",
                vec![mine[1], mine[0], mine[2]],
            ),
            4 => ("no signature", vec![mine[0], mine[1], ""]),
            5 => ("no signature and no dot", vec![mine[0], mine[1]]),
            6 => ("no payload", vec![mine[0], "", mine[2]]),
            7 => ("no header", vec!["", mine[1], mine[2]]),
            8 => ("a part more", vec![mine[0], mine[1], mine[2], yours[2]]),
            _ => (
                "cut off",
                vec![mine[0], mine[1], &mine[2][..mine[2].len() - 4]],
            ),
        };
        (parts.join("."), what.to_owned())
    }

    /// The same in other characters, and signed as such where that is possible.
    fn rewrite(&mut self, of: Algorithm, draft: &Draft) -> (String, String) {
        let sign = |message: &[u8]| self.rig.key(of).sign(of.name(), message);
        let (header, claims) = (draft.header.to_string(), draft.claims.to_string());
        let adding = |more: &str| format!("{},{more}}}", &claims[..claims.len() - 1]);
        let padded = |json: &str| base64::engine::general_purpose::URL_SAFE.encode(json);
        let (what, token) = match self.random.random_range(0..17) {
            0 => (
                "a padded header",
                compact_of(&padded(&header), &encode(&claims), sign),
            ),
            1 => (
                "a padded payload",
                compact_of(&encode(&header), &padded(&claims), sign),
            ),
            2 => (
                "a space in the header",
                compact_of(&format!("{} ", encode(&header)), &encode(&claims), sign),
            ),
            3 => ("a line end after", compact(&header, &claims, sign) + "\n"),
            4 => ("padding after", compact(&header, &claims, sign) + "=="),
            5 => (
                "Bearer before",
                format!("Bearer {}", compact(&header, &claims, sign)),
            ),
            6 => (
                "plain base64",
                compact_of(
                    &encode(&header).replace(['-', '_'], "+"),
                    &encode(&claims),
                    sign,
                ),
            ),
            7 => (
                "a claim twice",
                compact(&header, adding(r#""a":1,"a":2"#), sign),
            ),
            8 => (
                "another sub",
                compact(&header, adding(r#""sub":"user_2""#), sign),
            ),
            9 => (
                "a byte order mark",
                compact(&header, format!("\u{feff}{claims}"), sign),
            ),
            10 => (
                "half a character",
                compact(&header, adding(r#""a":"\ud800""#), sign),
            ),
            11 => (
                "a number beyond doubles",
                compact(&header, adding(r#""a":1e999"#), sign),
            ),
            12 => (
                "not UTF-8",
                compact(&header, [claims.as_bytes(), b"\xff"].concat(), sign),
            ),
            13 => ("a list", compact(&header, format!("[{claims}]"), sign)),
            14 | 15 => (
                "very long",
                compact(&header, claims.clone() + &" ".repeat(20_000), sign),
            ),
            _ => (
                "white space in JSON",
                compact(&header, claims.replace(',', " ,\r\n\t"), sign),
            ),
        };
        (token, what.to_owned())
    }

    /// Signed by somebody or something else.
    fn forge(&mut self, of: Algorithm, draft: &Draft) -> (String, String) {
        let (header, claims) = (draft.header.to_string(), draft.claims.to_string());
        let (what, token) = match self.random.random_range(0..3) {
            0 => {
                let stranger = self.rig.stranger(of);
                let sign = |message: &[u8]| stranger.sign(of.name(), message);
                ("signed by a stranger", compact(header, claims, sign))
            }
            1 => {
                let other = self.any(&ALGORITHMS);
                let other = if other == of {
                    self.rig.stranger(of)
                } else {
                    self.rig.key(other)
                };
                let sign = |message: &[u8]| other.sign("", message);
                (
                    "signed by another kind of key",
                    compact(header, claims, sign),
                )
            }
            _ => {
                let public = &self.rig.key(of).der;
                let header = with(draft.header.clone(), json!({"alg": "HS256"})).to_string();
                let sign = |message: &[u8]| mac("HS256", public, message);
                ("the public key as a secret", compact(header, claims, sign))
            }
        };
        (token, what.to_owned())
    }

    fn case(&mut self) -> Case {
        let of = self.any(&ALGORITHMS);
        let mut draft = self.good(of);
        let way = self.random.random_range(0..100);
        let (token, what, made) = match way {
            0..20 => (self.sign(of, &draft), "nothing".to_owned(), Made::Properly),
            20..52 => {
                let what = self.change(of, &mut draft);
                (self.sign(of, &draft), what, Made::WithOneThingWrong)
            }
            52..60 => {
                let first = self.change(of, &mut draft);
                let second = self.change(of, &mut draft);
                let what = format!("{first}, {second}");
                (self.sign(of, &draft), what, Made::Anyhow)
            }
            60..75 => {
                let token = self.sign(of, &draft);
                let (token, what) = self.flip(&token);
                (token, what, Made::Anyhow)
            }
            75..82 => {
                let token = self.sign(of, &draft);
                let (token, what) = self.rearrange(of, &token);
                (token, what, Made::Anyhow)
            }
            82..95 => {
                let (token, what) = self.rewrite(of, &draft);
                (token, what, Made::WithOneThingWrong)
            }
            _ => {
                let (token, what) = self.forge(of, &draft);
                (token, what, Made::WithOneThingWrong)
            }
        };
        Case {
            of,
            token,
            what,
            made,
        }
    }
}

impl Iterator for Cases<'_> {
    type Item = Case;

    fn next(&mut self) -> Option<Case> {
        Some(self.case())
    }
}
