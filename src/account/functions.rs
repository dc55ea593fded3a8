//! The server functions of the account: who a caller is, for scripts and other programs, and the end of an account.
//!
//! Each guards itself.

use authkit_leptos::AuthError;
#[cfg(feature = "ssr")]
use authkit_leptos::server::{
    self,
    guard::{self, AuthKitUser, NotImpersonated, SignedInWithin},
};
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

/// How old a sign-in may be for what can't be undone, in seconds.
pub const RECENT: u64 = 300;
/// What has to be typed to delete an account.
pub const CONFIRMATION: &str = "delete";
/// Where it is said that the account was not deleted, as far as is known.
#[cfg(feature = "ssr")]
const NOT_DELETED: &str = "/account?deletion=unknown#delete";
/// Where it is said that nobody's was, as the page was another user's.
#[cfg(feature = "ssr")]
const PAGE_OF_ANOTHER: &str = "/account?deletion=another#delete";

/// Deletes the caller's account: `POST /api/delete_account`.
#[server(prefix = "/api", endpoint = "delete_account")]
pub async fn delete_account(
    /// [`CONFIRMATION`].
    confirmation: String,
    /// Whose account it is, as the page has it: somebody else may have signed in to the same browser since.
    #[server(default)]
    user: Option<String>,
) -> Result<(), AuthError> {
    let caller = guard::require::<(AuthKitUser, NotImpersonated, SignedInWithin<RECENT>)>()?;
    if confirmation.trim() != CONFIRMATION {
        return Err(AuthError::BadRequest);
    }
    if user.is_some_and(|user| user != caller.subject) {
        tracing::info!(reason = "page_of_another", "account not deleted");
        if server::is_form() {
            server::redirect(PAGE_OF_ANOTHER);
        }
        return Err(AuthError::Forbidden);
    }
    let deleted = server::authkit()?.delete_user(&caller.subject).await;
    let Err(failure) = deleted else {
        server::redirect("/account-deleted");
        return Ok(());
    };
    let reason = failure.code();
    tracing::warn!(reason, "account not deleted, as far as is known");
    if server::is_form() {
        server::redirect(NOT_DELETED);
    }
    Err(AuthError::Unavailable)
}
