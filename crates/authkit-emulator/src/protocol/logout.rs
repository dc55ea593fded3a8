//! `GET /user_management/sessions/logout`: ends a session and sends the browser back to the app. Caller: the browser,
//! by a link of the app. It must never redirect to an address that is not registered.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::api::errors::ApiError;
use crate::changes::sessions;
use crate::pages::{self, refusal::Reason};
use crate::protocol::browser_session::{self, SetCookie};
use crate::protocol::callback::redirect;
use crate::state::context::Context;

/// The query of the request.
#[derive(Deserialize)]
pub struct LogoutQuery {
    session_id: Option<String>,
    return_to: Option<String>,
}

/// Ends the session, its refresh tokens and the browser session in which it started, then returns to the app. With an
/// unknown session nothing ends, and the browser returns all the same.
pub async fn get(
    State(context): State<Arc<Context>>,
    Query(query): Query<LogoutQuery>,
    headers: HeaderMap,
) -> Response {
    let Some(session_id) = query.session_id.filter(|id| !id.is_empty()) else {
        return ApiError::Missing {
            field: "session_id",
        }
        .into_response();
    };
    if let Some(uri) = query
        .return_to
        .as_deref()
        .filter(|uri| !context.sign_out_uris.contains(uri))
    {
        let sentence =
            format!("The sign-out address “{uri}” is not registered, so nobody was signed out.");
        let reason = Reason::new("sign_out_uri_mismatch", sentence);
        return pages::refusal::page(&reason).into_response();
    }
    let browser = context.store.change(|state| {
        let browser = sessions::end(&context, state, &session_id)?.browser_session?;
        state.browser_sessions.remove(&browser);
        Some(browser)
    });
    let response = match query.return_to.or_else(|| context.sign_out_uris.first()) {
        Some(uri) => redirect(StatusCode::FOUND, &uri),
        None => pages::signed_out::page().into_response(),
    };
    if browser.is_some() && browser == browser_session::fingerprint(&context, &headers) {
        SetCookie::removal(&context).on(response)
    } else {
        response
    }
}
