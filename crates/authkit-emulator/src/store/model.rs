//! What the emulator remembers. [`State`] is one JSON file on disk and one mutex in memory.
//! Secrets (refresh tokens, codes, browser cookies) must appear here only as fingerprints.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::memberships::Memberships;
use super::refresh_tokens::RefreshTokens;
use super::sessions::Sessions;
use super::users::Users;
use crate::keys::KeyRing;
use crate::random;
use crate::registered::Address;

/// Everything, keyed by id; maps of secrets are keyed by fingerprint.
#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    /// The signing keys, the current one first.
    pub keys: KeyRing,
    /// Users by id.
    pub users: Users,
    /// Organizations by id.
    pub organizations: BTreeMap<String, Organization>,
    /// Who belongs where.
    pub memberships: Memberships,
    /// Invitations by token.
    pub invitations: BTreeMap<String, Invitation>,
    /// Sessions by `sid`.
    pub sessions: Sessions,
    /// Refresh tokens by fingerprint.
    pub refresh_tokens: RefreshTokens,
    /// Sessions of browsers at the emulator itself, by fingerprint of their cookie.
    pub browser_sessions: BTreeMap<String, BrowserSession>,
    /// Redirect URIs that were registered over the API.
    #[serde(default)]
    pub redirect_uris: Vec<Address>,
    /// CORS origins that were registered over the API.
    #[serde(default)]
    pub cors_origins: Vec<Address>,
    /// Authorization codes by fingerprint. They live for minutes and needn't survive a restart.
    #[serde(skip)]
    pub codes: HashMap<String, AuthorizationCode>,
    /// Tickets of the step-up page by fingerprint, as short-lived as codes.
    #[serde(skip)]
    pub step_ups: HashMap<String, StepUp>,
    /// At how many entries to tidy up next.
    #[serde(skip)]
    pub tidy_from: usize,
}

/// A person with a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    /// `user_…`
    pub id: String,
    /// Lower case, unique.
    pub email: String,
    /// Whether it is known to be theirs. State files older than this knew no other.
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

    /// The full name, or the email address of a person without one.
    pub fn display_name(&self) -> String {
        self.full_name().unwrap_or_else(|| self.email.clone())
    }
}

/// A company whose people sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Organization {
    /// `org_…`
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub policy: Policy,
}

impl Organization {
    /// The id of the identity provider's connection that it would have.
    pub fn connection_id(&self) -> String {
        format!("conn_{}", self.id.trim_start_matches("org_"))
    }
}

/// What an organization asks of its people beyond a password.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Nothing.
    #[default]
    Open,
    /// To sign in through its own identity provider: `sso_required`.
    SsoRequired,
    /// To set up a second factor: `mfa_enrollment`.
    MfaEnrollment,
    /// To be chosen by the person: `organization_selection_required`.
    SelectionRequired,
}

/// A user's place in an organization.
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
    /// When its role was changed last.
    #[serde(default)]
    pub changed_at: Option<Timestamp>,
}

impl Membership {
    /// A membership that begins now.
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

    /// An id for a membership from a state file that is older than these ids.
    fn unnamed() -> String {
        random::id_at("om", Timestamp::UNIX_EPOCH)
    }

    /// What the role allows, as `resource:action` slugs.
    pub fn permissions(&self) -> &'static [&'static str] {
        match self.role.as_str() {
            "admin" => &["members:manage", "numbers:read", "numbers:write"],
            _ => &["numbers:read"],
        }
    }
}

/// A request to sign up or in, sent to one address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Invitation {
    pub email: String,
    pub organization_id: Option<String>,
    pub accepted_at: Option<Timestamp>,
}

/// One sign-in of one app; its id is the `sid` of the access tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// `session_…`
    pub id: String,
    pub user_id: String,
    pub organization_id: Option<String>,
    /// The fingerprint of the browser session that it came from.
    pub browser_session: Option<String>,
    pub impersonator: Option<Impersonator>,
    /// What was done for organizations that ask for more, by their id.
    #[serde(default)]
    pub met: BTreeMap<String, Policy>,
    /// When the person last proved who they are (`auth_time`, OpenID Connect Core §2).
    pub authenticated_at: Timestamp,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// How the person proved who they are.
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

/// How a session began. WorkOS writes it differently in answers and in events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Impersonation,
    Password,
    /// Through the organization's identity provider.
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

/// Who acts in another's name (RFC 8693 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impersonator {
    /// Who really acts.
    pub email: String,
    /// The reason they gave.
    pub reason: Option<String>,
}

/// A refresh token, which works once (RFC 9700 §4.14.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefreshToken {
    pub session_id: String,
    pub expires_at: Timestamp,
    pub exchanged_at: Option<Timestamp>,
}

/// A browser signed in at the emulator itself: what makes the next sign-in silent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BrowserSession {
    pub user_id: String,
    pub authenticated_at: Timestamp,
    pub expires_at: Timestamp,
}

/// An authorization code and what it was issued for (RFC 6749 §4.1.2).
#[derive(Debug, Clone)]
pub struct AuthorizationCode {
    pub user_id: String,
    pub organization_id: Option<String>,
    /// What was done for that organization, if it asks for more.
    pub met: Option<Policy>,
    pub redirect_uri: String,
    /// The S256 challenge (RFC 7636 §4.3); none for a code that WorkOS minted on its own.
    pub code_challenge: Option<String>,
    pub browser_session: Option<String>,
    pub impersonator: Option<Impersonator>,
    pub authenticated_at: Timestamp,
    pub expires_at: Timestamp,
    pub redeemed: Redeemed,
}

/// Somebody who has only to do what an organization asks for.
#[derive(Debug, Clone)]
pub struct StepUp {
    pub browser_session: String,
    /// The whole authorization request.
    pub query: String,
    pub organization_id: String,
    pub policy: Policy,
    pub expires_at: Timestamp,
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// Not used yet.
    No,
    /// Used in vain: the exchange was refused.
    Refused,
    /// Exchanged; the session is kept so that a second use can end it.
    Session(String),
}
