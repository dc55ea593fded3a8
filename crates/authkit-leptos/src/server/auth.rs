//! [`Auth`]: what the layer has found out about a request, in the request's extensions.
//!
//! Made by the layer, read by everything behind it. Stays on the server: it holds claims and a token.

use super::{
    bearer::BearerError, changes::Said, core::session::Session, identity::UserIdentity,
    refresh::Renewed, token::Claims,
};
use crate::auth::{AuthState, Identity};
use secrecy::SecretString;
use std::{sync::Arc, time::Duration};

/// The answer, in the request's extensions.
#[derive(Clone, Debug)]
pub struct Auth {
    /// What pages and islands may know.
    pub state: AuthState,
    /// The verified claims; there are some exactly when `state` is signed in.
    pub claims: Option<Arc<Claims>>,
    /// The token they are from.
    pub(crate) access_token: Option<SecretString>,
    /// Who sent the token in the `Authorization` header, if there was one. `state` says signed out then:
    /// it is about browsers.
    pub(crate) bearer: Option<Result<Arc<UserIdentity>, Arc<BearerError>>>,
    /// The id of the session that was in the cookie, also of one that has expired or can't be
    /// vouched for: signing out must end it all the same.
    pub session_id: Option<String>,
    /// When unavailable: how long to wait before trying again, where that is known.
    pub retry_after: Option<Duration>,
}

impl Auth {
    pub(super) fn signed_out(session_id: Option<String>) -> Self {
        Self {
            state: AuthState::SignedOut,
            claims: None,
            access_token: None,
            bearer: None,
            session_id,
            retry_after: None,
        }
    }

    /// The caller of a request that brought a token of its own.
    pub(super) fn of_bearer(
        bearer: Result<Arc<UserIdentity>, Arc<BearerError>>,
        session_id: Option<String>,
        access_token: Option<SecretString>,
    ) -> Self {
        Self {
            bearer: Some(bearer),
            access_token,
            ..Self::signed_out(session_id)
        }
    }

    pub(super) fn signed_in(session: &Session, claims: Arc<Claims>) -> Self {
        Self {
            state: AuthState::SignedIn(identity(session, &claims)),
            bearer: None,
            session_id: Some(session.session_id.clone()),
            access_token: Some(session.access_token.clone()),
            claims: Some(claims),
            retry_after: None,
        }
    }

    /// Whether the request brought a token of its own, good or not.
    #[must_use]
    pub fn is_bearer(&self) -> bool {
        self.bearer.is_some()
    }

    /// Whose session it is, verified or not.
    pub(super) fn user_id(&self) -> Option<&str> {
        match &self.state {
            AuthState::SignedIn(identity) => Some(&identity.user.id),
            AuthState::Unavailable(user) => user.as_ref().map(|user| user.id.as_str()),
            AuthState::SignedOut => None,
        }
    }

    pub(super) fn unavailable(session: &Session, retry_after: Option<Duration>) -> Self {
        Self {
            state: AuthState::Unavailable(Some(session.user.clone())),
            claims: None,
            access_token: None,
            bearer: None,
            session_id: Some(session.session_id.clone()),
            retry_after,
        }
    }
}

impl Renewed {
    /// Who the renewed session's user is, for browsers.
    pub(super) fn identity(&self) -> Identity {
        identity(&self.session, &self.claims)
    }
}

fn identity(session: &Session, claims: &Claims) -> Identity {
    let mut roles: Vec<String> = Vec::new();
    for role in claims.roles() {
        if !roles.iter().any(|known| known == role) {
            roles.push(role.to_owned());
        }
    }
    Identity {
        user: session.user.clone(),
        session_id: claims.sid.clone(),
        organization_id: claims.org_id.clone(),
        roles,
        permissions: claims.permissions.clone(),
        impersonator: session.impersonator.clone(),
        expires_at: claims.exp,
    }
}
