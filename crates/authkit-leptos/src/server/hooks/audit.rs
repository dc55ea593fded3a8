//! [`AuditEvent`]: what somebody did, or was refused, as the app is told of it for its audit trail.
//!
//! Made by the steps of the login, the protection by path, guards and webhooks. Holds no token, no code and no session id:
//! of a session its hash.

use crate::server::core::session_hash;
use std::{fmt, net::IpAddr};

/// What somebody did, or was refused.
///
/// Whoever can't prove who they are makes none: a sign-in that fails before AuthKit has said whose it is, a token that is
/// refused. Strangers could fill any table with those; the log and the metrics have them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEvent {
    /// What it was.
    pub action: AuditAction,
    /// When, in milliseconds since the epoch.
    pub occurred_at: i64,
    /// Who did it, or was refused; for what WorkOS or the app did, whom it concerns. Of a client with a token of another
    /// provider its `token_identifier`. `None` where only the session is known.
    pub user_id: Option<String>,
    /// The session, as the log names it: the first bytes of its id's hash.
    pub session: Option<String>,
    /// The organization that the session is in; after a switch, the new one.
    pub organization_id: Option<String>,
    /// The address of who acts for the user.
    pub impersonator: Option<String>,
    /// Why it was refused: a reason code, or what a guard asks for. Of a session that ended, who ended it: `app` or `workos`.
    pub because: Option<String>,
    /// What it was about: the route that was refused, the organization that was left or refused.
    pub target: Option<String>,
    /// Who asked. `None` for what WorkOS or the app did by itself.
    pub client: Option<AuditClient>,
}

/// Who sent the request, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditClient {
    /// The `x-request-id` of the request, under which the log has it.
    pub request_id: Option<String>,
    /// The address, as [`Builder::client_address`](crate::server::Builder::client_address) finds it.
    pub ip_address: Option<IpAddr>,
    /// What it says of itself, at most 256 characters of ASCII. Clients write into it what they like.
    pub user_agent: Option<String>,
}

/// What somebody did, or was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuditAction {
    /// A session began.
    SignedIn,
    /// AuthKit said who it is, and the app or the session's size did not let them in.
    SignInRefused,
    /// A session ended because its user asked for it.
    SignedOut,
    /// A session, or all of a user, ended because WorkOS or the app said so.
    SessionRevoked,
    /// A session went to another organization.
    OrganizationSwitched,
    /// It was not let into one.
    SwitchRefused,
    /// A signed-in user, or a client with an accepted token, asked for what they may not: 403.
    Forbidden,
    /// A user was deleted.
    UserDeleted,
}

impl AuditAction {
    /// Its name in tables and lists: an object and what became of it, such as `user.signed_in`.
    ///
    /// ```
    /// use authkit_leptos::server::AuditAction;
    /// assert_eq!(AuditAction::SignedIn.name(), "user.signed_in");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "user.signed_in",
            Self::SignInRefused => "user.sign_in_refused",
            Self::SignedOut => "user.signed_out",
            Self::SessionRevoked => "session.revoked",
            Self::OrganizationSwitched => "session.organization_switched",
            Self::SwitchRefused => "session.switch_refused",
            Self::Forbidden => "request.forbidden",
            Self::UserDeleted => "user.deleted",
        }
    }

    /// Whether somebody was refused something.
    #[must_use]
    pub fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::SignInRefused | Self::SwitchRefused | Self::Forbidden
        )
    }
}

impl fmt::Display for AuditAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl AuditEvent {
    /// A session (`session_…`), or a user (`user_…`) with all of theirs, is no more, because `who` said so.
    pub(in crate::server) fn ended(id: &str, who: &'static str) -> Self {
        let is_user = id.starts_with("user_");
        let action = match is_user {
            true => AuditAction::UserDeleted,
            false => AuditAction::SessionRevoked,
        };
        Self {
            user_id: is_user.then(|| id.to_owned()),
            session: (!is_user).then(|| session_hash(id)),
            because: Some(who.to_owned()),
            ..Self::now(action)
        }
    }

    /// Happens now, and says nothing else yet.
    pub(in crate::server) fn now(action: AuditAction) -> Self {
        Self {
            action,
            occurred_at: jiff::Timestamp::now().as_millisecond(),
            user_id: None,
            session: None,
            organization_id: None,
            impersonator: None,
            because: None,
            target: None,
            client: None,
        }
    }
}
