//! Moving a session to another organization: a refresh that names one.
//!
//! What the organization may ask for first is an outcome, not an error, and leads through a sign-in
//! for that organization.

use super::{
    answer::{Answer, Refusal},
    exchange::Exchange,
    failure::fail_switch,
};
use crate::{
    auth::AuthState,
    error::AuthError,
    paths::{self, ReturnTo},
    server::{
        caller,
        refresh::{RefreshError, Wish},
    },
    switch::Switch,
};
use http::header::REFERER;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use url::Url;

/// How long the move is waited for. The layer may have waited for a moment before.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// The longest organization id looked at.
const MAX_ID_LENGTH: usize = 128;

/// `POST /auth/switch-organization`.
pub(crate) async fn switch_to_organization(
    exchange: Exchange,
    organization_id: String,
    return_to: Option<String>,
) -> Result<Answer<Switch>, Refusal> {
    let exchange = exchange.browsers_only()?;
    if !is_organization_id(&organization_id) {
        return Err(AuthError::BadRequest.into());
    }
    let expires_at = match exchange.state() {
        AuthState::SignedIn(identity) => identity.expires_at,
        AuthState::SignedOut => return Err(AuthError::SignedOut.into()),
        AuthState::Unavailable(_) => return Err(AuthError::Unavailable.into()),
    };
    let return_to = ReturnTo::or_home(return_to.or_else(|| referring_page(&exchange)).as_deref());
    let value = switch(&exchange, &organization_id, expires_at, &return_to).await?;
    // A script reads the outcome itself.
    let leads_to = (!exchange.is_script_call()).then(|| match &value {
        Switch::Done(_) => return_to.as_str().to_owned(),
        Switch::Continue { continue_at, .. } => continue_at.clone(),
        Switch::NotAMember => fail_switch("switch refused", &return_to),
    });
    Ok(Answer { value, leads_to })
}

async fn switch(
    exchange: &Exchange,
    organization_id: &str,
    expires_at: u64,
    return_to: &ReturnTo,
) -> Result<Switch, AuthError> {
    let flow = &exchange.flow;
    // With the changes the layer has made: it may have renewed the session for this very request.
    let session = exchange.cookies.session(&flow.cookie, &flow.sealer);
    let Ok(Some(session)) = session else {
        return Err(AuthError::SignedOut);
    };
    let state = exchange.state();
    let user_id = session.user.id.clone();
    let left = state
        .identity()
        .and_then(|identity| identity.organization_id.clone());
    let (refresher, revocations) = (Arc::clone(&flow.refresher), Arc::clone(&flow.revocations));
    let (clock, entered) = (flow.clock.clone(), organization_id.to_owned());
    // In a task of its own, to the end: the browser may hang up, and the session is elsewhere then all the
    // same.
    let moving = async move {
        let wish = Wish::Organization {
            id: entered,
            expires_at,
        };
        let deadline = Instant::now() + PATIENCE;
        let renewed = refresher.renew(&session, wish, deadline).await?;
        let claims = &renewed.claims;
        let entered = claims.org_id();
        if entered != left.as_deref() {
            let issued_at = claims.iat().unwrap_or_else(|| clock.now());
            revocations.moved(claims.sid(), entered, issued_at).await;
        }
        Ok::<_, Arc<RefreshError>>(renewed)
    };
    let moved = flow.tasks.spawn(moving).await;
    // The next page that lists the organizations shows the outcome.
    flow.workos.forget_memberships(&user_id).await;
    let error = match moved.map_err(|_| AuthError::Internal)? {
        Ok(renewed) => {
            let cookies = &exchange.cookies;
            let stored = cookies.set_session(&flow.cookie, &renewed.session, &renewed.sealed);
            if stored.is_err() {
                tracing::error!(reason = "session_too_long", "switched session not stored");
                return Err(AuthError::Internal);
            }
            tracing::info!(reason = "organization_switched", "session moved");
            let identity =
                caller::signed_in(&renewed.session, &renewed.claims, &flow.published_claims);
            return Ok(Switch::Done(Box::new(identity)));
        }
        Err(error) => error,
    };
    tracing::info!(
        reason = error.code(),
        "session not moved to another organization"
    );
    if let Some(because) = error.requirement() {
        let continue_at = sign_in_for(organization_id, return_to);
        return Ok(Switch::Continue {
            because,
            continue_at,
        });
    }
    if error.is_not_a_member() {
        return Ok(Switch::NotAMember);
    }
    Err(match *error {
        RefreshError::Seal(_) => AuthError::Internal,
        _ if error.is_final() => AuthError::SignedOut,
        _ => AuthError::Unavailable,
    })
}

/// A sign-in for the organization, which asks for whatever that needs.
fn sign_in_for(organization_id: &str, return_to: &ReturnTo) -> String {
    let sign_in = return_to.on(paths::SIGN_IN);
    let separator = if sign_in.contains('?') { '&' } else { '?' };
    format!("{sign_in}{separator}organization_id={organization_id}")
}

/// Letters, digits, `_` and `-` only: safe in a URL.
fn is_organization_id(id: &str) -> bool {
    id.len() <= MAX_ID_LENGTH
        && id.starts_with("org_")
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// The page of ours that a form was sent from.
fn referring_page(exchange: &Exchange) -> Option<String> {
    let referer = exchange.request.headers.get(REFERER)?.to_str().ok()?;
    let referer = Url::parse(referer).ok()?;
    let is_ours = referer.origin().ascii_serialization() == exchange.flow.origin;
    let query = referer.query().map(|query| format!("?{query}"));
    is_ours.then(|| referer.path().to_owned() + &query.unwrap_or_default())
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
