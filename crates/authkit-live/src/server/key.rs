//! [`Key`]: the key of a submission, as a form or a program sent it.
//!
//! Parsed at the edge. Says nothing about who has used it.

use crate::mutation::{KEY_HEADER, KEY_OF_PAGE, key_of_page};
use authkit_leptos::server::UserIdentity;
use http::HeaderMap;

/// The key of a submission: 16 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

/// A key that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The key of a submission has 16 to 255 visible ASCII characters, and comes once.")]
pub struct Malformed;

impl Key {
    /// The key of a request, from its header or, in a form, from its field; `None` if it has neither.
    pub fn of(headers: &HeaderMap, field: Option<&str>) -> Result<Option<Self>, Malformed> {
        let mut found = headers.get_all(KEY_HEADER).iter();
        let header = match (found.next(), found.next()) {
            (None, _) => None,
            (Some(one), None) => Some(one.to_str().map_err(|_| Malformed)?),
            (Some(_), Some(_)) => return Err(Malformed),
        };
        // A page that has none sends an empty field.
        let field = field.filter(|field| !field.is_empty());
        header.or(field).map(Self::parse).transpose()
    }

    /// Bare, or in double quotes: the draft has it as a string of RFC 8941 §3.3.3, and hardly any program sends one.
    fn parse(text: &str) -> Result<Self, Malformed> {
        let quoted = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let key = quoted.unwrap_or(text);
        let is_key = (16..=255).contains(&key.len())
            && key
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
        is_key.then(|| Self(key.to_owned())).ok_or(Malformed)
    }

    /// Whether a page has made it that is another user's, or of another organization than the caller is in now.
    pub fn is_of_another_page(&self, caller: &UserIdentity) -> bool {
        let own = key_of_page(caller.id_here(), caller.organization_id());
        self.is_of_page() && !self.0.starts_with(&own)
    }

    /// Whether a page has made it that is another user's than the caller's, in whatever organization.
    pub fn is_of_another_user(&self, caller: &UserIdentity) -> bool {
        let own = [KEY_OF_PAGE, caller.id_here(), "."].concat();
        self.is_of_page() && !self.0.starts_with(&own)
    }

    /// Whether a page has made it, and not a program.
    pub fn is_of_page(&self) -> bool {
        self.0.starts_with(KEY_OF_PAGE)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[&str], field: Option<&str>) -> Result<Option<String>, Malformed> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(
                KEY_HEADER,
                http::HeaderValue::from_bytes(header.as_bytes()).unwrap(),
            );
        }
        Key::of(&map, field).map(|key| key.map(|Key(key)| key))
    }

    #[test]
    fn a_key_comes_bare_or_in_quotes_or_in_the_form() {
        let key = "0123456789abcdef";
        for found in [
            of(&[key], None),
            of(&["\"0123456789abcdef\""], None),
            of(&[], Some(key)),
            of(&[key], Some("of the page")),
        ] {
            assert_eq!(found, Ok(Some(key.to_owned())));
        }
        assert_eq!(of(&[], None), Ok(None));
        assert_eq!(of(&[], Some("")), Ok(None));
        assert!(of(&[&"k".repeat(255)], None).is_ok());
    }

    #[test]
    fn keys_that_are_too_short_too_long_or_not_visible_ascii_are_malformed() {
        for key in [
            "",
            "0123456789abcde",
            &"k".repeat(256),
            "0123456789 abcdef",
            "0123456789abcdefé",
            "\"0123456789abcde\"",
            "0123456789abc\\def",
            "0123456789abc\"def",
        ] {
            assert_eq!(of(&[key], None), Err(Malformed), "{key}");
            if !key.is_empty() {
                assert_eq!(of(&[], Some(key)), Err(Malformed), "{key}");
            }
        }
        let key = "0123456789abcdef";
        assert_eq!(of(&[key, key], None), Err(Malformed), "two headers");
    }

    #[test]
    fn a_key_of_a_page_is_for_the_user_and_the_organization_that_the_page_is_for() {
        let caller = |user: &str, organization: Option<&str>| -> UserIdentity {
            let mut claims = serde_json::json!({
                "sub": user, "iss": "https://issuer.example", "is_authkit": true
            });
            if let Some(organization) = organization {
                claims["org_id"] = organization.into();
            }
            serde_json::from_value(claims).unwrap()
        };
        let of = |user, organization| Key(key_of_page(user, organization) + "0123456789abcdef");
        let (ada, nowhere) = (caller("user_1", Some("org_1")), caller("user_1", None));
        assert!(!of("user_1", Some("org_1")).is_of_another_page(&ada));
        assert!(!of("user_1", None).is_of_another_page(&nowhere));
        for (other, is_of_another_user) in [
            (of("user_1", Some("org_2")), false),
            (of("user_1", Some("org_10")), false),
            (of("user_1", None), false),
            (of("user_2", Some("org_1")), true),
            (of("user_10", Some("org_1")), true),
            (Key("page.0123456789abcdef".to_owned()), true),
        ] {
            assert!(other.is_of_another_page(&ada), "{other:?}");
            assert_eq!(other.is_of_another_user(&ada), is_of_another_user);
        }
        let of_a_program = Key("0123456789abcdef".to_owned());
        assert!(!of_a_program.is_of_another_page(&ada));
        assert!(!of_a_program.is_of_another_user(&ada));
    }
}
