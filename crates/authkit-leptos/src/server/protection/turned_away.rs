//! The answer to a request that the protection by path turns away: a redirect, a page or an error, by who reads it.
//!
//! Made for the layer, when the [`PathGuard`] says no. Never asks the handler of the request: of the app's routes only the two for such pages.

use super::path_guard::{PathGuard, asked};
use crate::{
    error::AuthError,
    paths::{self, ReturnTo, to_sign_in_again},
    server::{
        caller::{
            Caller, IdentityError, NotAllowed, guard::Denied, not_allowed::retry_after_value,
        },
        flow::Refusal,
        negotiation::{lead_to, no_store, reads_html},
        origin::{is_navigation, is_navigation_of_a_frame, is_surely_a_navigation},
        plain_pages, referer,
        sign_in_notice::SignInNotice,
    },
};
use axum::{
    Json, Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
    header::{
        CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, IF_MATCH, IF_MODIFIED_SINCE,
        IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE, RETRY_AFTER, TRANSFER_ENCODING,
    },
};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tower::ServiceExt;

/// Says why, in a word.
const REASON: HeaderName = HeaderName::from_static("x-authkit-reason");
/// Files that are reported, at most: the client chooses the path.
const REPORTED_FILES: usize = 64;

/// What is about the body of a request, or about an earlier answer to it.
const ABOUT_ANOTHER: [HeaderName; 11] = [
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    EXPECT,
    IF_MATCH,
    IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
    IF_RANGE,
    IF_UNMODIFIED_SINCE,
    RANGE,
    TRANSFER_ENCODING,
];

/// The answer. `caller` is the one that the layer has put into the request.
pub(in crate::server) async fn turn_away(
    guard: PathGuard,
    why: NotAllowed,
    request: Request,
    caller: &Caller,
) -> Response {
    let error = AuthError::from(&why);
    let reason = error.code();
    tracing::info!(reason, "turned away from a protected path");
    let audit = &guard.audit;
    audit.tell_refused(&why, request.headers(), request.extensions());
    let mut response = if caller.is_bearer() {
        why.into_response()
    } else if is_for_a_page(request.method(), request.headers(), guard.is_framed) {
        to_a_person(guard, why, request).await
    } else {
        report_file(&request, &why);
        to_a_script(why)
    };
    let headers = response.headers_mut();
    headers.insert(REASON, HeaderValue::from_static(reason));
    no_store(headers);
    response
}

/// Whether a person sees the answer as a page: a browser goes there, or sends a form; of clients that do not say what
/// they do, one that reads HTML. A browser goes nowhere by other methods.
fn is_for_a_page(method: &Method, headers: &HeaderMap, is_framed: bool) -> bool {
    let is_of_browsers = matches!(*method, Method::GET | Method::HEAD | Method::POST);
    let goes_there = is_surely_a_navigation(headers)
        || (is_navigation(headers) && reads_html(headers))
        || (is_framed && is_navigation_of_a_frame(headers));
    is_of_browsers && goes_there
}

async fn to_a_person(guard: PathGuard, why: NotAllowed, request: Request) -> Response {
    let rules = &guard.rules;
    let asked = asked(&request);
    // A form is not sent again: its page is shown once more.
    let return_to = match *request.method() {
        Method::GET => asked.path_and_query().map(ToString::to_string),
        _ => referer::own_path(request.headers(), &rules.origin),
    };
    let return_to = ReturnTo::or_home(return_to.as_deref());
    let lead = |to: &str| lead_to(request.method(), to);
    match why {
        NotAllowed::Anonymous => lead(&return_to.on(rules.sign_in_from(asked.path()))),
        NotAllowed::Denied(Denied::SignInTooOld { max_age }) => {
            let return_to = match request.method().is_safe() {
                true => return_to,
                false => SignInNotice::FormNotSent.on(&return_to),
            };
            lead(&to_sign_in_again(&return_to, max_age))
        }
        NotAllowed::Denied(Denied::Forbidden(_)) => {
            let page = app_page(guard.pages, paths::FORBIDDEN, request);
            let page = page.await.unwrap_or_else(plain_pages::forbidden);
            (StatusCode::FORBIDDEN, page).into_response()
        }
        NotAllowed::Identity(IdentityError::Unavailable { retry_after }) => {
            let page = app_page(guard.pages, paths::UNAVAILABLE, request);
            let page = page.await.unwrap_or_else(plain_pages::unavailable);
            unavailable(page, retry_after)
        }
        // Not of a caller without a bearer token, inside of the layer.
        why @ (NotAllowed::Identity(_) | NotAllowed::Claims(_) | NotAllowed::NoLayer) => {
            why.into_response()
        }
    }
}

