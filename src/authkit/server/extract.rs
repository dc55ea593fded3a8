//! Who is asking, for axum handlers: [`CurrentUser`] where there must be somebody, [`MaybeUser`]
//! where there may be. Both need the [`AuthLayer`](super::AuthLayer) around the route.

use super::{answer::retry_after_value, auth::Auth};
use crate::authkit::{AuthError, AuthState, Identity};
use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header::RETRY_AFTER};
use std::time::Duration;

/// The signed-in user; a request without one is answered with 401, or 503 when the session can't
/// be checked right now.
///
/// ```
/// # use authkit_leptos::authkit::server::CurrentUser;
/// async fn hello(CurrentUser(identity): CurrentUser) -> String {
///     format!("Hello, {}", identity.user.display_name())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct CurrentUser(pub Identity);

/// The signed-in user or nobody. A session that can't be checked is an error (503), not "nobody".
#[derive(Clone, Debug)]
pub struct MaybeUser(pub Option<Identity>);

/// Why an extractor refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// 401.
    #[error("Sign in to continue.")]
    SignedOut,
    /// 503, with a `Retry-After`.
    #[error("We can't check your session right now.")]
    Unavailable {
        /// How long to wait, where that is known.
        retry_after: Option<Duration>,
    },
    /// 500: a mistake in the router.
    #[error("AuthLayer is missing: put AuthKit::layer() around this route")]
    NoLayer,
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let status = match self {
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Unavailable { retry_after } => {
                let wait = [(RETRY_AFTER, retry_after_value(retry_after))];
                return (StatusCode::SERVICE_UNAVAILABLE, wait, self.to_string()).into_response();
            }
            Self::NoLayer => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, self.to_string()).into_response()
    }
}

impl From<Rejection> for AuthError {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::SignedOut => Self::SignedOut,
            Rejection::Unavailable { .. } => Self::Unavailable,
            Rejection::NoLayer => Self::Internal,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for MaybeUser {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let auth = parts.extensions.get::<Auth>().ok_or(Rejection::NoLayer)?;
        match &auth.state {
            AuthState::SignedIn(identity) => Ok(Self(Some(identity.clone()))),
            AuthState::SignedOut => Ok(Self(None)),
            AuthState::Unavailable(_) => Err(Rejection::Unavailable {
                retry_after: auth.retry_after,
            }),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentUser {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let MaybeUser(user) = MaybeUser::from_request_parts(parts, state).await?;
        user.map(Self).ok_or(Rejection::SignedOut)
    }
}
