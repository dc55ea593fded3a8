//! A set of public keys (RFC 7517 §5), read: which of its keys can check a signature here.
//!
//! Made by the cache from what a provider publishes. Private parts that somebody published by mistake
//! are never kept, and so never passed on. A name that two keys have stands for neither.

use super::{
    error::JwksError,
    key::{algorithm, safe_key},
};
use crate::server::token::algorithm::Algorithm;
use jsonwebtoken::{
    DecodingKey,
    jwk::{Jwk, JwkSet},
};
use serde::Deserialize;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// The most keys a set may have.
pub const MAX_KEYS: usize = 64;

/// The keys of a provider that can be used, by algorithm and id.
pub struct KeySet {
    by_id: HashMap<(Algorithm, String), DecodingKey>,
    /// Names that several keys for the same algorithm have.
    ambiguous: HashSet<(Algorithm, String)>,
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
        let mut named = Vec::new();
        for key in set.keys {
            let Ok(jwk) = serde_json::from_value::<Jwk>(key) else {
                continue;
            };
            if let (Some(algorithm), Some(id)) = (algorithm(&jwk), jwk.common.key_id.clone()) {
                named.push(((algorithm, id), jwk));
            }
        }
        let mut names = HashSet::new();
        let twice = named.iter().filter(|(name, _)| !names.insert(name));
        let ambiguous: HashSet<_> = twice.map(|(name, _)| name.clone()).collect();
        named.retain(|(name, _)| !ambiguous.contains(name));
        let (mut by_id, mut keys) = (HashMap::new(), Vec::new());
        for (name, jwk) in named {
            if let Some(key) = safe_key(&jwk) {
                by_id.insert(name, key);
                keys.push(jwk);
            }
        }
        if by_id.is_empty() && ambiguous.is_empty() {
            return Err(JwksError::NoUsableKey);
        }
        let published = serde_json::to_string(&JwkSet { keys }).map_err(|_| JwksError::NotASet)?;
        Ok(Self {
            by_id,
            ambiguous,
            published: published.into(),
            fetched_at,
        })
    }

    /// The key with this id, if it is one for `algorithm`.
    pub fn key(&self, algorithm: Algorithm, id: &str) -> Option<&DecodingKey> {
        self.by_id.get(&(algorithm, id.to_owned()))
    }

    /// Whether several keys for `algorithm` have this id, so that which one is meant would have to be
    /// guessed.
    pub fn is_ambiguous(&self, algorithm: Algorithm, id: &str) -> bool {
        self.ambiguous.contains(&(algorithm, id.to_owned()))
    }

    /// An id that several keys for `algorithm` have.
    pub fn any_ambiguous(&self, algorithm: Algorithm) -> Option<&str> {
        let mut names = self.ambiguous.iter();
        let (_, id) = names.find(|(of, _)| *of == algorithm)?;
        Some(id)
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
    fn a_name_that_two_keys_for_one_algorithm_have_stands_for_neither() {
        let other = EC.replace("\"kid\":\"e\"", "\"kid\":\"a\"");
        let set = |keys: &[&str]| {
            let set = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
            KeySet::parse(set.as_bytes(), 0).unwrap()
        };
        // Of different kinds they can be told apart, by the provider's algorithm.
        let told_apart = set(&[RSA, &other]);
        assert!(told_apart.key(Algorithm::Rs256, "a").is_some());
        assert!(told_apart.key(Algorithm::Es256, "a").is_some());
        assert_eq!(told_apart.any_ambiguous(Algorithm::Rs256), None);

        // The second would not even be safe, and still it could be the one that is meant.
        let weak = RSA.replace("AQAB", "AQ");
        let twice = set(&[RSA, ED, &weak]);
        assert!(twice.key(Algorithm::Rs256, "a").is_none());
        assert!(twice.is_ambiguous(Algorithm::Rs256, "a"));
        assert!(!twice.is_ambiguous(Algorithm::EdDsa, "o"));
        assert!(twice.key(Algorithm::EdDsa, "o").is_some());
        assert!(!twice.has_any(Algorithm::Rs256) && !twice.published().contains("RSA"));
        assert_eq!(set(&[EC, EC]).any_ambiguous(Algorithm::Es256), Some("e"));
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
