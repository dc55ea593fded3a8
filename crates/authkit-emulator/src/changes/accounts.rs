//! Adding, changing and removing users, one function each, so that each change tells the webhook. Callers: the API, the
//! sign-up page, sign-ins and control. Every change must increase `updated_at`: apps order events by it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

use crate::changes::event::{self, Event};
use crate::changes::sessions;
use crate::state::context::Context;
use crate::state::email::is_address;
use crate::state::store::memory::Memory;
use crate::state::store::model::User;
use crate::state::{password, random};

/// Resolution of timestamps in WorkOS's format.
const STEP: SignedDuration = SignedDuration::from_millis(1);

/// A user to add.
pub struct NewAccount {
    pub email: String,
    pub email_verified: bool,
    /// Without a password, the user cannot sign in.
    pub password: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub profile_picture_url: Option<String>,
}

impl NewAccount {
    /// Makes the user record; hashes the password off the async threads.
    pub async fn into_user(self, context: &Context) -> User {
        let hashed = match self.password {
            Some(password) => {
                let hashing = tokio::task::spawn_blocking(move || password::hash(&password));
                hashing.await.ok()
            }
            None => None,
        };
        let now = context.clock.now();
        User {
            id: random::id_at("user", now),
            email: stored(&self.email),
            email_verified: self.email_verified,
            // An empty hash matches no password. The task fails only while the runtime shuts down.
            password_hash: hashed.unwrap_or_default(),
            first_name: self.first_name,
            last_name: self.last_name,
            profile_picture_url: self.profile_picture_url,
            external_id: None,
            metadata: BTreeMap::new(),
            oauth_provider: None,
            last_sign_in_at: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// The address is used by another user.
#[derive(Debug, thiserror::Error)]
#[error("there is a user with this email already")]
pub struct EmailTaken;

/// Adds a user, unless the address is taken.
pub fn add(context: &Context, state: &mut Memory, user: User) -> Result<User, EmailTaken> {
    if state.user_by_email(&user.email).is_some() {
        return Err(EmailTaken);
    }
    event::tell(context, &Event::UserCreated(&user));
    state.users.insert(user.clone());
    Ok(user)
}

/// Changes to a user. Fields that are `None`, or absent, stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserUpdate {
    /// The new address, which must be unused. It counts as verified only if `email_verified` is set as well.
    #[serde(deserialize_with = "some")]
    pub email: Option<String>,
    /// Whether the address is verified.
    #[serde(deserialize_with = "some")]
    pub email_verified: Option<bool>,
    /// The first name; an empty one (over HTTP also `null`) removes it.
    #[serde(deserialize_with = "some_or_empty")]
    pub first_name: Option<String>,
    /// The last name; an empty one (over HTTP also `null`) removes it.
    #[serde(deserialize_with = "some_or_empty")]
    pub last_name: Option<String>,
}

/// Why a user was not changed.
#[derive(Debug)]
pub enum Refused {
    Unknown,
    InvalidEmail,
    EmailTaken,
}

/// Changes a user: either all fields or, if refused, none.
pub fn update(
    context: &Context,
    state: &mut Memory,
    id: &str,
    change: UserUpdate,
) -> Result<User, Refused> {
    let known = state.users.get(id).ok_or(Refused::Unknown)?;
    let email = match change.email {
        Some(email) if !is_address(&email) => return Err(Refused::InvalidEmail),
        Some(email) => Some(stored(&email)).filter(|email| *email != known.email),
        None => None,
    };
    if email
        .as_deref()
        .is_some_and(|email| state.user_by_email(email).is_some())
    {
        return Err(Refused::EmailTaken);
    }
    let now = context.clock.now();
    let changed = state.users.change(id, |user| {
        if let Some(email) = email {
            user.email = email;
            user.email_verified = false;
        }
        user.email_verified = change.email_verified.unwrap_or(user.email_verified);
        if let Some(name) = change.first_name {
            user.first_name = given(&name);
        }
        if let Some(name) = change.last_name {
            user.last_name = given(&name);
        }
        user.updated_at = later(user.updated_at, now);
    });
    let changed = changed.ok_or(Refused::Unknown)?;
    event::tell(context, &Event::UserUpdated(changed));
    Ok(changed.clone())
}

/// Records a sign-in; `None` for an unknown user. AuthKit requires a verified address to sign in, so the address counts
/// as verified from then on.
pub fn signed_in(context: &Context, state: &mut Memory, id: &str) -> Option<User> {
    let now = context.clock.now();
    let user = state
        .users
        .change(id, |user| user.last_sign_in_at = Some(now))?;
    if user.email_verified {
        return Some(user.clone());
    }
    let verified = UserUpdate {
        email_verified: Some(true),
        ..UserUpdate::default()
    };
    update(context, state, id, verified).ok()
}

/// Removes a user with all records; `None` for an unknown user. The live sessions end first, with one event each.
pub fn remove(context: &Context, state: &mut Memory, id: &str) -> Option<User> {
    for session in state.live_sessions_of(id) {
        sessions::end(context, state, &session);
    }
    let user = state.remove_user(id)?;
    event::tell(context, &Event::UserDeleted(&user));
    Some(user)
}

/// A trimmed name; `None` when nothing is left.
pub fn given(name: &str) -> Option<String> {
    Some(name.trim())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
}

fn stored(email: &str) -> String {
    email.trim().to_lowercase()
}

/// `now`, or one millisecond after `last` where that is later: the clock may have been set back.
fn later(last: Timestamp, now: Timestamp) -> Timestamp {
    last.saturating_add(STEP).map_or(now, |next| next.max(now))
}

/// Refuses `null`, which serde would read as absent.
fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

fn some_or_empty<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let given = Option::<String>::deserialize(value)?;
    Ok(Some(given.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_is_later_even_within_a_millisecond_and_after_time_went_back() {
        let last: Timestamp = "2026-01-01T00:00:00.0009Z".parse().unwrap();
        let soon = last.saturating_add(SignedDuration::from_micros(5)).unwrap();
        let past = last.saturating_add(SignedDuration::from_hours(-1)).unwrap();
        let next = "2026-01-01T00:00:00.0019Z".parse().unwrap();
        assert_eq!((later(last, soon), later(last, past)), (next, next));
        let much_later = last.saturating_add(SignedDuration::from_hours(1)).unwrap();
        assert_eq!(later(last, much_later), much_later);
    }
}
