//! The header that keeps an answer out of caches. Callers: every JSON endpoint with an answer that must not be stored.
//! Here so that errors and answers share it.

use axum::http::{HeaderValue, header};
use axum::response::Response;

/// Forbids caches to store an answer (RFC 6749 §5.1 requires it for tokens).
pub fn no_store(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
