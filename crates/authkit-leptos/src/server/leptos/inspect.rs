//! [`inspect_request`] and [`AuthKit::examine`] for pages, which have the request as context.

use super::request::extension;
use crate::server::{
    authkit::AuthKit,
    inspect::{Inspection, inspect_request},
    token::Examination,
};
use axum::http::request::Parts;
use leptos::prelude::use_context;
use secrecy::SecretString;
use tracing::Instrument;

/// This request's session, looked at closely; `None` where there is no request.
///
/// Reads the request at once; the future may be awaited anywhere.
pub fn inspect() -> impl Future<Output = Option<Inspection>> + Send + 'static {
    let request = use_context::<Parts>();
    async move { inspect_request(&request?).await }.in_current_span()
}

/// What each provider says of `token`; `None` where there is no request.
pub fn examine(token: SecretString) -> impl Future<Output = Option<Examination>> + Send + 'static {
    let authkit = extension::<AuthKit>();
    async move { Some(authkit?.examine(&token).await) }.in_current_span()
}
