//! The API key as a bearer token (RFC 6750 §2.1): its check, with restrictions. Callers: every JSON endpoint.
//! A refused key is never repeated in an answer or a log.

use axum::http::{HeaderMap, header};

use crate::api::errors::ApiError;
use crate::bend::endpoint::Endpoint;
use crate::state::context::Context;
use crate::state::random;

/// Refuses a request without an API key that may call this endpoint.
pub fn require(context: &Context, headers: &HeaderMap, endpoint: Endpoint) -> Result<(), ApiError> {
    let key = bearer(headers).ok_or_else(ApiError::unauthorized)?;
    check(context, key, endpoint)
}

/// Refuses a wrong key with 401, and a key that may not call this endpoint with 403.
pub fn check(context: &Context, key: &str, endpoint: Endpoint) -> Result<(), ApiError> {
    match context.restricted_keys.may_call(key, endpoint) {
        Some(true) => Ok(()),
        Some(false) => Err(ApiError::forbidden()),
        None if random::same_secret(key, &context.api_key) => Ok(()),
        None => Err(ApiError::unauthorized()),
    }
}

/// The bearer token of a request.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start())
}
