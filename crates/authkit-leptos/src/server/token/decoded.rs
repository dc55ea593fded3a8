//! A token taken apart, and nothing believed: what it says about itself, before any check.
//!
//! Used to find the provider whose checks it has to pass, and to explain a refusal. Nothing here may
//! ever be taken for verified.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::rust::maps_duplicate_key_is_error;
use std::{collections::BTreeMap, fmt};

/// The longest token looked at, in bytes.
pub const MAX_TOKEN_LENGTH: usize = 16 * 1024;

/// What an unverified token says (RFC 7519 §7.2, steps 1 to 6 and 10).
#[derive(Clone, PartialEq)]
pub struct Decoded {
    /// The JOSE header (RFC 7515 §4).
    pub header: Map<String, Value>,
    /// The claims (RFC 7519 §4).
    pub claims: Map<String, Value>,
    /// Where the signature begins, after the second dot.
    signature_at: usize,
}

/// The claims are about a person: `Debug` shows their names only.
impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded")
            .field("header", &self.header)
            .field("claims", &self.claims.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// One of the three parts of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first: the JOSE header.
    Header,
    /// The second: the claims.
    Payload,
    /// The third.
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// Why a text is not a token that could be checked at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// Nothing there.
    #[error("it is empty")]
    Empty,
    /// Longer than [`MAX_TOKEN_LENGTH`].
    #[error("{0} bytes, and more than {MAX_TOKEN_LENGTH} are not read")]
    TooLong(usize),
    /// Something before, after or around the token.
    #[error("{0}")]
    Wrapped(&'static str),
    /// Not three parts with dots between.
    #[error("{}", segments(*.0))]
    Segments(usize),
    /// A part that isn't base64url.
    #[error("the {part} is not base64url{hint} (RFC 7515 §2)")]
    Encoding {
        /// Which.
        part: Part,
        /// What looks wrong, if it can be told.
        hint: &'static str,
    },
    /// A part that isn't a JSON object.
    #[error("the {0} is not a JSON object")]
    NotAnObject(Part),
    /// A name that is there twice: two readers could each believe another one (RFC 7519 §4).
    #[error("the {0} has the same name twice")]
    Duplicate(Part),
    /// A header parameter or claim of the wrong type.
    #[error("{name} is {found}; it must be {expected}")]
    WrongType {
        /// Its name.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A claim that must be there.
    #[error("{0} missing: every token needs it")]
    Missing(&'static str),
}

fn segments(count: usize) -> String {
    let plural = if count == 1 { "segment" } else { "segments" };
    let hint = match count {
        1 => ": this is no JWT; an API key or a session cookie, perhaps",
        2 => ": the signature is missing",
        5 => ": this is an encrypted token (JWE), send the signed one",
        _ => "",
    };
    format!("{count} {plural}, where a signed token has 3{hint}")
}

impl Decoded {
    /// Takes `token` apart.
    ///
    /// # Errors
    /// [`Malformed`], for everything that no provider's checks are needed for.
    pub fn read(token: &str) -> Result<Self, Malformed> {
        if token.is_empty() {
            return Err(Malformed::Empty);
        }
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(Malformed::TooLong(token.len()));
        }
        wrapped(token)?;
        let parts: Vec<_> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err(Malformed::Segments(parts.len()));
        };
        let header = object(Part::Header, header)?;
        let claims = object(Part::Payload, payload)?;
        decode(Part::Signature, signature)?;
        text(&header, "alg")?.ok_or(Malformed::Missing("alg"))?;
        for name in ["kid", "typ"] {
            text(&header, name)?;
        }
        for name in ["iss", "sub", "sid"] {
            text(&claims, name)?;
        }
        for name in ["exp", "nbf", "iat"] {
            date(&claims, name)?;
        }
        Ok(Self {
            header,
            claims,
            signature_at: token.len() - signature.len(),
        })
    }

    /// What was signed, and the signature over it, of the token this was read from.
    pub(super) fn signed<'t>(&self, token: &'t str) -> (&'t str, &'t str) {
        (&token[..self.signature_at - 1], &token[self.signature_at..])
    }

    /// A header parameter that is text.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// A claim that is text.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// Refuses a claim that is there and is neither text nor `null`, for those who would read it as text.
    pub(super) fn text_if_any(&self, name: &'static str) -> Result<(), Malformed> {
        match self.claims.get(name) {
            Some(Value::Null) => Ok(()),
            _ => text(&self.claims, name).map(drop),
        }
    }

    /// A claim that is a date, in seconds since the epoch.
    #[must_use]
    pub fn date(&self, name: &'static str) -> Option<u64> {
        date(&self.claims, name).ok().flatten()
    }
}

