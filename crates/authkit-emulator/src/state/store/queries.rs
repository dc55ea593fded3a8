//! Queries that several endpoints share, and the housekeeping of [`Memory`].
//! Pure: no clock, no randomness, no I/O; callers pass times in.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::memory::Memory;
use super::model::{BrowserSession, Membership, Organization, Session, User};
use super::rights::{FeatureFlag, Role};
use crate::state::jwt_template::JwtTemplate;

/// How long used and expired refresh tokens and ended sessions are kept, so that an error can tell
/// "already exchanged" and "expired" from "unknown".
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);
/// Number of entries from which the running emulator tidies the state.
const TIDY_FROM: usize = 4096;

impl Memory {
    /// The user with this address, whatever its case.
    pub fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users.by_email(email)
    }

    /// A user's membership in an organization.
    pub fn membership(&self, user_id: &str, organization_id: &str) -> Option<&Membership> {
        self.memberships.get(user_id, organization_id)
    }

    /// Adds a membership; `None` for an existing member, whose role stays.
    pub fn join(&mut self, new: Membership) -> Option<&Membership> {
        if self
            .membership(&new.user_id, &new.organization_id)
            .is_some()
        {
            return None;
        }
        let (user_id, organization_id) = (new.user_id.clone(), new.organization_id.clone());
        self.memberships.insert(new);
        self.membership(&user_id, &organization_id)
    }

    /// The organization with this name.
    pub fn organization_named(&self, name: &str) -> Option<&Organization> {
        self.organizations.values().find(|it| it.name == name)
    }

    /// Gives a role these permissions, and adds it where it is new.
    pub fn define_role(&mut self, now: Timestamp, slug: &str, permissions: Vec<String>) -> &Role {
        let new = || Role::starting(now, slug, Vec::new());
        let role = self.roles.entry(slug.to_owned()).or_insert_with(new);
        role.permissions = permissions;
        role.updated_at = now;
        role
    }

    /// Sets the JWT template.
    pub fn set_jwt_template(&mut self, now: Timestamp, content: String) -> &JwtTemplate {
        let created_at = self.jwt_template.as_ref().map_or(now, |it| it.created_at);
        self.jwt_template.insert(JwtTemplate {
            content,
            created_at,
            updated_at: now,
        })
    }

    /// What the roles of a membership permit, each once.
    pub fn permissions(&self, membership: &Membership) -> Vec<&str> {
        let roles = membership.roles().filter_map(|slug| self.roles.get(slug));
        let mut seen = HashSet::new();
        roles
            .flat_map(|role| &role.permissions)
            .map(String::as_str)
            .filter(|permission| seen.insert(*permission))
            .collect()
    }

    /// The flags that are on for a user in an organization, for one of the two, or for neither.
    pub fn flags_on(
        &self,
        user_id: Option<&str>,
        organization_id: Option<&str>,
    ) -> impl Iterator<Item = &FeatureFlag> {
        let flags = self.feature_flags.values();
        flags.filter(move |flag| flag.is_on(user_id, organization_id))
    }

    /// The organization of a sign-in that names none: the first one the user joined.
    pub fn default_organization(&self, user_id: &str) -> Option<&str> {
        let first = self.memberships.of(user_id).first()?;
        Some(&first.organization_id)
    }

    /// The session with this id, unless it has ended.
    pub fn live_session(&self, id: &str) -> Option<&Session> {
        self.sessions
            .get(id)
            .filter(|session| session.ended_at.is_none())
    }

    /// Ids of a user's live sessions.
    pub fn live_sessions_of(&self, user_id: &str) -> Vec<String> {
        self.sessions
            .of(user_id)
            .filter(|session| session.ended_at.is_none())
            .map(|session| session.id.clone())
            .collect()
    }

    /// A browser session that has not expired, and its user.
    pub fn live_browser(
        &self,
        fingerprint: &str,
        now: Timestamp,
    ) -> Option<(&BrowserSession, &User)> {
        let browser = self.browser_sessions.get(fingerprint)?;
        let user = self.users.get(&browser.user_id)?;
        (now < browser.expires_at).then_some((browser, user))
    }

    /// Ends a session and its refresh tokens; `None` when it is unknown.
    pub fn end_session(&mut self, id: &str, now: Timestamp) -> Option<&Session> {
        let session = self.sessions.get_mut(id)?;
        session.ended_at.get_or_insert(now);
        self.refresh_tokens.remove_all_of(id);
        Some(session)
    }

    /// Removes a user with memberships, sessions, tokens and codes; `None` for an unknown user.
    pub fn remove_user(&mut self, id: &str) -> Option<User> {
        let user = self.users.remove(id)?;
        self.memberships.remove_all_of(id);
        for session_id in self.sessions.remove_all_of(id) {
            self.refresh_tokens.remove_all_of(&session_id);
        }
        self.browser_sessions
            .retain(|_, browser| browser.user_id != id);
        self.codes.retain(|_, code| code.user_id != id);
        Some(user)
    }

    /// Drops outdated entries each time the state has doubled, so that the cost per request stays
    /// small.
    pub fn tidy(&mut self, now: Timestamp) {
        if self.size() < self.tidy_from.max(TIDY_FROM) {
            return;
        }
        self.forget_expired(now);
        self.tidy_from = self.size().saturating_mul(2);
    }

    fn size(&self) -> usize {
        let (tokens, sessions) = (self.refresh_tokens.len(), self.sessions.len());
        let short_lived = self.codes.len() + self.step_ups.len();
        tokens + sessions + self.browser_sessions.len() + short_lived
    }

    /// Drops entries that no request can refer to any longer, so that the file stays small.
    pub fn forget_expired(&mut self, now: Timestamp) {
        let recent = |time: Timestamp| now.duration_since(time) <= REMEMBERED;
        self.refresh_tokens
            .retain(|token| recent(token.exchanged_at.unwrap_or(token.expires_at)));
        self.browser_sessions
            .retain(|_, browser| now < browser.expires_at);
        self.codes.retain(|_, code| now < code.expires_at);
        self.step_ups.retain(|_, ticket| now < ticket.expires_at);
        let tokens = &self.refresh_tokens;
        self.sessions.retain(|session| match session.ended_at {
            Some(ended_at) => recent(ended_at),
            // A new session may not have its first token yet.
            None => tokens.has_any_of(&session.id) || recent(session.created_at),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::keys::KeyRing;
    use crate::state::store::model::RefreshToken;

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    fn token(expires_at: Timestamp, exchanged_at: Option<Timestamp>) -> RefreshToken {
        let session_id = "session_1".to_owned();
        RefreshToken {
            session_id,
            expires_at,
            exchanged_at,
        }
    }

    #[test]
    fn a_used_token_is_remembered_for_a_day_and_an_unused_one_until_a_day_after_its_end() {
        let mut state = Memory::empty(KeyRing::generate(at(0)).unwrap());
        for (name, expires, exchanged) in [
            ("used", at(1000), Some(at(10))),
            ("used and expired", at(11), Some(at(10))),
            ("unused", at(10), None),
        ] {
            state
                .refresh_tokens
                .insert(name.to_owned(), token(expires, exchanged));
        }
        state.forget_expired(at(34));
        assert_eq!(state.refresh_tokens.len(), 3);
        state.forget_expired(at(35));
        assert_eq!(state.refresh_tokens.len(), 0);
        assert!(!state.refresh_tokens.has_any_of("session_1"));
    }

    #[test]
    fn much_is_tidied_up_in_use_and_little_is_not() {
        let mut state = Memory::empty(KeyRing::generate(at(0)).unwrap());
        state
            .refresh_tokens
            .insert("old".to_owned(), token(at(1), None));
        state.tidy(at(100));
        assert_eq!(state.refresh_tokens.len(), 1);
        for number in 0..TIDY_FROM {
            state
                .refresh_tokens
                .insert(number.to_string(), token(at(200), None));
        }
        state.tidy(at(100));
        assert_eq!(state.refresh_tokens.len(), TIDY_FROM);
        assert!(state.refresh_tokens.get("old").is_none());
    }
}
