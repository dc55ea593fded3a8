//! Users and sessions in bulk, for tests of many at once. Callers: tests.
//! They equal those made through the pages; only the pages are skipped.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;

use super::people::{CreatedUser, not_a_member, user_id};
use super::{Control, ControlError};
use crate::changes::{accounts, sessions};
use crate::protocol::authenticate;
use crate::state::random;
use crate::state::seed;
use crate::state::store::model::{Impersonator, OauthProvider, Session, User};

/// A sign-in to be granted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grant {
    /// The user.
    pub email: String,
    /// An organization of the user; without one, the first they joined.
    pub organization_id: Option<String>,
    /// The provider that they sign in with; without one, their own, or the password.
    pub oauth_provider: Option<OauthProvider>,
    /// Who acts for the user.
    pub impersonator: Option<Impersonator>,
    /// Age of the authentication, in seconds.
    pub signed_in_ago: u32,
}

/// Minting.
impl Control {
    /// Adds `count` users in one step, `user-N@example.com` with an unused N each, all with the seeded password.
    /// Cheap: the password is not hashed per user.
    pub fn add_users(&self, count: usize) -> Vec<CreatedUser> {
        let context = &self.context;
        let now = context.clock.now();
        context.store.change(|state| {
            let mut added = Vec::new();
            let mut number = state.users.len();
            while added.len() < count {
                number += 1;
                let email = format!("user-{number}@example.com");
                let user = User {
                    id: random::id_at("user", now),
                    email,
                    email_verified: true,
                    password_hash: seed::password_hash().to_owned(),
                    first_name: Some("User".to_owned()),
                    last_name: Some(number.to_string()),
                    profile_picture_url: None,
                    external_id: None,
                    metadata: BTreeMap::new(),
                    oauth_provider: None,
                    last_sign_in_at: None,
                    created_at: now,
                    updated_at: now,
                };
                if let Ok(User { id, email, .. }) = accounts::add(context, state, user) {
                    added.push(CreatedUser { id, email });
                }
            }
            added
        })
    }

    /// Signs a user in without browser, page or code. Returns the body that the token endpoint would answer with.
    pub fn grant(&self, email: &str) -> Result<Value, ControlError> {
        self.grant_as(Grant {
            email: email.to_owned(),
            ..Grant::default()
        })
    }

    /// Like [`Control::grant`], for a sign-in of another kind.
    pub fn grant_as(&self, grant: Grant) -> Result<Value, ControlError> {
        let context = &self.context;
        let now = context.clock.now();
        let ago = SignedDuration::from_secs(grant.signed_in_ago.into());
        let authenticated_at = now.saturating_sub(ago).unwrap_or(now);
        let (session, user) = context.store.change(|state| {
            let id = user_id(state, &grant.email)?;
            let chosen = grant.organization_id.as_deref();
            if let Some(chosen) = chosen.filter(|chosen| state.membership(&id, chosen).is_none()) {
                return Err(not_a_member(&grant.email, chosen));
            }
            let organization_id = chosen.or_else(|| state.default_organization(&id));
            let organization_id = organization_id.map(str::to_owned);
            let user = accounts::signed_in(context, state, &id)
                .ok_or_else(|| ControlError::UnknownUser(grant.email.clone()))?;
            let session = Session {
                id: random::id_at("session", now),
                organization_id,
                user_id: id,
                browser_session: None,
                impersonator: grant.impersonator,
                oauth_provider: grant.oauth_provider.or(user.oauth_provider),
                oauth_scopes: Vec::new(),
                met: BTreeMap::new(),
                authenticated_at,
                created_at: now,
                ended_at: None,
            };
            sessions::start(context, state, session.clone());
            Ok((session, user))
        })?;
        Ok(authenticate::first_answer(context, &session, &user)?)
    }
}
