//! [`Answer`] and [`Refusal`]: how a step of the login ends, before it is known through which door it was asked.
//!
//! Made by the steps. The routes make an HTTP response of them, the server functions hand them on to Leptos.

use crate::{error::AuthError, server::caller::NotAllowed};
use http::{HeaderMap, HeaderValue, StatusCode, header::WWW_AUTHENTICATE};

/// What a step has come to.
pub(crate) struct Answer<T> {
    /// What a script is told.
    pub value: T,
    /// Where the browser goes next, if the step leads it somewhere.
    pub leads_to: Option<String>,
}

impl Answer<()> {
    /// An answer that leads the browser to an address.
    pub fn leading(to: impl Into<String>) -> Self {
        Self {
            value: (),
            leads_to: Some(to.into()),
        }
    }
}

impl<T> Answer<T> {
    /// An answer that tells something.
    pub fn telling(value: T) -> Self {
        Self {
            value,
            leads_to: None,
        }
    }
}

/// Why a step was not taken.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// What the caller is told.
    pub error: AuthError,
    /// What the answer's headers say beside it: which credentials are needed.
    pub headers: HeaderMap,
}

impl From<AuthError> for Refusal {
    fn from(error: AuthError) -> Self {
        let mut headers = HeaderMap::new();
        if error.status_code() == StatusCode::UNAUTHORIZED {
            // RFC 9110 §11.6.1: each 401 says how to authenticate.
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Self { error, headers }
    }
}

impl From<NotAllowed> for Refusal {
    fn from(not_allowed: NotAllowed) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(challenge) = not_allowed.challenge() {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        Self {
            error: AuthError::from(&not_allowed),
            headers,
        }
    }
}
