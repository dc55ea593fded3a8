//! How server functions answer: redirects, statuses and cache headers.
//!
//! Used by the flow, by guards, and by `AuthError` when one is made. Only ever touches the answer
//! to the request at hand.

use super::caller::{Caller, NotAllowed, not_allowed::retry_after_value};
use crate::{AuthError, SignInFailure, paths};
use axum::http::request::Parts;
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CACHE_CONTROL, LOCATION, RETRY_AFTER, VARY, WWW_AUTHENTICATE},
};
use leptos::{prelude::use_context, server_fn::axum::get_server_fn_service};
use leptos_axum::ResponseOptions;

/// Marks an answer as private to its user: no cache may store it (RFC 9111 §5.2.2), and no proxy may transform it
/// (§5.2.2.6), because hydration of the islands depends on the exact HTML.
pub fn no_store(headers: &mut HeaderMap) {
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("private, no-store, no-transform"),
    );
    let varies = headers
        .get_all(VARY)
        .iter()
        .any(|value| value.as_bytes().eq_ignore_ascii_case(b"cookie"));
    if !varies {
        headers.append(VARY, HeaderValue::from_static("Cookie"));
    }
}

/// Sends the browser elsewhere: by 302 after a GET and 303 after a POST (RFC 9110 §15.4), or, when
/// a script of ours made the call, by telling the script.
///
/// A target that can't be a header value is replaced by the home page.
pub fn redirect(target: &str) {
    let (Some(parts), Some(response)) = (use_context::<Parts>(), use_context::<ResponseOptions>())
    else {
        return;
    };
    if is_script_call(&parts) {
        let safe = HeaderValue::from_str(target).is_ok();
        return leptos_axum::redirect(if safe { target } else { "/" });
    }
    let location = HeaderValue::from_str(target).unwrap_or_else(|_| HeaderValue::from_static("/"));
    response.insert_header(LOCATION, location);
    response.set_status(if parts.method == Method::GET {
        StatusCode::FOUND
    } else {
        StatusCode::SEE_OTHER
    });
}

/// Sets the status of a page or, in a server function that a browser called, of its answer.
pub fn set_status(status: StatusCode) {
    let Some(response) = use_context::<ResponseOptions>() else {
        return;
    };
    response.set_status(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let parts = use_context::<Parts>();
        let caller = parts
            .as_ref()
            .and_then(|parts| parts.extensions.get::<Caller>());
        let retry_after = caller.and_then(Caller::retry_after);
        response.insert_header(RETRY_AFTER, retry_after_value(retry_after));
    }
}

/// Sets which credentials are needed on the answer (RFC 6750 §3).
fn set_challenge(challenge: HeaderValue) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(WWW_AUTHENTICATE, challenge);
    }
}

/// Sets the status and challenge of a refusal on the answer, and gives the error to return.
pub(super) fn refuse(error: &NotAllowed) -> AuthError {
    let for_callers = AuthError::from(error);
    set_error_status(&for_callers);
    if let Some(challenge) = error.challenge() {
        set_challenge(challenge);
    }
    for_callers
}

/// The status that goes with a server function's error. In Leptos 0.8 every error is a 500 unless
/// somebody sets one.
///
/// Not for a plain form, which Leptos sends back to its page with the error, and not for a function
/// that a page calls while it is rendered, which has a status of its own.
pub(crate) fn set_error_status(error: &AuthError) {
    if use_context::<Parts>().is_some_and(|parts| accept(&parts).contains("text/html")) {
        return;
    }
    set_status(match error {
        AuthError::SignedOut | AuthError::TokenRefused | AuthError::SignInTooOld => {
            // RFC 9110 §11.6.1: each 401 says how to authenticate.
            set_challenge(HeaderValue::from_static("Bearer"));
            StatusCode::UNAUTHORIZED
        }
        AuthError::Forbidden => StatusCode::FORBIDDEN,
        AuthError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        AuthError::BadRequest => StatusCode::BAD_REQUEST,
        AuthError::Internal | AuthError::Unreachable => StatusCode::INTERNAL_SERVER_ERROR,
    });
}

/// Answers a call whose arguments could not be read. A page that merely shows an error, by `?__err=`, has
/// a status of its own.
///
/// Somebody who followed a link (a callback with a parameter twice, say) is shown the page that
/// explains, never JSON.
pub(crate) fn refuse_call(error: &AuthError) {
    if !is_call() {
        return;
    }
    let by_link = use_context::<Parts>()
        .is_some_and(|parts| !is_script_call(&parts) && paths::is_navigated_to(parts.uri.path()));
    if by_link {
        let reason = SignInFailure::CallbackIncomplete.code();
        redirect(&format!("{}?reason={reason}", paths::SIGN_IN_FAILED));
    } else {
        set_error_status(error);
    }
}

/// Whether the request at hand is a call of a server function, not a page that is rendered.
pub(crate) fn is_call() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        get_server_fn_service(parts.uri.path(), parts.method.clone()).is_some()
    })
}

/// Whether the request at hand is a plain form or link, which is led somewhere, not told.
#[must_use]
pub fn is_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| !is_script_call(&parts))
}

/// Whether a server function was called by script, which reads JSON, not by a link or form. A program
/// with a token is one, whatever it says it reads.
fn is_script_call(parts: &Parts) -> bool {
    let caller = parts.extensions.get::<Caller>();
    if caller.is_some_and(Caller::is_bearer) {
        return true;
    }
    let accept = accept(parts);
    accept.contains("application/json") && !accept.contains("text/html")
}

fn accept(parts: &Parts) -> &str {
    parts
        .headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default()
}
