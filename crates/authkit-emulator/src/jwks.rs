//! `GET /sso/jwks/{client_id}`: the public keys that access tokens verify with (RFC 7517 §5).
//! Called by whoever verifies. It knows one client, or two; each client of WorkOS has keys of its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::api::ApiError;
use super::context::Context;

/// The handler.
pub async fn get(State(context): State<Arc<Context>>, Path(client_id): Path<String>) -> Response {
    if let Some(neighbour) = context.neighbour().filter(|it| it.client_id == client_id) {
        return Json(neighbour.keys.jwks()).into_response();
    }
    if client_id != context.client_id {
        return ApiError::not_found("Client", &client_id).into_response();
    }
    Json(context.store.read(|state| state.keys.jwks())).into_response()
}
