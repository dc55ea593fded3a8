//! Who is asking, for axum handlers: [`CurrentUser`] where there must be somebody, [`MaybeUser`]
//! where there may be. Both need the [`AuthLayer`](super::AuthLayer) around the route.

use super::{auth::Auth, guard::NotAllowed};
use crate::{AuthState, Identity};
use axum::{extract::FromRequestParts, http::request::Parts};

/// The signed-in user; a request without one is answered with 401, with 403 if it brought a token
/// instead, or 503 when the session can't be checked right now.
///
/// ```
/// # use authkit_leptos::server::CurrentUser;
/// async fn hello(CurrentUser(identity): CurrentUser) -> String {
///     format!("Hello, {}", identity.user.display_name())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct CurrentUser(pub Identity);

/// The signed-in user or nobody. A session that can't be checked is an error (503), not "nobody".
#[derive(Clone, Debug)]
pub struct MaybeUser(pub Option<Identity>);

impl<S: Sync> FromRequestParts<S> for MaybeUser {
    type Rejection = NotAllowed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotAllowed> {
        let auth = parts.extensions.get::<Auth>().ok_or(NotAllowed::NoLayer)?;
        match &auth.state {
            AuthState::SignedIn(identity) => Ok(Self(Some(identity.clone()))),
            // A token that came along and is not accepted is an error; one that is makes nobody a user
            // with a session.
            AuthState::SignedOut | AuthState::Unavailable(_) => {
                auth.identity()?;
                Ok(Self(None))
            }
        }
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentUser {
    type Rejection = NotAllowed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotAllowed> {
        let MaybeUser(user) = MaybeUser::from_request_parts(parts, state).await?;
        let auth = parts.extensions.get::<Auth>().ok_or(NotAllowed::NoLayer)?;
        user.map(Self)
            .ok_or_else(|| NotAllowed::without_session(auth))
    }
}
