//! Extractors for axum handlers: [`CurrentUser`] where a user is needed, [`MaybeUser`] where there may be one, and
//! [`Guarded`] where the caller has to pass a guard. They need the [`AuthLayer`](super::AuthLayer) around the route.

use super::{
    authkit::AuthKit,
    caller::{Caller, Guarded, NotAllowed, guard::Guard, latest_caller},
};
use crate::auth::Identity;
use axum::{extract::FromRequestParts, http::request::Parts};

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
            .ok_or_else(|| NotAllowed::without_session(caller))
    }
}

impl<S: Sync, G: Guard> FromRequestParts<S> for Guarded<G> {
    type Rejection = NotAllowed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotAllowed> {
        Guarded::check(latest_caller(&parts.extensions), now(parts))
    }
}

fn caller_of(parts: &Parts) -> Result<&Caller, NotAllowed> {
    latest_caller(&parts.extensions).ok_or(NotAllowed::NoLayer)
}

/// The time by the library's clock; the end of time for a request without the layer, where no sign-in is recent.
pub(super) fn now(parts: &Parts) -> u64 {
    let authkit = parts.extensions.get::<AuthKit>();
    authkit.map_or(u64::MAX, |authkit| authkit.now())
}