/// What people paste along with a token.
fn wrapped(token: &str) -> Result<(), Malformed> {
    let begins = |prefix: &str| {
        token
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    Err(Malformed::Wrapped(if begins("bearer ") {
        "it begins with \"Bearer \": pass what follows it"
    } else if token.starts_with('{') {
        "it is JSON: send the compact form, three parts with dots between"
    } else if token.contains(char::is_whitespace) {
        "there is white space in it: copy the token in one piece"
    } else if token.contains(['"', '\'']) {
        "there are quotation marks around it: pass what is between them"
    } else if token.contains('%') {
        "it is percent-encoded: decode it first"
    } else {
        return Ok(());
    }))
}

fn decode(part: Part, text: &str) -> Result<Vec<u8>, Malformed> {
    URL_SAFE_NO_PAD.decode(text).map_err(|error| {
        let hint = if text.contains('=') {
            ": it is padded with ="
        } else if text.contains(['+', '/']) {
            ": it has + or /, so it is plain base64"
        } else if matches!(error, base64::DecodeError::InvalidLastSymbol(..)) {
            ": its last character has bits that nothing uses"
        } else {
            ""
        };
        Malformed::Encoding { part, hint }
    })
}

fn object(part: Part, text: &str) -> Result<Map<String, Value>, Malformed> {
    let json = decode(part, text)?;
    let mut deserializer = serde_json::Deserializer::from_slice(&json);
    let unique: Result<BTreeMap<String, Value>, _> =
        maps_duplicate_key_is_error::deserialize(&mut deserializer);
    if let (Ok(unique), Ok(())) = (unique, deserializer.end()) {
        return Ok(unique.into_iter().collect());
    }
    let is_object = serde_json::from_slice::<Value>(&json).is_ok_and(|value| value.is_object());
    Err(match is_object {
        true => Malformed::Duplicate(part),
        false => Malformed::NotAnObject(part),
    })
}

/// What kind of value it is, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn text<'m>(map: &'m Map<String, Value>, name: &'static str) -> Result<Option<&'m str>, Malformed> {
    match map.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(Malformed::WrongType {
            name,
            expected: "text",
            found: kind(other),
        }),
    }
}

fn date(map: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, Malformed> {
    let Some(value) = map.get(name) else {
        return Ok(None);
    };
    match NumericDate::deserialize(value) {
        Ok(date) => Ok(Some(date.seconds())),
        Err(_) => Err(Malformed::WrongType {
            name,
            expected: "a number of seconds",
            found: kind(value),
        }),
    }
}

/// Seconds since the epoch (RFC 7519 §2), which may have a fraction and may lie before it.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct NumericDate(f64);

impl NumericDate {
    /// Whole seconds, rounded up; what lies before the epoch is the epoch.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast from float saturates, which is what is wanted"
    )]
    pub fn seconds(self) -> u64 {
        self.0.ceil() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token(header: &str, claims: &str) -> String {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        format!("{}.{}.c2ln", part(header), part(claims))
    }

    #[test]
    fn what_is_no_token_is_named() {
        let good = token(r#"{"alg":"RS256"}"#, "{}");
        assert!(Decoded::read(&good).is_ok());
        for (text, sentence) in [
            (String::new(), "it is empty"),
            ("sk_test_123".into(), "1 segment, where"),
            (
                "a.b".into(),
                "2 segments, where a signed token has 3: the signature is missing",
            ),
            ("a.b.c.d.e".into(), "5 segments"),
            (format!("Bearer {good}"), "it begins with \"Bearer \""),
            (format!("\"{good}\""), "there are quotation marks"),
            (good.replace('.', ".\n"), "there is white space"),
            (
                format!("{good}="),
                "the signature is not base64url: it is padded",
            ),
            (
                format!("{good}+/"),
                "the signature is not base64url: it has + or /",
            ),
            (
                format!("{good}MR"),
                "the signature is not base64url: its last character",
            ),
            (token("[]", "{}"), "the header is not a JSON object"),
            (
                token(r#"{"alg":"RS256"}"#, &good),
                "the payload is not a JSON object",
            ),
            (
                token(r#"{"alg":"RS256","alg":"none"}"#, "{}"),
                "the header has the same name twice",
            ),
            (
                token(r#"{"alg":"RS256"}"#, r#"{"sub":"a","sub":"b"}"#),
                "the payload has the same name",
            ),
            (token("{}", "{}"), "alg missing"),
            (
                token(r#"{"alg":"RS256","kid":7}"#, "{}"),
                "kid is a number; it must be text",
            ),
            (
                token(r#"{"alg":"RS256"}"#, r#"{"exp":"9"}"#),
                "exp is text; it must be a number",
            ),
        ] {
            let error = Decoded::read(&text).unwrap_err().to_string();
            assert!(error.starts_with(sentence), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,80}", header in "\\PC{0,40}") {
            let _ = Decoded::read(&text);
            let _ = Decoded::read(&token(&header, &text));
        }
    }
}
