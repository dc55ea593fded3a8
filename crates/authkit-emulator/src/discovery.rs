//! `GET /user_management/{client_id}/.well-known/openid-configuration`: what a client's tokens name as
//! their issuer and where its keys are (OpenID Connect Discovery 1.0 §4), with the five members that
//! WorkOS publishes. Called by whoever verifies tokens without knowing WorkOS.
//! The issuer it names is always the one tokens have, also where that was changed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::api::ApiError;
use super::context::Context;

/// The handler.
pub async fn get(
    State(context): State<Arc<Context>>,
    Path(client_id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let base_url = &context.base_url;
    let issuer = match context.neighbour() {
        _ if client_id == context.client_id => context.issuer(),
        Some(it) if it.client_id == client_id => format!("{base_url}/user_management/{client_id}"),
        _ => return Err(ApiError::not_found("Client", &client_id)),
    };
    Ok(Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base_url}/user_management/authorize"),
        "token_endpoint": format!("{base_url}/user_management/authenticate"),
        "jwks_uri": format!("{base_url}/sso/jwks/{client_id}"),
        "response_types_supported": ["code"],
    })))
}
