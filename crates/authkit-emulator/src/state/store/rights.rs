//! Who may do what: roles with their permissions, and feature flags with their targets. `memory` holds them, the access
//! token and the API tell of them, control changes them. What a role may do is written here only, never in code.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::state::random;

/// The role of members that were given none, as in every environment of WorkOS.
pub const DEFAULT_ROLE: &str = "member";

/// Whether a text can be the slug of a role, a permission, an entitlement or a flag.
pub fn is_slug(text: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || matches!(byte, b'-' | b'_' | b':' | b'.')
    };
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

/// A role of the environment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    pub slug: String,
    /// Slugs of the form `resource:action`.
    pub permissions: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Role {
    /// A role that begins at `now`.
    pub fn starting(now: Timestamp, slug: &str, permissions: Vec<String>) -> Self {
        Role {
            slug: slug.to_owned(),
            permissions,
            created_at: now,
            updated_at: now,
        }
    }
}

/// A feature flag.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeatureFlag {
    /// `flag_…`
    pub id: String,
    pub slug: String,
    pub name: String,
    /// A flag that is not enabled is off for everyone.
    pub enabled: bool,
    /// What it is for those whom no target names.
    pub default_value: bool,
    /// What it is for a user, by id. Comes before the organization's.
    pub users: BTreeMap<String, bool>,
    /// What it is for an organization, by id.
    pub organizations: BTreeMap<String, bool>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl FeatureFlag {
    /// A flag that begins at `now`, off for everyone.
    pub fn starting(now: Timestamp, slug: &str) -> Self {
        FeatureFlag {
            id: random::id_at("flag", now),
            slug: slug.to_owned(),
            name: slug.to_owned(),
            enabled: false,
            default_value: false,
            users: BTreeMap::new(),
            organizations: BTreeMap::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether it is on for a user in an organization, for one of the two, or for neither.
    pub fn is_on(&self, user_id: Option<&str>, organization_id: Option<&str>) -> bool {
        let target = |targets: &BTreeMap<String, bool>, id: Option<&str>| {
            id.and_then(|id| targets.get(id)).copied()
        };
        let aimed =
            target(&self.users, user_id).or_else(|| target(&self.organizations, organization_id));
        self.enabled && aimed.unwrap_or(self.default_value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_comes_before_the_organization_and_both_before_the_default() {
        let mut flag = FeatureFlag::starting(Timestamp::UNIX_EPOCH, "beta");
        flag.default_value = true;
        assert!(!flag.is_on(Some("u"), Some("o")), "not enabled");
        flag.enabled = true;
        assert!(flag.is_on(Some("u"), Some("o")), "the default");
        flag.organizations.insert("o".to_owned(), false);
        assert!(!flag.is_on(Some("u"), Some("o")), "the organization");
        assert!(flag.is_on(Some("u"), None));
        flag.users.insert("u".to_owned(), true);
        assert!(flag.is_on(Some("u"), Some("o")), "the user");
        assert!(!flag.is_on(Some("v"), Some("o")));
    }

    #[test]
    fn a_slug_is_short_and_plain() {
        for slug in ["admin", "numbers:read", "a-b_c.d", "7"] {
            assert!(is_slug(slug), "{slug}");
        }
        for other in ["", "Admin", "a b", "é", "a/b", "a\n", &"a".repeat(65)] {
            assert!(!is_slug(other), "{other:?}");
        }
    }
}
