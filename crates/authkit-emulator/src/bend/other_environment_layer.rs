//! The middleware that answers API requests with the key of the other environment: empty lists and nothing else.
//! Caller: `routes`. It must never show anything of the emulator's own environment.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::api::errors::ApiError;
use crate::api::key;
use crate::api::no_store::no_store;
use crate::state::context::Context;

/// The middleware. Requests with another key pass on to the handlers.
pub async fn answer(State(context): State<Arc<Context>>, request: Request, next: Next) -> Response {
    let is_other = key::bearer(request.headers())
        .zip(context.other_environment())
        .is_some_and(|(key, other)| other.has_key(key));
    // The token endpoint reads the key from the body.
    if !is_other || request.uri().path().ends_with("/authenticate") {
        return next.run(request).await;
    }
    if request.method() == Method::GET && request.uri().path() == "/sdk/feature-flags" {
        return no_store(Json(json!({})).into_response());
    }
    let lists = [
        "redirect_uris",
        "cors_origins",
        "organization_memberships",
        "users",
        "/events",
    ];
    let path = request.uri().path();
    if request.method() == Method::GET && lists.iter().any(|list| path.ends_with(list)) {
        let metadata = json!({ "before": null, "after": null });
        let list = json!({ "object": "list", "data": [], "list_metadata": metadata });
        return no_store(Json(list).into_response());
    }
    let nothing = ApiError::Coded {
        status: StatusCode::NOT_FOUND,
        code: "entity_not_found",
        message: "There is nothing in this environment.".to_owned(),
    };
    nothing.into_response()
}
