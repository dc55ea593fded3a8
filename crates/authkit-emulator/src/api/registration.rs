//! `GET` and `POST /user_management/redirect_uris` and `/cors_origins`. Callers: the app's `provision` and `doctor`, with
//! a key that may. A registered address counts at once and after a restart. An address that is unsafe as a redirect
//! target, or that parsers read differently, is refused. WorkOS has wildcards, the emulator has none.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Host, Url};

use crate::api::errors::ApiError;
use crate::api::key;
use crate::api::no_store::no_store;
use crate::api::paging::Paging;
use crate::bend::endpoint::Endpoint;
use crate::state::clock::rfc3339;
use crate::state::context::Context;
use crate::state::registered::{Address, Registered};

/// Maximum length of an address, in bytes.
const MAX_LENGTH: usize = 2048;

/// Lists redirect URIs.
pub async fn list_redirect_uris(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::RedirectUris)?;
    let shape = |address: &Address| redirect_uri(&context, address);
    list(query, &context.redirect_uris, shape)
}

/// Lists CORS origins.
pub async fn list_cors_origins(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::CorsOrigins)?;
    list(query, &context.cors_origins, cors_origin)
}

fn list(
    query: Option<String>,
    registered: &Registered,
    shape: impl Fn(&Address) -> Value,
) -> Result<Response, ApiError> {
    let mut paging = Paging::default();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        paging.take(&name, &value)?;
    }
    let mut entries = registered.entries();
    if !paging.oldest_first {
        entries.reverse();
    }
    let answer = paging.answer(&entries, |entry| &entry.id, shape)?;
    Ok(no_store(Json(answer).into_response()))
}

/// Body that registers a redirect URI.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRedirectUri {
    uri: Option<String>,
}

/// Body that registers a CORS origin.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCorsOrigin {
    origin: Option<String>,
}

/// Registers a redirect URI.
pub async fn create_redirect_uri(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    body: Result<Json<NewRedirectUri>, JsonRejection>,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::RedirectUris)?;
    let Json(NewRedirectUri { uri }) = body.map_err(ApiError::unreadable)?;
    let uri = uri.ok_or(ApiError::Missing { field: "uri" })?;
    if safe(&uri).is_none_or(|url| url.fragment().is_some()) {
        return Err(ApiError::Invalid { field: "uri" });
    }
    let new = context.store.change(|state| {
        let new = context.redirect_uris.register(uri, context.clock.now())?;
        state.redirect_uris.push(new.clone());
        Some(new)
    });
    let exists = ("redirect_uri_already_exists", "Redirect URI already exists");
    created(new, exists, |address| redirect_uri(&context, address))
}

/// Registers a CORS origin.
pub async fn create_cors_origin(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    body: Result<Json<NewCorsOrigin>, JsonRejection>,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::CorsOrigins)?;
    let Json(NewCorsOrigin { origin }) = body.map_err(ApiError::unreadable)?;
    let origin = origin.ok_or(ApiError::Missing { field: "origin" })?;
    if safe(&origin).is_none_or(|url| url.origin().ascii_serialization() != origin) {
        return Err(ApiError::Invalid { field: "origin" });
    }
    let new = context.store.change(|state| {
        let new = context.cors_origins.register(origin, context.clock.now())?;
        state.cors_origins.push(new.clone());
        Some(new)
    });
    let exists = ("cors_origin_already_exists", "CORS origin already exists");
    created(new, exists, cors_origin)
}

/// The parsed address, if browsers may be sent to it: https, or http on this machine.
fn safe(address: &str) -> Option<Url> {
    // The URL standard drops tabs and line breaks and turns `\` into `/`; other parsers do not.
    let is_plain = address
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'*' | b'\\'));
    if !is_plain || address.len() > MAX_LENGTH {
        return None;
    }
    // It also reads `https:host` and `https:///host` as `https://host`.
    let (_, rest) = address.split_once("://")?;
    let url = Url::parse(address)
        .ok()
        .filter(|_| !rest.starts_with('/'))?;
    let is_this_machine = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.octets() == [127, 0, 0, 1],
        Host::Ipv6(_) => false,
    };
    let is_safe = url.scheme() == "https" || url.scheme() == "http" && is_this_machine;
    // No user or password, not even an empty one: text before an `@` is easily mistaken for the host.
    let authority = rest.split(['/', '?', '#']).next()?;
    (is_safe && !authority.contains('@')).then_some(url)
}

fn created(
    new: Option<Address>,
    (code, message): (&'static str, &str),
    shape: impl Fn(&Address) -> Value,
) -> Result<Response, ApiError> {
    let new = new.ok_or_else(|| ApiError::Coded {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        code,
        message: message.to_owned(),
    })?;
    let answer = (StatusCode::CREATED, Json(shape(&new)));
    Ok(no_store(answer.into_response()))
}

fn redirect_uri(context: &Context, known: &Address) -> Value {
    json!({
        "object": "redirect_uri",
        "id": known.id,
        "uri": known.address,
        "default": context.redirect_uris.first().as_ref() == Some(&known.address),
        "created_at": rfc3339(known.created_at),
        "updated_at": rfc3339(known.created_at),
    })
}

fn cors_origin(known: &Address) -> Value {
    json!({
        "object": "cors_origin",
        "id": known.id,
        "origin": known.address,
        "created_at": rfc3339(known.created_at),
        "updated_at": rfc3339(known.created_at),
    })
}