/// As a server function refuses a script.
fn to_a_script(why: NotAllowed) -> Response {
    let retry_after = match &why {
        NotAllowed::Identity(IdentityError::Unavailable { retry_after }) => *retry_after,
        _ => None,
    };
    let Refusal { error, headers } = why.into();
    let status = error.status_code();
    let response = (headers, Json(error)).into_response();
    match status {
        StatusCode::SERVICE_UNAVAILABLE => unavailable(response, retry_after),
        status => (status, response).into_response(),
    }
}

fn unavailable(response: Response, retry_after: Option<Duration>) -> Response {
    let retry_after = [(RETRY_AFTER, retry_after_value(retry_after))];
    (StatusCode::SERVICE_UNAVAILABLE, retry_after, response).into_response()
}

/// The app's own page at `path`, for the caller and with the extensions of `request`; `None` if it has none there.
async fn app_page(pages: Option<Router>, path: &'static str, request: Request) -> Option<Response> {
    let pages = pages?;
    let (mut parts, _) = request.into_parts();
    parts.method = Method::GET;
    parts.uri = Uri::from_static(path);
    for name in ABOUT_ANOTHER {
        parts.headers.remove(name);
    }
    let Ok(page) = pages
        .oneshot(Request::from_parts(parts, Body::empty()))
        .await;
    let status = page.status();
    let is_it = status.is_success()
        || matches!(
            (path, status),
            (paths::FORBIDDEN, StatusCode::FORBIDDEN)
                | (paths::UNAVAILABLE, StatusCode::SERVICE_UNAVAILABLE)
        );
    is_it.then_some(page)
}

/// Says once per path that a page of a signed-out visitor misses a style sheet or a script: it should be public.
fn report_file(request: &Request, why: &NotAllowed) {
    static REPORTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let loads = request.headers().get("sec-fetch-dest");
    let is_file = loads.is_some_and(|it| it == "style" || it == "script" || it == "font");
    if !is_file || !matches!(why, NotAllowed::Anonymous) {
        return;
    }
    let path = asked(request).path().to_owned();
    let mut reported = REPORTED.lock().unwrap_or_else(PoisonError::into_inner);
    if reported.len() < REPORTED_FILES && reported.insert(path.clone()) {
        tracing::warn!(
            reason = "file_turned_away",
            path,
            "a page of a signed-out visitor loads a protected file: list it in unauthenticated_paths, or serve it beside \
             the layer"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_told_from_what_a_page_loads() {
        let is_for_a_page = |pairs: &[(&'static str, &'static str)], is_framed| {
            let pairs = pairs.iter().map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            });
            is_for_a_page(&Method::GET, &pairs.collect(), is_framed)
        };
        let html = ("accept", "text/html");
        let mode = |mode| ("sec-fetch-mode", mode);
        let dest = |dest| ("sec-fetch-dest", dest);
        for page in [
            &[mode("navigate"), dest("document")][..],
            // As a service worker passes it on.
            &[mode("navigate"), dest("empty")],
            &[html],
        ] {
            assert!(is_for_a_page(page, false), "{page:?}");
        }
        let frame = [mode("navigate"), dest("iframe"), html];
        for other in [
            &[][..],
            &[("accept", "application/json")],
            &[("accept", "*/*")],
            &[mode("cors"), dest("empty"), html],
            &[mode("no-cors"), dest("style")],
            &[mode("websocket"), dest("websocket"), html],
            &[
                mode("navigate"),
                dest("document"),
                ("sec-purpose", "prefetch"),
            ],
            &frame,
        ] {
            assert!(!is_for_a_page(other, false), "{other:?}");
        }
        assert!(is_for_a_page(&frame, true), "of an app made for frames");
    }
}
