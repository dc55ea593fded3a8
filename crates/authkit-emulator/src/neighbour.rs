//! Another environment of the same account: a client id and an API key that are good and belong
//! together, and that see nothing of this one. For whoever mixes up two environments' credentials.
//! Callers: control adds it; the API, the keys and the token endpoint ask whether it is meant.
//! It has no users, no sessions and no addresses, and must never get at those of the emulator's own.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::api::{self, ApiError};
use super::context::Context;
use super::keys::KeyRing;
use super::random;

/// The other environment.
#[derive(Clone)]
pub struct Neighbour {
    pub client_id: String,
    pub api_key: String,
    /// Each client of WorkOS has keys of its own.
    pub keys: KeyRing,
}

impl Neighbour {
    /// Whether this is its API key.
    pub fn has_key(&self, given: &str) -> bool {
        random::same_secret(given, &self.api_key)
    }

    /// What the token endpoint says to its key: nobody has ever signed in there.
    pub fn refusal(&self, client_id: Option<&str>) -> ApiError {
        match client_id == Some(&self.client_id) {
            true => ApiError::invalid_grant("Invalid refresh token."),
            false => ApiError::OAuth {
                error: "invalid_client",
                description: "Invalid client secret.".to_owned(),
            },
        }
    }
}

/// The middleware of the API: its key finds empty lists and nothing else.
pub async fn answer(State(context): State<Arc<Context>>, request: Request, next: Next) -> Response {
    let is_neighbour = api::bearer(request.headers())
        .zip(context.neighbour())
        .is_some_and(|(key, neighbour)| neighbour.has_key(key));
    // The token endpoint looks at the key in the body.
    if !is_neighbour || request.uri().path().ends_with("/authenticate") {
        return next.run(request).await;
    }
    let lists = [
        "redirect_uris",
        "cors_origins",
        "organization_memberships",
        "users",
    ];
    let path = request.uri().path();
    if request.method() == Method::GET && lists.iter().any(|list| path.ends_with(list)) {
        let metadata = json!({ "before": null, "after": null });
        let list = json!({ "object": "list", "data": [], "list_metadata": metadata });
        return api::no_store(Json(list).into_response());
    }
    let nothing = ApiError::Coded {
        status: StatusCode::NOT_FOUND,
        code: "entity_not_found",
        message: "There is nothing in this environment.".to_owned(),
    };
    nothing.into_response()
}
