//! `GET /sso/jwks/{client_id}`: the public keys that verify access tokens (RFC 7517 §5). Callers: verifiers of tokens.
//! It knows the emulator's client and that of the other environment; each has its own keys.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use crate::api::errors::ApiError;
use crate::state::context::Context;

/// The handler.
pub async fn get(State(context): State<Arc<Context>>, Path(client_id): Path<String>) -> Response {
    let other = context.other_environment();
    if let Some(other) = other.filter(|it| it.client_id == client_id) {
        return Json(other.keys.jwks()).into_response();
    }
    if client_id != context.client_id {
        return ApiError::not_found("Client", &client_id).into_response();
    }
    Json(context.store.read(|state| state.keys.jwks())).into_response()
}
