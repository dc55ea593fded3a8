//! [`check_recent_auth`] and [`require_recent_auth`]: whether the caller has proved lately who they are.
//!
//! For server functions and pages that ask for it depending on what is done; where it is always asked for, the guard
//! `SignedInWithin` says so. Only a sign-in counts, no renewal.

use super::{
    answer,
    request::{caller, identity},
};
use crate::{
    error::AuthError,
    recent_auth::RecentAuth,
    server::{
        caller::{NotAllowed, guard::signed_in_within},
        extract::now,
    },
};
use axum::http::request::Parts;
use leptos::prelude::with_context;

/// When the caller signed in, and whether that is more than `max_age` seconds ago, or not known.
///
/// ```no_run
/// # use authkit_leptos::{AuthError, server::check_recent_auth};
/// # async fn body() -> Result<(), AuthError> {
/// let needs_a_code_by_mail = check_recent_auth(300)?.is_stale;
/// # Ok(()) }
/// ```
///
/// # Errors
/// As [`identity`](super::super::identity), and [`AuthError::SignedOut`] (401).
pub fn check_recent_auth(max_age: u64) -> Result<RecentAuth, AuthError> {
    let caller = identity()?.ok_or_else(|| answer::refuse(NotAllowed::Anonymous))?;
    Ok(RecentAuth::of(
        caller.authenticated_at(),
        max_age,
        page_time(),
    ))
}

/// Refuses a caller who has not signed in within the last `max_age` seconds: with 401 and the challenge of RFC 9470 for
/// scripts and programs. A plain form is led to sign in again, and back to its page; it is not sent again.
///
/// ```no_run
/// # use authkit_leptos::{AuthError, server::require_recent_auth};
/// # async fn body(amount: u32) -> Result<(), AuthError> {
/// if amount > 1_000 {
///     require_recent_auth(300)?;
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// As [`check_recent_auth`], and [`AuthError::SignInTooOld`].
pub fn require_recent_auth(max_age: u64) -> Result<(), AuthError> {
    let refuse = |not_allowed: NotAllowed| answer::refuse(not_allowed);
    let caller = caller().ok_or_else(|| refuse(NotAllowed::NoLayer))?;
    let identity = caller.identity().map_err(|error| refuse(error.into()))?;
    let identity = identity.ok_or_else(|| refuse(NotAllowed::Anonymous))?;
    signed_in_within(identity, max_age, page_time()).map_err(|denied| refuse(denied.into()))
}

/// The time by the library's clock; the end of time where there is no request, when no sign-in is recent.
pub(crate) fn page_time() -> u64 {
    with_context::<Parts, _>(now).unwrap_or(u64::MAX)
}
