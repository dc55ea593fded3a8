//! `GET /user_management/{client_id}/.well-known/openid-configuration`: a client's issuer and the address of its keys
//! (OpenID Connect Discovery 1.0 §4), with the five members that WorkOS publishes. Callers: verifiers that read the
//! issuer from here. The issuer is always that of current tokens, even after it was changed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use crate::api::errors::ApiError;
use crate::state::context::Context;

/// The handler.
pub async fn get(
    State(context): State<Arc<Context>>,
    Path(client_id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let base_url = &context.base_url;
    let issuer = match context.other_environment() {
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
