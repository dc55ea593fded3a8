//! What an open page asks in between: who is signed in, and for the access token.
//!
//! Neither changes anything: the layer has renewed the session by then, as for any request.

use super::{
    answer::{Answer, Refusal},
    exchange::Exchange,
};
use crate::{
    access_token::AccessToken,
    auth::AuthState,
    error::AuthError,
    server::caller::{Caller, NotAllowed},
};

/// `GET /auth/session`.
pub(crate) async fn session(exchange: Exchange) -> Result<Answer<AuthState>, Refusal> {
    Ok(Answer::telling(exchange.browsers_only()?.state()))
}

/// `POST /auth/access-token`. For scripts only: a form's answer could be shown as a page.
pub(crate) async fn access_token(exchange: Exchange) -> Result<Answer<AccessToken>, Refusal> {
    if !exchange.is_script_call() {
        return Err(AuthError::BadRequest.into());
    }
    match &exchange.caller {
        Caller::Session(caller) => {
            let now = exchange.flow.clock.now();
            Ok(Answer::telling(caller.access_token(now)))
        }
        other => Err(NotAllowed::without_session(other).into()),
    }
}
