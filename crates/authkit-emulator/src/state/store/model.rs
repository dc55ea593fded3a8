//! The records that the emulator keeps: users, organizations, memberships, sessions, codes. `memory` holds them;
//! the handlers read and change them. Secrets must appear here only as fingerprints.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::state::clock;
use crate::state::random;

/// How long an impersonation lasts, as at WorkOS.
pub const IMPERSONATION: SignedDuration = SignedDuration::from_mins(60);

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
    /// The app's own id for the user.
    #[serde(default)]
    pub external_id: Option<String>,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// The provider that the user signs in with; the sign-in page stands for it. Without one, they have a password.
    #[serde(default)]
    pub oauth_provider: Option<OauthProvider>,
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
    /// The app's own id for the organization.
    #[serde(default)]
    pub external_id: Option<String>,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub policy: Policy,
    /// Slugs of what it pays for.
    #[serde(default)]
    pub entitlements: Vec<String>,
    #[serde(default)]
    pub created_at: Timestamp,
}

impl Organization {
    /// An organization without anything but a name.
    pub fn starting(now: Timestamp, name: String) -> Self {
        Organization {
            id: random::id_at("org", now),
            name,
            external_id: None,
            metadata: BTreeMap::new(),
            policy: Policy::Open,
            entitlements: Vec::new(),
            created_at: now,
        }
    }

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
    /// Slug of the role, which the state has.
    pub role: String,
    /// Slugs of the roles beyond it.
    #[serde(default)]
    pub other_roles: Vec<String>,
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
            other_roles: Vec::new(),
            created_at: now,
            changed_at: None,
        }
    }

    /// An id for a membership from a state file that predates these ids.
    fn unnamed() -> String {
        random::id_at("om", Timestamp::UNIX_EPOCH)
    }

    /// Slugs of all roles.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.role)
            .chain(&self.other_roles)
            .map(String::as_str)
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
    /// The provider that the user signed in with, if any.
    #[serde(default)]
    pub oauth_provider: Option<OauthProvider>,
    /// Scopes that were asked of it beside the usual ones.
    #[serde(default)]
    pub oauth_scopes: Vec<String>,
    /// Policies that the user has met in this session, by organization id.
    #[serde(default)]
    pub met: BTreeMap<String, Policy>,
    /// Time of the last authentication (`auth_time`, OpenID Connect Core §2).
    pub authenticated_at: Timestamp,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// When it ends by itself, whatever its tokens: an impersonation, an hour after it began.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.impersonator
            .as_ref()
            .map(|_| clock::after(self.authenticated_at, IMPERSONATION))
    }

    /// How the user authenticated.
    pub fn method(&self) -> Method {
        let organization = self.organization_id.as_ref();
        let met = organization.and_then(|id| self.met.get(id));
        match (&self.impersonator, met, self.oauth_provider) {
            (Some(_), _, _) => Method::Impersonation,
            (None, Some(Policy::SsoRequired), _) => Method::Sso,
            (None, _, Some(provider)) => Method::Oauth(provider),
            (None, _, None) => Method::Password,
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
    Oauth(OauthProvider),
}

impl Method {
    /// The `authentication_method` of the token endpoint.
    pub fn in_answers(self) -> &'static str {
        match self {
            Method::Impersonation => "Impersonation",
            Method::Password => "Password",
            Method::Sso => "SSO",
            Method::Oauth(provider) => provider.name(),
        }
    }

    /// The `auth_method` of session events.
    pub fn in_events(self) -> &'static str {
        match self {
            Method::Impersonation => "impersonation",
            Method::Password => "password",
            Method::Sso => "sso",
            Method::Oauth(_) => "oauth",
        }
    }
}

/// A provider of sign-in by OAuth. The emulator asks none: its sign-in page stands for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OauthProvider {
    /// Apple.
    #[serde(rename = "AppleOAuth")]
    Apple,
    /// GitHub.
    #[serde(rename = "GitHubOAuth")]
    GitHub,
    /// Google.
    #[serde(rename = "GoogleOAuth")]
    Google,
    /// Microsoft.
    #[serde(rename = "MicrosoftOAuth")]
    Microsoft,
}

impl OauthProvider {
    /// The provider with this name of WorkOS's.
    pub fn named(name: &str) -> Option<Self> {
        let known = [
            OauthProvider::Apple,
            OauthProvider::GitHub,
            OauthProvider::Google,
            OauthProvider::Microsoft,
        ];
        known.into_iter().find(|provider| provider.name() == name)
    }

    /// WorkOS's name.
    pub fn name(self) -> &'static str {
        match self {
            OauthProvider::Apple => "AppleOAuth",
            OauthProvider::GitHub => "GitHubOAuth",
            OauthProvider::Google => "GoogleOAuth",
            OauthProvider::Microsoft => "MicrosoftOAuth",
        }
    }
}

/// A sign-in with a provider that the app has named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthSignIn {
    pub provider: OauthProvider,
    /// Scopes beside the usual ones.
    pub scopes: Vec<String>,
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
    /// The organization of sign-ins that name none; without it, the first that the user joined.
    #[serde(default)]
    pub organization_id: Option<String>,
    /// Who acts for the user, in an impersonation.
    #[serde(default)]
    pub impersonator: Option<Impersonator>,
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
    /// The provider that the request named.
    pub oauth: Option<OauthSignIn>,
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
