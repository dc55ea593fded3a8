//! [`Caller`]: the kinds of callers there are.
//!
//! Made by the authenticator, once per request. A caller never leaves the server: it holds claims and a token.

use super::{
    bearer::BearerError,
    identity::{IdentityError, UserIdentity},
    published_claims::PublishedClaims,
    rights_digest::rights_digest,
};
use crate::{
    access_token::AccessToken,
    auth::{AuthState, Identity, User},
    server::{core::session::Session, revocations::Said, token::Claims},
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    sync::{Arc, Once},
    time::Duration,
};

/// The most entries of each list of rights that a page carries in its HTML.
const MOST_LISTED: usize = 100;

/// Who sent a request, as the layer has found out: exactly one of these.
///
/// ```
/// # use authkit_leptos::server::Caller;
/// # use axum::extract::Extension;
/// async fn greeting(Extension(caller): Extension<Caller>) -> &'static str {
///     match caller {
///         Caller::Nobody { .. } => "Hello, stranger",
///         Caller::Session(_) => "Hello again",
///         Caller::Program(..) => "Hello, program",
///         Caller::Refused(_) => "What is that token?",
///         Caller::Unknown { .. } => "One moment, please",
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub enum Caller {
    /// No signed-in user.
    Nobody {
        /// Id of the session in the cookie, if that session is over or cannot be used. Signing out still has to
        /// end it at WorkOS.
        ended: Option<String>,
    },
    /// A user whose session has a verified access token.
    Session(Arc<SessionCaller>),
    /// A client that sent an accepted token in the `Authorization` header, and that token.
    Program(Arc<UserIdentity>, SecretString),
    /// A client that sent a token in the `Authorization` header that is not accepted, or cannot be checked now.
    Refused(Arc<BearerError>),
    /// A user whose session cannot be checked or renewed now.
    Unknown {
        /// The user of the sealed session: good for a greeting, never for access.
        user: User,
        /// Session id.
        session: String,
        /// Time until the next attempt makes sense, if known.
        retry_after: Option<Duration>,
    },
}

/// A signed-in user of a browser.
#[derive(Debug)]
#[non_exhaustive]
pub struct SessionCaller {
    /// What pages and islands may know.
    pub signed_in: Identity,
    /// What server functions, handlers and guards may know.
    pub identity: UserIdentity,
    /// The verified claims.
    pub claims: Arc<Claims>,
    /// The access token with these claims.
    pub(in crate::server) access_token: SecretString,
}

impl SessionCaller {
    /// The access token, as of `now`, in seconds since the epoch.
    pub(in crate::server) fn access_token(&self, now: u64) -> AccessToken {
        AccessToken {
            token: self.access_token.expose_secret().to_owned(),
            expires_in: self.signed_in.expires_at.saturating_sub(now),
            session_id: self.signed_in.session_id.clone(),
            organization_id: self.signed_in.organization_id.clone(),
        }
    }
}

impl Caller {
    /// The identity that the caller has proved; `None` for a caller who claims none.
    ///
    /// # Errors
    /// [`IdentityError`] when the caller claims an identity and the proof is refused or cannot be checked.
    pub fn identity(&self) -> Result<Option<&UserIdentity>, IdentityError> {
        match self {
            Self::Nobody { .. } => Ok(None),
            Self::Session(caller) => Ok(Some(&caller.identity)),
            Self::Program(identity, _) => Ok(Some(identity)),
            Self::Refused(error) => Err(IdentityError::Bearer(Arc::clone(error))),
            Self::Unknown { retry_after, .. } => Err(IdentityError::Unavailable {
                retry_after: *retry_after,
            }),
        }
    }

    /// What pages and islands may know. It describes browsers: a client with a token of its own is signed out.
    #[must_use]
    pub fn state(&self) -> AuthState {
        match self {
            Self::Session(caller) => AuthState::SignedIn(caller.signed_in.clone()),
            Self::Unknown { user, .. } => AuthState::Unavailable(Some(user.clone())),
            Self::Nobody { .. } | Self::Program(..) | Self::Refused(_) => AuthState::SignedOut,
        }
    }

