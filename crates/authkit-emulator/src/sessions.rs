//! Starting and ending sessions, in one place each so that the webhook hears of it; and the two ways
//! to end one: `GET /user_management/sessions/logout`, which the browser walks
//! through, and `POST /user_management/sessions/revoke`, which the app's server calls. Logout must
//! never redirect to an address that isn't registered.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::api::{self, ApiError};
use super::browser_session::{self, SetCookie};
use super::callback::redirect;
use super::context::Context;
use super::event::Event;
use super::fault::Endpoint;
use super::pages::{self, refusal::Reason};
use super::store::model::{Session, State as Memory};

/// Adds a session.
pub fn start(context: &Context, state: &mut Memory, session: Session) {
    context.tell(&Event::SessionCreated(&session));
    state.sessions.insert(session);
}

/// Ends a session and its refresh tokens; `None` when it is unknown. Only a live one is an event.
pub fn end(context: &Context, state: &mut Memory, id: &str) -> Option<Session> {
    let was_live = state.live_session(id).is_some();
    let session = state.end_session(id, context.clock.now())?.clone();
    if was_live {
        context.tell(&Event::SessionRevoked(&session));
    }
    Some(session)
}

/// What the browser brings.
#[derive(Deserialize)]
pub struct LogoutQuery {
    session_id: Option<String>,
    return_to: Option<String>,
}

/// Ends the session, its refresh tokens, and the browser session that it came from; then returns to
/// the app. A session that is unknown ends nothing, and the browser returns all the same.
pub async fn logout(
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
        let browser = end(&context, state, &session_id)?.browser_session?;
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

/// What the app's server sends.
#[derive(Deserialize)]
pub struct RevokeRequest {
    session_id: String,
}

/// Ends a session and its refresh tokens. The browser stays signed in here.
pub async fn revoke(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    body: Result<Json<RevokeRequest>, JsonRejection>,
) -> Result<Response, ApiError> {
    api::require_api_key(&context, &headers, Endpoint::Revoke)?;
    let Json(RevokeRequest { session_id }) = body.map_err(|_| ApiError::Missing {
        field: "session_id",
    })?;
    let ended = context
        .store
        .change(|state| end(&context, state, &session_id).is_some());
    if ended {
        Ok(api::no_store(
            Json(serde_json::json!({ "success": true })).into_response(),
        ))
    } else {
        Err(ApiError::not_found("Session", &session_id))
    }
}
