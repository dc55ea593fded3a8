//! Renewing the session of a request because somebody asks for it: another organization, or new claims.
//!
//! Called by the steps [`switch`](super::switch) and [`refresh`](super::refresh). The request and its answer go by the new
//! session from here on.

use super::exchange::Exchange;
use crate::{
    auth::{AuthState, Identity},
    error::AuthError,
    server::{
        caller::{self, Caller},
        hooks::{AuditAction, AuditEvent},
        refresh::{RefreshError, Wish},
    },
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use tracing::Instrument;

/// How long the renewal is waited for. The layer may have waited for a moment before.
const PATIENCE: Duration = Duration::from_millis(2_500);
/// The longest organization id looked at.
const MAX_ID_LENGTH: usize = 128;

/// Why there is no new session.
pub(super) enum NotRenewed {
    /// It was not asked for, or could not be kept.
    Here(AuthError),
    /// It was asked for, and not granted.
    Refused(Arc<RefreshError>),
}

impl From<AuthError> for NotRenewed {
    fn from(error: AuthError) -> Self {
        Self::Here(error)
    }
}

/// What a caller is told of a refusal that is not about an organization.
pub(super) fn told(error: &RefreshError) -> AuthError {
    match error {
        RefreshError::Seal(_) => AuthError::Internal,
        _ if error.is_final() => AuthError::SignedOut,
        _ => AuthError::Unavailable,
    }
}

/// Renews the session, in this organization or where it is.
pub(super) async fn renew(
    exchange: &Exchange,
    organization_id: Option<&str>,
) -> Result<Identity, NotRenewed> {
    let expires_at = match exchange.state() {
        AuthState::SignedIn(identity) => identity.expires_at,
        AuthState::SignedOut => return Err(AuthError::SignedOut.into()),
        AuthState::Unavailable(_) => return Err(AuthError::Unavailable.into()),
    };
    let flow = &exchange.flow;
    // With the changes the layer has made: it may have renewed the session for this very request.
    let session = exchange.cookies.session(&flow.cookie, &flow.sealer);
    let Ok(Some(session)) = session else {
        return Err(AuthError::SignedOut.into());
    };
    let state = exchange.state();
    let user_id = session.user.id.clone();
    let left = state
        .identity()
        .and_then(|identity| identity.organization_id.clone());
    let (refresher, revocations) = (Arc::clone(&flow.refresher), Arc::clone(&flow.revocations));
    let (audit, switched) = (
        flow.audit.clone(),
        exchange.audited(AuditAction::OrganizationSwitched),
    );
    let clock = flow.clock.clone();
    let wish = match organization_id {
        Some(id) => Wish::Organization {
            id: id.to_owned(),
            expires_at,
        },
        None => Wish::Now {
            expires_at,
            asked_at: clock.now(),
        },
    };
    // In a task of its own, to the end: the browser may hang up, and the session is elsewhere then all the
    // same.
    let moving = async move {
        let deadline = Instant::now() + PATIENCE;
        let renewed = refresher.renew(&session, wish, deadline).await?;
        let claims = &renewed.claims;
        let entered = claims.org_id();
        if entered != left.as_deref() {
            let issued_at = claims.iat().unwrap_or_else(|| clock.now());
            revocations.moved(claims.sid(), entered, issued_at).await;
            audit.tell(AuditEvent {
                organization_id: entered.map(str::to_owned),
                target: left,
                ..switched
            });
        }
        Ok::<_, Arc<RefreshError>>(renewed)
    };
    let moved = flow.tasks.spawn(moving.in_current_span()).await;
    // The next page that lists the organizations shows the outcome.
    flow.workos.forget_memberships(&user_id).await;
    let renewed = moved.map_err(|_| AuthError::Internal)?;
    let renewed = renewed.map_err(|error| {
        if let Some(refused) = organization_id.filter(|_| error.is_not_a_member()) {
            flow.audit.tell(AuditEvent {
                because: Some(error.code().to_owned()),
                target: Some(refused.to_owned()),
                ..exchange.audited(AuditAction::SwitchRefused)
            });
        }
        NotRenewed::Refused(error)
    })?;
    let cookies = &exchange.cookies;
    let stored = cookies.set_session(&flow.cookie, &renewed.session, &renewed.sealed);
    if stored.is_err() {
        tracing::error!(reason = "session_too_long", "renewed session not stored");
        return Err(AuthError::Internal.into());
    }
    let published = &flow.published_claims;
    let identity = caller::signed_in(&renewed.session, &renewed.claims, published);
    let claims = Arc::clone(&renewed.claims);
    exchange.goes_by(Caller::of_session(&renewed.session, claims, published));
    Ok(identity)
}

/// Letters, digits, `_` and `-` only: safe in a URL.
pub(super) fn is_organization_id(id: &str) -> bool {
    id.len() <= MAX_ID_LENGTH
        && id.starts_with("org_")
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::is_organization_id;

    #[test]
    fn an_organization_id_is_safe_in_a_url() {
        assert!(is_organization_id("org_01HXYZ"));
        for wrong in ["", "user_1", "org_1&state=x", "org_1 ", "org_é"] {
            assert!(!is_organization_id(wrong), "{wrong}");
        }
        assert!(!is_organization_id(&format!("org_{}", "x".repeat(200))));
    }
}
