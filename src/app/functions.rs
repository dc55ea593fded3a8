//! The demo's own server functions: its API, for its pages and for programs alike.
//!
//! The library's are in `authkit::functions`.

use authkit_leptos::AuthError;
#[cfg(feature = "ssr")]
use authkit_leptos::server::guard;
use leptos::{prelude::server, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

/// Who is calling, as the API answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Issuer and subject in one: the key to keep somebody's data under.
    pub token_identifier: String,
    /// Who vouches for them.
    pub issuer: String,
    /// The issuer's name for them.
    pub subject: String,
    /// Full name, where that is known.
    pub name: Option<String>,
    /// E-mail address, where that is known.
    pub email: Option<String>,
}

/// Who is calling, by cookie or by token: `GET /api/caller`.
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
