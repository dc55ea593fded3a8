//! Extractors for axum handlers: [`CurrentUser`] where a user is needed, [`MaybeUser`] where there may be one, and
//! [`Guarded`] where the caller has to pass a guard. They need the [`AuthLayer`](super::AuthLayer) around the route.

use super::{
    authkit::AuthKit,
    caller::{
        Caller, Guarded, NotAllowed,
        guard::{AuthKitUser, Guard},
    },
};
use crate::auth::Identity;
use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;

/// The signed-in user. A request without one is answered with 401, with 403 if it has an accepted bearer token, or with
/// 503 if the session cannot be checked now.
///
/// ```
/// # use authkit_leptos::server::CurrentUser;
/// async fn hello(CurrentUser(identity): CurrentUser) -> String {
///     format!("Hello, {}", identity.user.display_name())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct CurrentUser(pub Identity);

/// The signed-in user, if there is one. A session that cannot be checked is an error (503), not "no user".
///
/// ```
/// # use authkit_leptos::server::MaybeUser;
/// async fn hello(MaybeUser(user): MaybeUser) -> String {
///     match user {
///         Some(identity) => format!("Hello, {}", identity.user.display_name()),
///         None => "Hello, stranger".to_owned(),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct MaybeUser(pub Option<Identity>);

/// The claims of a user of this app's AuthKit, by cookie or by bearer token, as a type of the app's.
///
/// A request without credentials is answered with 401. When a claim is missing or of another type, the answer is 500, and the
/// log names the claim.
///
/// ```
/// # use authkit_leptos::server::AuthKitClaims;
/// #[derive(serde::Deserialize)]
/// struct Tenant {
///     #[serde(rename = "urn:myapp:tenant")]
///     tenant: String,
/// }
/// async fn files(AuthKitClaims(it): AuthKitClaims<Tenant>) -> String {
///     format!("the files of {}", it.tenant)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct AuthKitClaims<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for AuthKitClaims<T> {
    type Rejection = NotAllowed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotAllowed> {
        claims_of(caller_of(parts)?)
            .map(Self)
            .map_err(|why| refused(why, parts))
    }
}

/// The caller's claims as a type of the app's.
pub(super) fn claims_of<T: DeserializeOwned>(caller: &Caller) -> Result<T, NotAllowed> {
    let identity = caller.identity()?.ok_or(NotAllowed::Anonymous)?;
    // Another provider's caller may do what they are here for, and this is not it.
    AuthKitUser::check(identity, 0)?;
    let claims = identity.claims_as();
    claims.map_err(|error| {
        tracing::error!(reason = "claim_mismatch", "{error}");
        error.into()
    })
}

impl<S: Sync> FromRequestParts<S> for MaybeUser {
    type Rejection = NotAllowed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotAllowed> {
        let caller = caller_of(parts)?;
        if let Some(caller) = caller.session() {
            return Ok(Self(Some(caller.signed_in.clone())));
        }
        // A refused token is an error. An accepted one makes no user with a session.
        caller.identity()?;
        Ok(Self(None))
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentUser {
    type Rejection = NotAllowed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotAllowed> {
        let MaybeUser(user) = MaybeUser::from_request_parts(parts, state).await?;
        let caller = caller_of(parts)?;
        user.map(Self)
            .ok_or_else(|| refused(NotAllowed::without_session(caller), parts))
    }
}

impl<S: Sync, G: Guard> FromRequestParts<S> for Guarded<G> {
    type Rejection = NotAllowed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotAllowed> {
        Guarded::check(Caller::latest(&parts.extensions), now(parts))
            .map_err(|why| refused(why, parts))
    }
}

/// The refusal, told to the audit trail.
pub(super) fn refused(why: NotAllowed, parts: &Parts) -> NotAllowed {
    if let Some(authkit) = parts.extensions.get::<AuthKit>() {
        authkit.tell_refused(&why, parts);
    }
    why
}

fn caller_of(parts: &Parts) -> Result<&Caller, NotAllowed> {
    Caller::latest(&parts.extensions).ok_or(NotAllowed::NoLayer)
}

/// The time by the library's clock; the end of time for a request without the layer, where no sign-in is recent.
pub(super) fn now(parts: &Parts) -> u64 {
    let authkit = parts.extensions.get::<AuthKit>();
    authkit.map_or(u64::MAX, |authkit| authkit.now())
}
