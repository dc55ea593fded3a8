//! Moving a session to another organization: a refresh that names one.
//!
//! What the organization may ask for first is an outcome, not an error, and leads through a sign-in
//! for that organization.

use super::{
    answer::{Answer, Refusal},
    exchange::Exchange,
    failure::fail_switch,
    renewal::{self, NotRenewed, is_organization_id},
};
use crate::{
    error::AuthError,
    paths::{self, ReturnTo},
    switch::Switch,
};
use http::header::REFERER;
use url::Url;

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
    let return_to = ReturnTo::or_home(return_to.or_else(|| referring_page(&exchange)).as_deref());
    let value = switch(&exchange, &organization_id, &return_to).await?;
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
    return_to: &ReturnTo,
) -> Result<Switch, AuthError> {
    let error = match renewal::renew(exchange, Some(organization_id)).await {
        Ok(identity) => {
            tracing::info!(reason = "organization_switched", "session moved");
            return Ok(Switch::Done(Box::new(identity)));
        }
        Err(NotRenewed::Here(error)) => return Err(error),
        Err(NotRenewed::Refused(error)) => error,
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
    Err(renewal::told(&error))
}

/// A sign-in for the organization, which asks for whatever that needs.
fn sign_in_for(organization_id: &str, return_to: &ReturnTo) -> String {
    let sign_in = return_to.on(paths::SIGN_IN);
    let separator = if sign_in.contains('?') { '&' } else { '?' };
    format!("{sign_in}{separator}organization_id={organization_id}")
}

/// The page of ours that a form was sent from.
fn referring_page(exchange: &Exchange) -> Option<String> {
    let referer = exchange.request.headers.get(REFERER)?.to_str().ok()?;
    let referer = Url::parse(referer).ok()?;
    let is_ours = referer.origin().ascii_serialization() == exchange.origin();
    let query = referer.query().map(|query| format!("?{query}"));
    is_ours.then(|| referer.path().to_owned() + &query.unwrap_or_default())
}
