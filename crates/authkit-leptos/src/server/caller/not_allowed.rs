//! [`NotAllowed`]: why a request does not pass, in HTTP: status, challenge and body.
//!
//! Returned by guards and extractors. Never tells the client which providers there are.

use super::{
    challenge::challenge,
    guard::Denied,
    identity::{ClaimMismatch, IdentityError},
    kinds::Caller,
};
use crate::error::AuthError;
use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use std::time::Duration;

/// `Retry-After` where the time is not known, in seconds.
const RETRY_SECONDS: u64 = 5;

/// Why a request does not pass.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotAllowed {
    /// The request has no credentials: 401.
    #[error("Sign in to continue.")]
    Anonymous,
    /// The credentials are refused or cannot be checked: 400, 401 or 503.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The caller is known and may not pass: 403, or 401 if a new sign-in would do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The claims are not as the app takes them: 500.
    #[error(transparent)]
    Claims(#[from] ClaimMismatch),
    /// A mistake in the router: 500.
    #[error("AuthLayer is missing: put AuthKit::layer() around this route")]
    NoLayer,
}

impl NotAllowed {
    /// Why `caller` does not pass where only a browser's session does.
    pub(in crate::server) fn without_session(caller: &Caller) -> Self {
        match caller.identity() {
            Err(error) => error.into(),
            Ok(Some(_)) => Denied::Forbidden("a browser's session".to_owned()).into(),
            Ok(None) => Self::Anonymous,
        }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Anonymous | Self::Denied(Denied::SignInTooOld { .. }) => StatusCode::UNAUTHORIZED,
            Self::Identity(IdentityError::Bearer(error)) => error.status(),
            Self::Identity(IdentityError::Unavailable { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Denied(Denied::Forbidden(_)) => StatusCode::FORBIDDEN,
            Self::Claims(_) | Self::NoLayer => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// `WWW-Authenticate` of a 400, 401 or 403.
    pub(in crate::server) fn challenge(&self) -> Option<HeaderValue> {
        match self {
            // RFC 6750 §3.1: no error for a request that brought nothing.
            Self::Anonymous => Some(HeaderValue::from_static("Bearer")),
            Self::Identity(IdentityError::Bearer(error)) if !error.is_unavailable() => {
                Some(error.challenge())
            }
            Self::Denied(denied @ Denied::Forbidden(_)) => {
                Some(challenge("insufficient_scope", &denied.to_string(), ""))
            }
            Self::Denied(denied @ Denied::SignInTooOld { max_age }) => Some(challenge(
                "insufficient_user_authentication",
                &denied.to_string(),
                &format!(", max_age=\"{max_age}\""),
            )),
            Self::Identity(_) | Self::Claims(_) | Self::NoLayer => None,
        }
    }
}

impl From<&NotAllowed> for AuthError {
    fn from(error: &NotAllowed) -> Self {
        match error {
            NotAllowed::Anonymous => Self::SignedOut,
            NotAllowed::Identity(IdentityError::Unavailable { .. }) => Self::Unavailable,
            NotAllowed::Identity(IdentityError::Bearer(error)) => match error.status() {
                StatusCode::BAD_REQUEST => Self::BadRequest,
                StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
                _ => Self::TokenRefused,
            },
            NotAllowed::Denied(Denied::Forbidden(_)) => Self::Forbidden,
            NotAllowed::Denied(Denied::SignInTooOld { max_age }) => {
                Self::SignInTooOld { max_age: *max_age }
            }
            NotAllowed::Claims(_) | NotAllowed::NoLayer => Self::Internal,
        }
    }
}

/// Body and challenge are fixed sentences and reason codes. Which providers there are, and what each of them says, is
/// for the log.
impl IntoResponse for NotAllowed {
    fn into_response(self) -> Response {
        if matches!(self, Self::NoLayer) {
            tracing::error!(reason = "layer_missing", "{self}");
        }
        let sentence = AuthError::from(&self).to_string();
        let mut response = (self.status(), sentence).into_response();
        let headers = response.headers_mut();
        if let Some(challenge) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            let wait = match &self {
                Self::Identity(IdentityError::Unavailable { retry_after }) => *retry_after,
                _ => None,
            };
            headers.insert(RETRY_AFTER, retry_after_value(wait));
        }
        response
    }
}

/// `Retry-After` (RFC 9110 §10.2.3), in whole seconds.
pub(in crate::server) fn retry_after_value(retry_after: Option<Duration>) -> HeaderValue {
    // Rounded up: earlier would be too early.
    let seconds = retry_after.map_or(RETRY_SECONDS, |wait| wait.as_secs() + 1);
    HeaderValue::from(seconds)
}
