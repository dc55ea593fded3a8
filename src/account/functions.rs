//! The server function that tells a caller who they are, for scripts and other programs.
//!
//! Takes the session cookie or a bearer token.

use authkit_leptos::AuthError;
#[cfg(feature = "ssr")]
use authkit_leptos::server::guard;
use leptos::{prelude::server, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

/// The caller, as the API answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Issuer and subject in one: the key for storing data of this caller.
    pub token_identifier: String,
    /// The issuer of the token.
    pub issuer: String,
    /// The issuer's id of the caller.
    pub subject: String,
    /// Full name, if known.
    pub name: Option<String>,
    /// E-mail address, if known.
    pub email: Option<String>,
}

/// The caller, by cookie or by token: `GET /api/caller`.
#[server(name = GetCaller, prefix = "/api", endpoint = "caller", input = GetUrl)]
pub async fn caller() -> Result<Caller, AuthError> {
    let identity = guard::require::<guard::Identified>()?.into_identity();
    Ok(Caller {
        token_identifier: identity.token_identifier,
        issuer: identity.issuer,
        subject: identity.subject,
        name: identity.name,
        email: identity.email,
    })
}
