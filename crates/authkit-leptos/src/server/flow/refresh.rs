//! A new access token because the app or its page asks for one, however old the present one is: its user's rights have
//! changed, say, and the app knows.

use super::{
    answer::{Answer, Refusal},
    exchange::Exchange,
    renewal::{self, NotRenewed, is_organization_id},
};
use crate::{auth::Identity, error::AuthError};

/// `POST /auth/refresh`. For scripts only: a form's answer could be shown as a page.
pub(crate) async fn refresh(
    exchange: Exchange,
    organization_id: Option<String>,
) -> Result<Answer<Identity>, Refusal> {
    if !exchange.is_script_call() {
        return Err(AuthError::BadRequest.into());
    }
    refresh_session(exchange, organization_id).await
}

/// The same for the app itself, whatever request it answers.
pub(crate) async fn refresh_session(
    exchange: Exchange,
    organization_id: Option<String>,
) -> Result<Answer<Identity>, Refusal> {
    let exchange = exchange.browsers_only()?;
    let organization_id = organization_id.filter(|id| !id.is_empty());
    if organization_id
        .as_deref()
        .is_some_and(|id| !is_organization_id(id))
    {
        return Err(AuthError::BadRequest.into());
    }
    let error = match renewal::renew(&exchange, organization_id.as_deref()).await {
        Ok(identity) => return Ok(Answer::telling(identity)),
        Err(NotRenewed::Here(error)) => return Err(error.into()),
        Err(NotRenewed::Refused(error)) => error,
    };
    tracing::info!(reason = error.code(), "session not renewed as it was asked");
    Err(match *error {
        // What an organization asks for takes a sign-in to it, which is where switching leads.
        _ if error.requirement().is_some() || error.is_not_a_member() => AuthError::Forbidden,
        _ => renewal::told(&error),
    }
    .into())
}
