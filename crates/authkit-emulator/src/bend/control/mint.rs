//! Users and sessions in bulk, for tests of many at once. Callers: tests.
//! They equal those made through the pages; only the pages are skipped.

use std::collections::BTreeMap;

use serde_json::Value;

use super::people::CreatedUser;
use super::{Control, ControlError};
use crate::changes::{accounts, sessions};
use crate::protocol::authenticate;
use crate::state::random;
use crate::state::store::model::{Session, User};
use crate::state::store::seed;

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
        let context = &self.context;
        let now = context.clock.now();
        let signed_in = context.store.change(|state| {
            let id = state.user_by_email(email)?.id.clone();
            let user = accounts::signed_in(context, state, &id)?;
            let session = Session {
                id: random::id_at("session", now),
                organization_id: state.default_organization(&id).map(str::to_owned),
                user_id: id,
                browser_session: None,
                impersonator: None,
                met: BTreeMap::new(),
                authenticated_at: now,
                created_at: now,
                ended_at: None,
            };
            sessions::start(context, state, session.clone());
            Some((session, user))
        });
        let unknown = || ControlError::UnknownUser(email.to_owned());
        let (session, user) = signed_in.ok_or_else(unknown)?;
        Ok(authenticate::answer(context, &session, &user)?)
    }
}
