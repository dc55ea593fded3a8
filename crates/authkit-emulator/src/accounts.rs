//! How users come, change and go, in one place each so that the webhook hears of it. Callers: the API,
//! the sign-up page, the sign-in and control.
//! No change may leave `updated_at` where it was: an app tells an older event from a newer one by it.

use email_address::{EmailAddress, Options};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

use super::context::Context;
use super::event::Event;
use super::store::model::{State, User};
use super::{password, random, sessions};

/// An address alone, at a domain that mail could be sent to.
fn plain_address() -> Options {
    Options::default()
        .with_required_tld()
        .without_domain_literal()
        .without_display_text()
}
/// The smallest step of a time as WorkOS writes it.
const STEP: SignedDuration = SignedDuration::from_millis(1);

/// Whether this could be somebody's address.
pub fn is_address(email: &str) -> bool {
    EmailAddress::parse_with_options(email.trim(), plain_address()).is_ok()
}

/// A person to add.
pub struct NewAccount {
    pub email: String,
    pub email_verified: bool,
    /// Without one, nobody can sign in to it.
    pub password: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub profile_picture_url: Option<String>,
}

impl NewAccount {
    /// The user that this becomes; hashes the password off the async threads.
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
            // An empty hash verifies for no password. The task fails only while the runtime stops.
            password_hash: hashed.unwrap_or_default(),
            first_name: self.first_name,
            last_name: self.last_name,
            profile_picture_url: self.profile_picture_url,
            last_sign_in_at: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// The address belongs to somebody.
#[derive(Debug, thiserror::Error)]
#[error("there is a user with this email already")]
pub struct EmailTaken;

/// Adds a user; of two at once with one address, the second is refused.
pub fn add(context: &Context, state: &mut State, user: User) -> Result<User, EmailTaken> {
    if state.user_by_email(&user.email).is_some() {
        return Err(EmailTaken);
    }
    context.tell(&Event::UserCreated(&user));
    state.users.insert(user.clone());
    Ok(user)
}

/// What to change of a user. What is `None`, or absent, stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserUpdate {
    /// The new address, which has to be free. It counts as verified only if `email_verified` says so.
    #[serde(deserialize_with = "some")]
    pub email: Option<String>,
    /// Whether the address is known to be the person's.
    #[serde(deserialize_with = "some")]
    pub email_verified: Option<bool>,
    /// The first name; empty (over HTTP also `null`) takes it away.
    #[serde(deserialize_with = "some_or_empty")]
    pub first_name: Option<String>,
    /// The last name; empty (over HTTP also `null`) takes it away.
    #[serde(deserialize_with = "some_or_empty")]
    pub last_name: Option<String>,
}

/// Why a user is not changed.
#[derive(Debug)]
pub enum Refused {
    Unknown,
    InvalidEmail,
    EmailTaken,
}

/// Changes a user. All of it or, if refused, nothing.
pub fn update(
    context: &Context,
    state: &mut State,
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
    context.tell(&Event::UserUpdated(changed));
    Ok(changed.clone())
}

/// Notes that somebody signed in; `None` when they are gone. AuthKit lets nobody in whose address it
/// has not verified, so it is from then on.
pub fn signed_in(context: &Context, state: &mut State, id: &str) -> Option<User> {
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

/// Takes a user away, with everything that is theirs; `None` when they are unknown. Their live
/// sessions end first, and are told one by one.
pub fn remove(context: &Context, state: &mut State, id: &str) -> Option<User> {
    for session in state.live_sessions_of(id) {
        sessions::end(context, state, &session);
    }
    let user = state.remove_user(id)?;
    context.tell(&Event::UserDeleted(&user));
    Some(user)
}

/// A name as it was meant: one of spaces is none.
pub fn given(name: &str) -> Option<String> {
    Some(name.trim())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
}

fn stored(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Now, and after `last` even for who reads milliseconds only, or while time was turned back.
fn later(last: Timestamp, now: Timestamp) -> Timestamp {
    last.saturating_add(STEP).map_or(now, |next| next.max(now))
}

/// Refuses `null`, which serde would take for absent.
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
