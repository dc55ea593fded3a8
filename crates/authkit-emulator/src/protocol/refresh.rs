//! Refresh tokens: each is good for one exchange and is replaced (RFC 6749 §6, RFC 9700 §4.14.2). Caller: `authenticate`.
//! A second use has no grace period, as at WorkOS, so that an app that refreshes twice concurrently shows it here.

use axum::http::StatusCode;

use crate::api::errors::ApiError;
use crate::protocol::step_up;
use crate::state::clock;
use crate::state::context::Context;
use crate::state::random;
use crate::state::store::model::{RefreshToken, Session};

/// Issues a token for a session.
pub fn issue(context: &Context, session_id: &str) -> String {
    let now = context.clock.now();
    let token = random::secret();
    let issued = RefreshToken {
        session_id: session_id.to_owned(),
        expires_at: clock::after(now, context.lifetimes().refresh_token),
        exchanged_at: None,
    };
    context.store.change(|state| {
        state.tidy(now);
        state
            .refresh_tokens
            .insert(random::fingerprint(&token), issued);
    });
    token
}

/// Exchanges a token. With an organization, the session moves to it, if the user is a member.
pub fn exchange(
    context: &Context,
    token: &str,
    organization_id: Option<&str>,
) -> Result<Session, ApiError> {
    let now = context.clock.now();
    let fingerprint = random::fingerprint(token);
    let invalid = || ApiError::invalid_grant("Invalid refresh token.");
    context.store.change(|state| {
        let found = state.refresh_tokens.get(&fingerprint).ok_or_else(invalid)?;
        if found.exchanged_at.is_some() {
            return Err(ApiError::invalid_grant("Refresh token already exchanged."));
        }
        if now >= found.expires_at {
            return Err(ApiError::invalid_grant("Refresh token has expired."));
        }
        let session = state
            .live_session(&found.session_id)
            .ok_or_else(invalid)?
            .clone();
        if session.ends_at().is_some_and(|end| now >= end) {
            return Err(ApiError::invalid_grant("The impersonation has ended."));
        }
        if state.users.get(&session.user_id).is_none() {
            return Err(invalid());
        }
        if let Some(id) = organization_id
            && state.membership(&session.user_id, id).is_none()
        {
            // Checked before the token is used up, so that the app keeps its session.
            return Err(not_a_member(id));
        }
        if let Some(id) = organization_id {
            step_up::require_met(state, &session, id)?;
        }
        if let Some(used) = state.refresh_tokens.get_mut(&fingerprint) {
            used.exchanged_at = Some(now);
        }
        let session = state.sessions.get_mut(&session.id).ok_or_else(invalid)?;
        if let Some(id) = organization_id {
            session.organization_id = Some(id.to_owned());
        }
        Ok(session.clone())
    })
}

fn not_a_member(organization_id: &str) -> ApiError {
    ApiError::Coded {
        status: StatusCode::BAD_REQUEST,
        code: "organization_membership_not_found",
        message: format!("The user is not a member of the organization '{organization_id}'."),
    }
}
