//! The tables of an `emulator.toml`, as they stand there. Callers: `seed` parses them, `check` checks them,
//! `state::store::seeding` applies them. Names keep their place in the file, for errors. No key is ever ignored.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::state::store::model::{OauthProvider, Policy};

/// The tables of the file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Content {
    pub organizations: Vec<SeededOrganization>,
    pub roles: Vec<SeededRole>,
    pub users: Vec<SeededUser>,
    pub feature_flags: Vec<SeededFlag>,
    pub jwt_template: Option<SeededTemplate>,
}

/// `[[organizations]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeededOrganization {
    pub name: Spanned<String>,
    #[serde(default)]
    pub entitlements: Vec<Spanned<String>>,
    #[serde(default)]
    pub policy: Policy,
    pub external_id: Option<String>,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// `[[roles]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeededRole {
    pub slug: Spanned<String>,
    #[serde(default)]
    pub permissions: Vec<Spanned<String>>,
}

/// `[[users]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeededUser {
    pub email: Spanned<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub external_id: Option<String>,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    pub oauth_provider: Option<OauthProvider>,
    #[serde(default)]
    pub memberships: Vec<SeededMembership>,
}

/// An entry of a user's `memberships`. Sign-in defaults to the first.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeededMembership {
    pub organization: Spanned<String>,
    pub role: Spanned<String>,
    /// Roles beyond the first.
    #[serde(default)]
    pub other_roles: Vec<Spanned<String>>,
}

/// `[[feature_flags]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeededFlag {
    pub slug: Spanned<String>,
    pub name: Option<String>,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub default: bool,
    /// Email addresses of the users that have it.
    #[serde(default)]
    pub users: Vec<Spanned<String>>,
    /// Names of the organizations that have it.
    #[serde(default)]
    pub organizations: Vec<Spanned<String>>,
}

/// `[jwt_template]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeededTemplate {
    pub content: Spanned<String>,
}

fn yes() -> bool {
    true
}

impl SeededUser {
    /// The address as it is stored.
    pub fn email(&self) -> String {
        self.email.get_ref().trim().to_lowercase()
    }
}
