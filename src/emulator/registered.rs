//! The addresses of apps: `GET` and `POST /user_management/redirect_uris` and `/cors_origins`. Called by
//! the app's `provision` and `doctor`. What is registered here counts at once, and until the emulator
//! stops. Nothing may be registered that a browser should not be sent to.

use std::sync::{Arc, PoisonError, RwLock};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Host, Url};

use super::api::{self, ApiError};
use super::clock::rfc3339;
use super::context::Context;
use super::paging::Paging;
use super::random;

/// The longest address, in bytes.
const MAX_LENGTH: usize = 2048;

/// A set of addresses, in the order in which they were registered.
pub struct Registered {
    prefix: &'static str,
    at_start: Vec<Address>,
    addresses: RwLock<Vec<Address>>,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct Address {
    id: String,
    address: String,
    created_at: Timestamp,
}

impl Registered {
    /// Those of the configuration; ids begin with `prefix`.
    pub fn new(prefix: &'static str, addresses: &[String], now: Timestamp) -> Self {
        let at_start: Vec<_> = addresses
            .iter()
            .map(|address| Address::new(prefix, address.clone(), now))
            .collect();
        Registered {
            prefix,
            addresses: RwLock::new(at_start.clone()),
            at_start,
        }
    }

    /// Adds one; `None` when it is there already.
    pub fn register(&self, address: impl Into<String>, now: Timestamp) -> Option<Address> {
        let address = address.into();
        let mut addresses = self.write();
        if addresses.iter().any(|known| known.address == address) {
            return None;
        }
        let new = Address::new(self.prefix, address, now);
        addresses.push(new.clone());
        Some(new)
    }

    /// Whether exactly this address is registered (RFC 9700 §4.1.3: simple string comparison).
    pub fn contains(&self, address: &str) -> bool {
        self.entries().iter().any(|known| known.address == address)
    }

    /// The default: the first one registered.
    pub fn first(&self) -> Option<String> {
        self.all().into_iter().next()
    }

    /// All of them, in order.
    pub fn all(&self) -> Vec<String> {
        self.entries()
            .into_iter()
            .map(|known| known.address)
            .collect()
    }

    /// Forgets what was added after the start.
    pub fn reset(&self) {
        *self.write() = self.at_start.clone();
    }

    fn entries(&self) -> Vec<Address> {
        let addresses = self.addresses.read();
        addresses.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Vec<Address>> {
        self.addresses
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Address {
    fn new(prefix: &str, address: String, now: Timestamp) -> Self {
        Address {
            id: random::id_at(prefix, now),
            address,
            created_at: now,
        }
    }

    fn redirect_uri(&self, default: Option<&str>) -> Value {
        json!({
            "object": "redirect_uri",
            "id": self.id,
            "uri": self.address,
            "default": default == Some(&self.address),
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.created_at),
        })
    }

    fn cors_origin(&self) -> Value {
        json!({
            "object": "cors_origin",
            "id": self.id,
            "origin": self.address,
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.created_at),
        })
    }
}

/// Lists redirect URIs.
pub async fn list_redirect_uris(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let default = context.redirect_uris.first();
    let shape = |address: &Address| address.redirect_uri(default.as_deref());
    list(&context, &headers, query, &context.redirect_uris, shape)
}

/// Lists CORS origins.
pub async fn list_cors_origins(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    list(
        &context,
        &headers,
        query,
        &context.cors_origins,
        Address::cors_origin,
    )
}

fn list(
    context: &Context,
    headers: &HeaderMap,
    query: Option<String>,
    registered: &Registered,
    shape: impl Fn(&Address) -> Value,
) -> Result<Response, ApiError> {
    api::require_api_key(context, headers)?;
    let mut paging = Paging::default();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        paging.take(&name, &value)?;
    }
    let mut entries = registered.entries();
    if !paging.oldest_first {
        entries.reverse();
    }
    let answer = paging.answer(&entries, |entry| &entry.id, shape)?;
    Ok(api::no_store(Json(answer).into_response()))
}

/// What registers a redirect URI.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRedirectUri {
    uri: String,
}

/// What registers a CORS origin.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCorsOrigin {
    origin: String,
}

/// Registers a redirect URI.
pub async fn create_redirect_uri(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    body: Result<Json<NewRedirectUri>, JsonRejection>,
) -> Result<Response, ApiError> {
    api::require_api_key(&context, &headers)?;
    let Json(NewRedirectUri { uri }) = body.map_err(|_| ApiError::Missing { field: "uri" })?;
    let is_good = |url: &Url| url.fragment().is_none() && !uri.contains('*');
    if !safe(&uri).is_some_and(|url| is_good(&url)) {
        return Err(ApiError::Invalid { field: "uri" });
    }
    let new = context.redirect_uris.register(uri, context.clock.now());
    let exists = ("redirect_uri_already_exists", "Redirect URI already exists");
    created(new, exists, |address| address.redirect_uri(None))
}

/// Registers a CORS origin.
pub async fn create_cors_origin(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    body: Result<Json<NewCorsOrigin>, JsonRejection>,
) -> Result<Response, ApiError> {
    api::require_api_key(&context, &headers)?;
    let Json(NewCorsOrigin { origin }) = body.map_err(|_| ApiError::Missing { field: "origin" })?;
    let is_origin = |url: &Url| url.origin().ascii_serialization() == origin;
    if !safe(&origin).is_some_and(|url| is_origin(&url)) {
        return Err(ApiError::Invalid { field: "origin" });
    }
    let new = context.cors_origins.register(origin, context.clock.now());
    let exists = ("cors_origin_already_exists", "CORS origin already exists");
    created(new, exists, Address::cors_origin)
}

/// An address that a browser may be sent to: https, or this machine.
fn safe(address: &str) -> Option<Url> {
    let url = Url::parse(address)
        .ok()
        .filter(|_| address.len() <= MAX_LENGTH)?;
    let this_machine = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let is_safe = url.scheme() == "https" || url.scheme() == "http" && this_machine;
    (is_safe && url.username().is_empty()).then_some(url)
}

fn created(
    new: Option<Address>,
    (code, message): (&'static str, &str),
    shape: impl Fn(&Address) -> Value,
) -> Result<Response, ApiError> {
    match new {
        Some(address) => {
            let body = Json(shape(&address));
            Ok(api::no_store((StatusCode::CREATED, body).into_response()))
        }
        None => Err(ApiError::Coded {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code,
            message: message.to_owned(),
        }),
    }
}
