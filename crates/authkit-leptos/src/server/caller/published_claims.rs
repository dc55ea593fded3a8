//! [`PublishedClaims`]: the claims that an app lets its pages know.
//!
//! Asked for each identity that is made. Everything it gives ends up in HTML: an app must name no claim that its user may
//! not read.

use crate::server::token::Claims;
use serde_json::{Map, Value};
use std::sync::{Arc, Once};

/// The most that they take in each page, in bytes of JSON.
const LONGEST: usize = 1_024;

/// Names of claims.
#[derive(Clone, Debug, Default)]
pub struct PublishedClaims {
    names: Arc<[String]>,
}

impl PublishedClaims {
    /// The claims of these names.
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            names: names.into_iter().map(Into::into).collect(),
        }
    }

    /// What a token says by these names, as a JSON object; `None` if that is nothing, or too much.
    pub fn of(&self, claims: &Claims) -> Option<String> {
        static REPORTED: Once = Once::new();
        let named = self.names.iter().filter_map(|name| {
            let value = claims.all().get(name)?;
            Some((name.clone(), value.clone()))
        });
        let named: Map<String, Value> = named.collect();
        if named.is_empty() {
            return None;
        }
        let json = Value::Object(named).to_string();
        let bytes = json.len();
        if bytes > LONGEST {
            REPORTED.call_once(|| {
                tracing::error!(
                    reason = "published_claims_too_long",
                    bytes,
                    "published claims left out of a page: they may take {LONGEST} bytes there"
                );
            });
            return None;
        }
        Some(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(tenant: &Value) -> Claims {
        let all =
            json!({"iss": "i", "sub": "s", "sid": "x", "exp": 1, "tenant": tenant, "secret": 7});
        Claims::new(all.as_object().unwrap().clone()).unwrap()
    }

    #[test]
    fn only_what_is_named_is_published_and_not_more_than_a_page_takes() {
        let published = PublishedClaims::new(["tenant", "plan"]);
        let of = |tenant| published.of(&claims(&tenant));
        assert_eq!(of(json!("acme")).as_deref(), Some(r#"{"tenant":"acme"}"#));
        let longest = "x".repeat(LONGEST - r#"{"tenant":""}"#.len());
        assert_eq!(of(json!(longest)).unwrap().len(), LONGEST);
        assert_eq!(of(json!(format!("{longest}x"))), None);
        assert_eq!(PublishedClaims::default().of(&claims(&json!(1))), None);
    }
}