    /// The signed-in user of a browser.
    #[must_use]
    pub fn session(&self) -> Option<&SessionCaller> {
        match self {
            Self::Session(caller) => Some(caller),
            _ => None,
        }
    }

    /// Whether the request brought a token in the `Authorization` header, accepted or not.
    #[must_use]
    pub fn is_bearer(&self) -> bool {
        matches!(self, Self::Program(..) | Self::Refused(_))
    }

    /// Id of the session that signing out has to end, also of one that has expired or cannot be checked.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        match self {
            Self::Nobody { ended } => ended.as_deref(),
            Self::Session(caller) => Some(&caller.signed_in.session_id),
            Self::Program(identity, _) => identity.session_id(),
            Self::Refused(_) => None,
            Self::Unknown { session, .. } => Some(session),
        }
    }

    /// Time until the next attempt makes sense, if the session cannot be checked now and the time is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unknown { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whose request it is, as far as that is known: a user's id, or the subject of a bearer token.
    pub(in crate::server) fn user_id(&self) -> Option<&str> {
        match self {
            Self::Program(identity, _) => Some(&identity.subject),
            _ => self.running_session().map(|(_, user)| user),
        }
    }

    /// Session id and user id of a session that is not over, checked or not. `None` for bearer tokens.
    pub(in crate::server) fn running_session(&self) -> Option<(&str, &str)> {
        match self {
            Self::Session(caller) => {
                let Identity {
                    session_id, user, ..
                } = &caller.signed_in;
                Some((session_id, &user.id))
            }
            Self::Unknown { user, session, .. } => Some((session, &user.id)),
            Self::Nobody { .. } | Self::Program(..) | Self::Refused(_) => None,
        }
    }

    pub(in crate::server) fn of_session(
        session: &Session,
        claims: Arc<Claims>,
        published: &PublishedClaims,
    ) -> Self {
        Self::Session(Arc::new(SessionCaller {
            signed_in: signed_in(session, &claims, published),
            identity: UserIdentity::of_session(&claims, session),
            claims,
            access_token: session.access_token.clone(),
        }))
    }

    pub(super) fn unknown(session: Session, retry_after: Option<Duration>) -> Self {
        Self::Unknown {
            user: session.user,
            session: session.session_id,
            retry_after,
        }
    }
}

