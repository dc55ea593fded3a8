//! `GET /api/jwks`: AuthKit's public keys once more, for consumers that can't use WorkOS's address.
//!
//! Put into the app's router by [`AuthKit::published_keys`](super::AuthKit::published_keys). Answers from the verifier's own cache, so
//! it is up when WorkOS is down.

use super::{caller::not_allowed::retry_after_value, token::Verifier};
use crate::paths;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
};

/// Consumers may keep the keys for five minutes, and use old ones for a day while we are down.
const CACHING: &str = "public, max-age=300, stale-if-error=86400";

/// The route.
pub(super) fn route<S: Clone + Send + Sync + 'static>(verifier: Verifier) -> Router<S> {
    Router::new()
        .route(paths::JWKS, get(publish))
        .with_state(verifier)
}

async fn publish(State(verifier): State<Verifier>) -> Response {
    let Some((_, jwks)) = verifier.authkit() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match jwks.published().await {
        Ok(keys) => {
            let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, CACHING)];
            (headers, keys.to_string()).into_response()
        }
        Err(error) => {
            tracing::warn!(reason = "jwks_unavailable", %error, "the keys can't be passed on");
            let headers = [
                (RETRY_AFTER, retry_after_value(None)),
                (CACHE_CONTROL, http::HeaderValue::from_static("no-store")),
            ];
            (StatusCode::SERVICE_UNAVAILABLE, headers).into_response()
        }
    }
}
