//! `POST /user_management/sessions/revoke`: ends a session. Caller: the app's server. The browser stays signed in at the
//! emulator; only `protocol::logout` ends that too.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::api::errors::ApiError;
use crate::api::key;
use crate::api::no_store::no_store;
use crate::bend::endpoint::Endpoint;
use crate::changes::sessions;
use crate::state::context::Context;

/// The body of the request.
#[derive(Deserialize)]
pub struct RevokeRequest {
    session_id: String,
}

/// Ends a session and its refresh tokens. One that has ended is as unknown as one that never was.
pub async fn post(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    body: Result<Json<RevokeRequest>, JsonRejection>,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::Revoke)?;
    let Json(RevokeRequest { session_id }) = body.map_err(|_| ApiError::Missing {
        field: "session_id",
    })?;
    let ended = context.store.change(|state| {
        let is_live = state.live_session(&session_id).is_some();
        is_live && sessions::end(&context, state, &session_id).is_some()
    });
    if ended {
        Ok(no_store(
            Json(serde_json::json!({ "success": true })).into_response(),
        ))
    } else {
        Err(ApiError::not_found("Session", &session_id))
    }
}