/// What browsers may know of a session whose access token has these claims.
pub(in crate::server) fn signed_in(
    session: &Session,
    claims: &Claims,
    published: &PublishedClaims,
) -> Identity {
    let mut roles: Vec<&str> = Vec::new();
    for role in claims.roles() {
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    Identity {
        user: session.user.clone(),
        session_id: claims.sid().to_owned(),
        organization_id: claims.org_id().map(str::to_owned),
        roles: listed("roles", roles.into_iter()),
        permissions: listed("permissions", claims.texts("permissions")),
        entitlements: listed("entitlements", claims.texts("entitlements")),
        feature_flags: listed("feature_flags", claims.texts("feature_flags")),
        impersonator: session.impersonator.clone(),
        expires_at: claims.exp(),
        authenticated_at: claims.auth_time(),
        authentication_method: session.authentication_method.clone(),
        rights_digest: rights_digest(claims.all()),
        published_claims: published.of(claims),
    }
}

/// As much of a list as a page carries. Guards read the claims.
fn listed<'a>(claim: &'static str, texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    static REPORTED: Once = Once::new();
    let mut texts = texts.map(str::to_owned);
    let listed = texts.by_ref().take(MOST_LISTED).collect();
    if texts.next().is_some() {
        REPORTED.call_once(|| {
            tracing::warn!(
                reason = "list_too_long",
                claim,
                "a page knows {MOST_LISTED} entries of this claim at most: guards on the server know all of them"
            );
        });
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_out_ends_a_session_that_is_over_or_cannot_be_checked() {
        let session = "session_1".to_owned();
        let over = Caller::Nobody {
            ended: Some(session.clone()),
        };
        assert_eq!(over.session_id(), Some("session_1"));
        assert_eq!(over.running_session(), None, "it is over");
        let user = User {
            id: "user_1".to_owned(),
            email: "ada@example.com".to_owned(),
            email_verified: true,
            first_name: None,
            last_name: None,
            profile_picture_url: None,
        };
        let unknown = Caller::Unknown {
            user,
            session,
            retry_after: None,
        };
        assert_eq!(unknown.session_id(), Some("session_1"));
        assert_eq!(unknown.running_session(), Some(("session_1", "user_1")));
        assert!(unknown.identity().is_err(), "nothing vouches for the user");
        let refused = Caller::Refused(Arc::new(BearerError::Ended));
        assert_eq!(refused.session_id(), None);
    }

    fn identity(claims: serde_json::Value) -> Identity {
        let mut all =
            serde_json::json!({"iss": "i", "sub": "user_1", "sid": "session_1", "exp": 9});
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let session = Session {
            access_token: "a".into(),
            refresh_token: "r".into(),
            session_id: "session_1".to_owned(),
            user: User {
                id: "user_1".to_owned(),
                email: "ada@example.com".to_owned(),
                email_verified: true,
                first_name: None,
                last_name: None,
                profile_picture_url: None,
            },
            organization_id: None,
            impersonator: None,
            authentication_method: None,
            is_successor: false,
        };
        let claims = Claims::new(all.as_object().unwrap().clone()).unwrap();
        signed_in(&session, &claims, &PublishedClaims::default())
    }

    #[test]
    fn role_and_roles_are_one_list_and_each_right_is_named_as_the_token_names_it() {
        let identity = identity(serde_json::json!({
            "role": "member", "roles": ["admin", "member"], "permissions": ["a:b"],
            "entitlements": ["audit-logs"], "feature_flags": ["beta"], "auth_time": 7,
        }));
        assert_eq!(identity.roles, ["member", "admin"]);
        assert!(identity.has_role("admin") && !identity.has_role("adm"));
        assert!(identity.has_permission("a:b") && !identity.has_permission("a"));
        assert!(identity.has_entitlement("audit-logs"));
        assert!(identity.has_feature_flag("beta") && !identity.has_feature_flag("audit-logs"));
        assert_eq!(identity.authenticated_at, Some(7));
    }

    #[test]
    fn roles_as_numbers_and_rights_of_other_types_are_none() {
        use serde_json::json;
        for odd in [
            json!(7),
            json!("admin"),
            json!({"admin": true}),
            json!([7, null, ["admin"]]),
        ] {
            let identity = identity(json!({
                "role": 7, "roles": odd, "permissions": odd, "entitlements": odd, "feature_flags": odd,
                "auth_time": "7",
            }));
            assert!(
                identity.roles.is_empty() && identity.permissions.is_empty(),
                "{odd}"
            );
            assert!(
                identity.entitlements.is_empty() && identity.feature_flags.is_empty(),
                "{odd}"
            );
            assert_eq!(identity.authenticated_at, None);
        }
    }

    #[test]
    fn of_five_thousand_permissions_a_page_carries_a_hundred_and_the_number_of_all() {
        let mut many: Vec<_> = (0..5_000).map(|it| format!("p{it}")).collect();
        let before = identity(serde_json::json!({"permissions": many}));
        assert_eq!(before.permissions.len(), MOST_LISTED);
        many.pop();
        let after = identity(serde_json::json!({"permissions": many}));
        assert_eq!(before.permissions, after.permissions);
        assert_ne!(before.rights_digest, after.rights_digest);
    }
}
