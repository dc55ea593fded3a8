//! The status of a server function's error: Leptos answers each with 500.
//!
//! Called by the layer, on the way out. An error that is an [`AuthError`], or wraps one, gets the status of that, unless
//! the function has set one of its own.

use crate::{
    error::AuthError,
    server::caller::{Caller, not_allowed::retry_after_value},
};
use axum::{
    body::{Body, HttpBody, to_bytes},
    response::Response,
};
use http::{
    HeaderValue, StatusCode,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;
use serde_json::Value;

/// The longest error looked at, in bytes: a name, and those of what wraps it.
const MAX_LENGTH: u64 = 256;

/// Whether a server function answers with an error.
pub(in crate::server) fn is_error(response: &Response) -> bool {
    response.headers().contains_key(SERVER_FN_ERROR_HEADER)
}

/// Gives the answer the status of its error, and the headers that go with it.
pub(in crate::server) async fn set(response: &mut Response, caller: &Caller) {
    let is_unset = response.status() == StatusCode::INTERNAL_SERVER_ERROR;
    let length = response.body().size_hint().exact();
    if !is_error(response) || !is_unset || length.is_none_or(|length| length > MAX_LENGTH) {
        return;
    }
    let body = std::mem::take(response.body_mut());
    // The length is known, so that this can't fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let error = serde_json::from_slice(&body).ok().and_then(innermost);
    *response.body_mut() = Body::from(body);
    let Some(error) = error else {
        return;
    };
    let status = error.status_code();
    *response.status_mut() = status;
    let headers = response.headers_mut();
    match status {
        // RFC 9110 §11.6.1: each 401 says how to authenticate.
        StatusCode::UNAUTHORIZED => {
            let challenge = headers.entry(WWW_AUTHENTICATE);
            challenge.or_insert(HeaderValue::from_static("Bearer"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            let retry_after = retry_after_value(caller.retry_after());
            headers.entry(RETRY_AFTER).or_insert(retry_after);
        }
        _ => {}
    }
}

/// The error of ours in an error of an app, which serde writes as `{"variant": error}`.
fn innermost(error: Value) -> Option<AuthError> {
    match error {
        Value::Object(wrapped) if wrapped.len() == 1 => {
            wrapped.into_iter().next().and_then(|(_, it)| innermost(it))
        }
        error => serde_json::from_value(error).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: StatusCode, error: &Value) -> Response {
        let mut response = Response::new(Body::from(error.to_string()));
        *response.status_mut() = status;
        let path = HeaderValue::from_static("/api/rename");
        response.headers_mut().insert(SERVER_FN_ERROR_HEADER, path);
        response
    }

    async fn status_of(mut response: Response) -> StatusCode {
        set(&mut response, &Caller::Nobody { ended: None }).await;
        response.status()
    }

    #[tokio::test]
    async fn an_error_of_ours_has_its_status_also_inside_of_an_apps_error() {
        let unset = StatusCode::INTERNAL_SERVER_ERROR;
        for (error, status) in [
            (json!("BadRequest"), StatusCode::BAD_REQUEST),
            (json!({"auth": "Forbidden"}), StatusCode::FORBIDDEN),
            (json!({"a": {"b": "SignedOut"}}), StatusCode::UNAUTHORIZED),
            (json!("OutOfStock"), unset),
            (json!({"a": "BadRequest", "b": 1}), unset),
            (json!(["BadRequest"]), unset),
        ] {
            assert_eq!(status_of(answer(unset, &error)).await, status, "{error}");
        }
    }

    #[tokio::test]
    async fn the_error_itself_goes_out_as_it_was() {
        let error = json!({"auth": "Unavailable"});
        let mut response = answer(StatusCode::INTERNAL_SERVER_ERROR, &error);
        set(&mut response, &Caller::Nobody { ended: None }).await;
        assert!(response.headers().contains_key(RETRY_AFTER));
        let body = to_bytes(response.into_body(), 1_000).await.unwrap();
        assert_eq!(body, error.to_string());
    }

    #[tokio::test]
    async fn a_status_that_the_function_has_set_stays() {
        let teapot = StatusCode::IM_A_TEAPOT;
        assert_eq!(status_of(answer(teapot, &json!("SignedOut"))).await, teapot);
        let mut page = answer(StatusCode::INTERNAL_SERVER_ERROR, &json!("SignedOut"));
        page.headers_mut().remove(SERVER_FN_ERROR_HEADER);
        let unset = StatusCode::INTERNAL_SERVER_ERROR;
        assert_eq!(status_of(page).await, unset, "not a server function's");
    }
}
