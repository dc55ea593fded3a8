//! What a request's headers say about who reads the answer, and what the answer's headers say to caches.
//!
//! Used by the layer, by both doors to the steps of the login, and by server functions. Reads and writes headers only.

use super::caller::Caller;
use axum::response::{IntoResponse, Response};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CACHE_CONTROL, LOCATION, VARY},
};

/// Marks an answer as private to its user: no cache may store it (RFC 9111 §5.2.2), and no proxy may transform it
/// (§5.2.2.6), because hydration of the islands depends on the exact HTML.
///
/// ```
/// use authkit_leptos::server::no_store;
/// let mut headers = http::HeaderMap::new();
/// no_store(&mut headers);
/// assert_eq!(headers["cache-control"], "private, no-store, no-transform");
/// ```
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

/// Whether a script asks, which reads JSON, not a link or form. A program with a token is one, whatever it says it
/// reads.
pub(super) fn is_script_call(headers: &HeaderMap, caller: Option<&Caller>) -> bool {
    if caller.is_some_and(Caller::is_bearer) {
        return true;
    }
    accept(headers).contains("application/json") && !reads_html(headers)
}

/// Whether the client says that it reads HTML, as browsers do that go to a page or send a form.
pub(super) fn reads_html(headers: &HeaderMap) -> bool {
    accept(headers).contains("text/html")
}

/// The status of a redirect: 302 after a GET and 303 after a POST (RFC 9110 §15.4).
pub(super) fn redirect_status(method: &Method) -> StatusCode {
    match *method {
        Method::GET => StatusCode::FOUND,
        _ => StatusCode::SEE_OTHER,
    }
}

/// A target as a header's value; the home page for one that can't be.
pub(super) fn location(target: &str) -> HeaderValue {
    HeaderValue::from_str(target).unwrap_or(HeaderValue::from_static("/"))
}

/// Leads a browser elsewhere.
pub(super) fn lead_to(method: &Method, target: &str) -> Response {
    (redirect_status(method), [(LOCATION, location(target))]).into_response()
}

fn accept(headers: &HeaderMap) -> &str {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default()
}
