//! Questions that several endpoints ask of the [`State`], and its housekeeping.
//! Pure: no clock, no randomness, no I/O; times are passed in.

use jiff::{SignedDuration, Timestamp};

use super::model::{BrowserSession, Membership, Session, State, User};

/// How long an exchanged refresh token is remembered, to tell "already exchanged" from "unknown".
const REMEMBER_EXCHANGED: SignedDuration = SignedDuration::from_hours(24);

impl State {
    /// The user with this address, whatever its case.
    pub fn user_by_email(&self, email: &str) -> Option<&User> {
        let email = email.trim().to_lowercase();
        self.users.values().find(|user| user.email == email)
    }

    /// A user's place in an organization.
    pub fn membership(&self, user_id: &str, organization_id: &str) -> Option<&Membership> {
        self.memberships.iter().find(|membership| {
            membership.user_id == user_id && membership.organization_id == organization_id
        })
    }

    /// Makes a user a member; somebody who is one already keeps their role.
    pub fn join(&mut self, user_id: &str, organization_id: &str, role: &str) {
        if self.membership(user_id, organization_id).is_none() {
            self.memberships.push(Membership {
                user_id: user_id.to_owned(),
                organization_id: organization_id.to_owned(),
                role: role.to_owned(),
            });
        }
    }

    /// The organization of a user who has exactly one; with several, the app has to name one.
    pub fn only_organization(&self, user_id: &str) -> Option<&str> {
        let mut theirs = self
            .memberships
            .iter()
            .filter(|membership| membership.user_id == user_id);
        match (theirs.next(), theirs.next()) {
            (Some(membership), None) => Some(&membership.organization_id),
            _ => None,
        }
    }

    /// A session that nobody has ended.
    pub fn live_session(&self, id: &str) -> Option<&Session> {
        self.sessions
            .get(id)
            .filter(|session| session.ended_at.is_none())
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
        self.refresh_tokens
            .retain(|_, token| token.session_id != id);
        Some(session)
    }

    /// Drops what no request can be about any more, so that the file stays small.
    pub fn forget_expired(&mut self, now: Timestamp) {
        self.refresh_tokens.retain(|_, token| {
            let exchanged_long_ago = token
                .exchanged_at
                .is_some_and(|at| now.duration_since(at) > REMEMBER_EXCHANGED);
            now < token.expires_at && !exchanged_long_ago
        });
        self.browser_sessions
            .retain(|_, browser| now < browser.expires_at);
        self.codes.retain(|_, code| now < code.expires_at);
        let tokens = &self.refresh_tokens;
        self.sessions.retain(|id, session| {
            let ended_long_ago = session
                .ended_at
                .is_some_and(|at| now.duration_since(at) > REMEMBER_EXCHANGED);
            let refreshable = tokens.values().any(|token| token.session_id == *id);
            !ended_long_ago && (refreshable || session.ended_at.is_some())
        });
    }
}
