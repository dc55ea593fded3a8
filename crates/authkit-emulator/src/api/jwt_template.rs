//! `GET` and `PUT /user_management/jwt_template`: the template of the environment's access tokens. Caller: programs that
//! set an environment up. A template that could not be rendered is refused when it is set.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::errors::ApiError;
use crate::api::key;
use crate::api::no_store::no_store;
use crate::bend::endpoint::Endpoint;
use crate::state::clock::rfc3339;
use crate::state::context::Context;
use crate::state::jwt_template::{self, JwtTemplate};

/// The template, or 404 while there is none.
pub async fn get(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::JwtTemplate)?;
    let template = context
        .store
        .read(|state| state.jwt_template.as_ref().map(shape));
    let template = template.ok_or(ApiError::Coded {
        status: StatusCode::NOT_FOUND,
        code: "entity_not_found",
        message: "There is no JWT template.".to_owned(),
    })?;
    Ok(no_store(Json(template).into_response()))
}

/// A template to set.
#[derive(Deserialize)]
pub struct NewTemplate {
    content: Option<String>,
}

/// Sets the template for access tokens from now on.
pub async fn put(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    body: Result<Json<NewTemplate>, JsonRejection>,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::JwtTemplate)?;
    let Json(NewTemplate { content }) = body.map_err(ApiError::unreadable)?;
    let content = content.ok_or(ApiError::Missing { field: "content" })?;
    jwt_template::check(&content).map_err(|error| ApiError::unrenderable(&error))?;
    let now = context.clock.now();
    let set = context
        .store
        .change(|state| shape(state.set_jwt_template(now, content)));
    Ok(no_store(Json(set).into_response()))
}

fn shape(template: &JwtTemplate) -> Value {
    json!({
        "object": "jwt_template",
        "content": template.content,
        "created_at": rfc3339(template.created_at),
        "updated_at": rfc3339(template.updated_at),
    })
}
