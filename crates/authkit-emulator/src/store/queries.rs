//! Questions that several endpoints ask of the [`State`], and its housekeeping.
//! Pure: no clock, no randomness, no I/O; times are passed in.

use jiff::{SignedDuration, Timestamp};

use super::model::{BrowserSession, Membership, Session, State, User};

/// How long something that is over is remembered: a used refresh token, to tell "already exchanged"
/// from "unknown"; an expired one, to say so; an ended session.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);
/// From how many entries on the state is tidied up while it is in use.
const TIDY_FROM: usize = 4096;

impl State {
    /// The user with this address, whatever its case.
    pub fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users.by_email(email)
    }

    /// A user's place in an organization.
    pub fn membership(&self, user_id: &str, organization_id: &str) -> Option<&Membership> {
        self.memberships.get(user_id, organization_id)
    }

    /// Makes a user a member. Gives `None` for somebody who is one already: they keep their role.
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

    /// Where a user signs in to when the app names no organization: the one they joined first.
    pub fn default_organization(&self, user_id: &str) -> Option<&str> {
        let first = self.memberships.of(user_id).first()?;
        Some(&first.organization_id)
    }

    /// A session that nobody has ended.
    pub fn live_session(&self, id: &str) -> Option<&Session> {
        self.sessions
            .get(id)
            .filter(|session| session.ended_at.is_none())
    }

    /// The ids of a user's sessions that nobody has ended.
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

    /// Takes a user away, with everything that is theirs; `None` when they are unknown.
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

    /// Forgets what is over when there is much, at a cost that no single request notices: each time
    /// the state has doubled.
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

    /// Drops what no request can be about any more, so that the file stays small.
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
            // A young one may not have its first token yet.
            None => tokens.has_any_of(&session.id) || recent(session.created_at),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KeyRing;
    use crate::store::model::RefreshToken;

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
        let mut state = State::seeded(KeyRing::generate(at(0)).unwrap(), "", at(0));
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
        let mut state = State::seeded(KeyRing::generate(at(0)).unwrap(), "", at(0));
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
