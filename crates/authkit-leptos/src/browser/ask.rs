//! Calls to the server: the same server functions, and turns of the live stream, by `fetch` itself.
//!
//! The client that Leptos generates can do far more and would add about a fifth to what every
//! visitor downloads. Never logs: what went wrong is in the answer.

use crate::{
    access_token::AccessToken,
    auth::AuthState,
    error::AuthError,
    functions::{GetAccessToken, Session},
};
use js_sys::Reflect;
use leptos::{
    prelude::window,
    serde_json,
    server_fn::ServerFn,
    wasm_bindgen::{JsCast, JsValue},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestCache, RequestInit, Response};

/// A call that takes longer has failed. The server gives up earlier.
const TIMEOUT_MILLISECONDS: u32 = 35_000;
/// A submission that is shorter is sent also when the page is left, in bytes.
const KEPT_ALIVE: usize = 32 * 1024;
/// What a plain form is sent as.
const FORM: &str = "application/x-www-form-urlencoded";

/// `GET /auth/session`.
pub async fn session() -> Result<AuthState, AuthError> {
    ask("GET", Session::PATH, None).await
}

/// `POST /auth/access-token`.
pub async fn access_token() -> Result<AccessToken, AuthError> {
    ask("POST", GetAccessToken::PATH, None).await
}

/// Any server function that takes a form.
pub async fn post<T, E>(path: &str, arguments: &[(&str, &str)]) -> Result<T, E>
where
    T: DeserializeOwned,
    E: DeserializeOwned + From<AuthError>,
{
    let mut form = String::new();
    for (name, value) in arguments {
        form.extend(utf8_percent_encode(name, NON_ALPHANUMERIC));
        form.push('=');
        form.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
        form.push('&');
    }
    // Ends in an `&`, after which there is nothing (URL Standard §5.1).
    ask("POST", path, Some(&form)).await
}

/// A submission: a POST of some text with further headers. The status of the answer, and its body. Goes on when the page is
/// left meanwhile.
pub async fn submit_text(
    path: &str,
    media_type: &str,
    text: &str,
    headers: &[(&str, &str)],
) -> Result<(u16, String), JsValue> {
    fetch("POST", path, Some(text), media_type, headers).await
}

/// A POST of some text: the status of the answer, and its body.
pub async fn post_text(path: &str, media_type: &str, text: &str) -> Result<(u16, String), JsValue> {
    fetch("POST", path, Some(text), media_type, &[]).await
}

async fn ask<T, E>(method: &str, path: &str, form: Option<&str>) -> Result<T, E>
where
    T: DeserializeOwned,
    E: DeserializeOwned + From<AuthError>,
{
    let (status, body) = fetch(method, path, form, FORM, &[])
        .await
        .map_err(|_| AuthError::Unreachable)?;
    // A gateway's error page is neither an answer nor one of our errors.
    let unreadable = |_| AuthError::Unreachable.into();
    if let 200..300 = status {
        serde_json::from_str(&body).map_err(unreadable)
    } else {
        Err(serde_json::from_str(&body).unwrap_or_else(unreadable))
    }
}

/// The status, and the body.
async fn fetch(
    method: &str,
    path: &str,
    body: Option<&str>,
    media_type: &str,
    submission: &[(&str, &str)],
) -> Result<(u16, String), JsValue> {
    let headers = Headers::new()?;
    for (name, value) in submission {
        headers.set(name, value)?;
    }
    headers.set("accept", "application/json")?;
    headers.set("content-type", media_type)?;
    let request = RequestInit::new();
    request.set_method(method);
    request.set_headers_headers(&headers);
    request.set_cache(RequestCache::NoStore);
    request.set_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MILLISECONDS)));
    if let Some(body) = body {
        request.set_body(&JsValue::from_str(body));
        // Browsers refuse those of a page that are over 64 kB together (Fetch Standard §4.5).
        if !submission.is_empty() && body.len() < KEPT_ALIVE {
            Reflect::set(&request, &"keepalive".into(), &JsValue::TRUE)?;
        }
    }
    let response = JsFuture::from(window().fetch_with_str_and_init(path, &request)).await?;
    let response: Response = response.unchecked_into();
    let body = JsFuture::from(response.text()?).await?;
    Ok((response.status(), body.as_string().unwrap_or_default()))
}
