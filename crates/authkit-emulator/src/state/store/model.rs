//! The records that the emulator keeps: users, organizations, memberships, sessions, codes. `memory` holds them;
//! the handlers read and change them. Secrets must appear here only as fingerprints.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::state::random;

/// A user account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    /// `user_…`
    pub id: String,
    /// Lower case, unique.
    pub email: String,
    /// Whether the address is verified. State files from before this field hold verified users only.
    #[serde(default = "User::verified")]
    pub email_verified: bool,
    /// Argon2id, in PHC form. Empty when there is no password.
    pub password_hash: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    #[serde(default)]
    pub profile_picture_url: Option<String>,
    pub last_sign_in_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl User {
    fn verified() -> bool {
        true
    }

    /// First and last name, where given.
    pub fn full_name(&self) -> Option<String> {
        let names: Vec<&str> = [&self.first_name, &self.last_name]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        (!names.is_empty()).then(|| names.join(" "))
    }

    /// The full name, or the email address of a user without a name.
    pub fn display_name(&self) -> String {
        self.full_name().unwrap_or_else(|| self.email.clone())
    }
}

/// An organization whose members sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Organization {
    /// `org_…`
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub policy: Policy,
}

impl Organization {
    /// The id that the organization's identity provider connection would have.
    pub fn connection_id(&self) -> String {
        format!("conn_{}", self.id.trim_start_matches("org_"))
    }
}

/// What an organization requires of its members beyond a password.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Nothing.
    #[default]
    Open,
    /// Sign-in through the organization's identity provider: `sso_required`.
    SsoRequired,
    /// A second factor: `mfa_enrollment`.
    MfaEnrollment,
    /// An explicit choice of the organization: `organization_selection_required`.
    SelectionRequired,
}

/// A user's membership in an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Membership {
    /// `om_…`
    #[serde(default = "Membership::unnamed")]
    pub id: String,
    pub user_id: String,
    pub organization_id: String,
    /// The role's slug: `admin` or `member`.
    pub role: String,
    #[serde(default)]
    pub created_at: Timestamp,
    /// Time of the last change of role.
    #[serde(default)]
    pub changed_at: Option<Timestamp>,
}

impl Membership {
    /// A membership that begins at `now`.
    pub fn starting(now: Timestamp, user_id: &str, organization_id: &str, role: &str) -> Self {
        Membership {
            id: random::id_at("om", now),
            user_id: user_id.to_owned(),
            organization_id: organization_id.to_owned(),
            role: role.to_owned(),
            created_at: now,
            changed_at: None,
        }
    }

    /// An id for a membership from a state file that predates these ids.
    fn unnamed() -> String {
        random::id_at("om", Timestamp::UNIX_EPOCH)
    }

    /// Permissions of the role, as `resource:action` slugs.
    pub fn permissions(&self) -> &'static [&'static str] {
        match self.role.as_str() {
            "admin" => &["members:manage", "numbers:read", "numbers:write"],
            _ => &["numbers:read"],
        }
    }
}

/// An invitation to sign up or in, sent to one address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Invitation {
    pub email: String,
    pub organization_id: Option<String>,
    pub accepted_at: Option<Timestamp>,
}

/// One session of the app; its id is the `sid` of the access tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// `session_…`
    pub id: String,
    pub user_id: String,
    pub organization_id: Option<String>,
    /// Fingerprint of the browser session in which it started.
    pub browser_session: Option<String>,
    pub impersonator: Option<Impersonator>,
    /// Policies that the user has met in this session, by organization id.
    #[serde(default)]
    pub met: BTreeMap<String, Policy>,
    /// Time of the last authentication (`auth_time`, OpenID Connect Core §2).
    pub authenticated_at: Timestamp,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// How the user authenticated.
    pub fn method(&self) -> Method {
        let organization = self.organization_id.as_ref();
        let met = organization.and_then(|id| self.met.get(id));
        match (&self.impersonator, met) {
            (Some(_), _) => Method::Impersonation,
            (None, Some(Policy::SsoRequired)) => Method::Sso,
            (None, _) => Method::Password,
        }
    }
}

/// An authentication method. WorkOS spells it differently in answers and in events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Impersonation,
    Password,
    /// Single sign-on through the organization's identity provider.
    Sso,
}

impl Method {
    /// The `authentication_method` of the token endpoint.
    pub fn in_answers(self) -> &'static str {
        match self {
            Method::Impersonation => "Impersonation",
            Method::Password => "Password",
            Method::Sso => "SSO",
        }
    }

    /// The `auth_method` of session events.
    pub fn in_events(self) -> &'static str {
        match self {
            Method::Impersonation => "impersonation",
            Method::Password => "password",
            Method::Sso => "sso",
        }
    }
}

/// The actor of an impersonated session (RFC 8693 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impersonator {
    /// The impersonator's email address.
    pub email: String,
    /// The reason given for the impersonation.
    pub reason: Option<String>,
}

/// A refresh token, good for one exchange (RFC 9700 §4.14.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefreshToken {
    pub session_id: String,
    pub expires_at: Timestamp,
    pub exchanged_at: Option<Timestamp>,
}

/// A browser's session at the emulator itself, which makes its next sign-in silent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BrowserSession {
    pub user_id: String,
    pub authenticated_at: Timestamp,
    pub expires_at: Timestamp,
}

/// An authorization code and the request it answers (RFC 6749 §4.1.2).
#[derive(Debug, Clone)]
pub struct AuthorizationCode {
    pub user_id: String,
    pub organization_id: Option<String>,
    /// The policy of that organization that the user has met, if it has one.
    pub met: Option<Policy>,
    pub redirect_uri: String,
    /// The S256 challenge (RFC 7636 §4.3); absent from an impersonation code, which no request asked for.
    pub code_challenge: Option<String>,
    pub browser_session: Option<String>,
    pub impersonator: Option<Impersonator>,
    pub authenticated_at: Timestamp,
    pub expires_at: Timestamp,
    pub redeemed: Redeemed,
}

/// A sign-in that still has to meet an organization's policy.
#[derive(Debug, Clone)]
pub struct StepUp {
    pub browser_session: String,
    /// Query of the authorization request.
    pub query: String,
    pub organization_id: String,
    pub policy: Policy,
    pub expires_at: Timestamp,
}

/// Result of exchanging a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// Not exchanged yet.
    No,
    /// The exchange was refused.
    Refused,
    /// Exchanged for this session, which a second use of the code ends.
    Session(String),
}
