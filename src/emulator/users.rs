//! Users as WorkOS's API shows them, and `GET /user_management/users/{id}`. Callers: the app's server,
//! and authenticate for its answer. A password hash never leaves the store through here.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::api::{self, ApiError};
use super::clock::rfc3339;
use super::context::Context;
use super::fault::Endpoint;
use super::store::model::User;

/// The handler.
pub async fn get(
    State(context): State<Arc<Context>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    api::require_api_key(&context, &headers, Endpoint::Users)?;
    let user = context.store.read(|state| state.users.get(&id).map(json));
    let user = user.ok_or_else(|| ApiError::not_found("User", &id))?;
    Ok(api::no_store(Json(user).into_response()))
}

/// The user object of WorkOS's API.
pub fn json(user: &User) -> Value {
    json!({
        "object": "user",
        "id": user.id,
        "email": user.email,
        "email_verified": true,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "name": user.full_name(),
        "profile_picture_url": null,
        "last_sign_in_at": user.last_sign_in_at.map(rfc3339),
        "external_id": null,
        "metadata": {},
        "locale": null,
        "created_at": rfc3339(user.created_at),
        "updated_at": rfc3339(user.updated_at),
    })
}
