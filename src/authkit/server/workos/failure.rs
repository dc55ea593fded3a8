//! What a failed call to WorkOS means for us: sorted by what to do, with nothing secret in it.
//!
//! The SDK's own errors carry raw bodies, so they end here and never reach a log.

use std::time::Duration;
use workos::Error;

/// Why a call to WorkOS gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The code or token was refused for good (RFC 6749 §5.2 `invalid_grant` and its like).
    #[error("WorkOS refused the code or token")]
    Refused,
    /// HTTP 401 or 403 without a known code: API key and client id are not right.
    #[error("WorkOS does not accept the API key or client id")]
    Misconfigured,
    /// HTTP 429.
    #[error("WorkOS asks to slow down")]
    RateLimited {
        /// From `Retry-After`, if it was given in seconds.
        retry_after: Option<Duration>,
    },
    /// No connection, a broken one, or no answer in time.
    #[error("WorkOS can't be reached")]
    Unreachable,
    /// HTTP 408 or 5xx, or an answer that isn't one.
    #[error("WorkOS answered with an error of its own (HTTP {status})")]
    Broken {
        /// The HTTP status; 200 for a body that could not be read.
        status: u16,
    },
    /// We could not make the request.
    #[error("the request could not be made")]
    Request,
}

impl Failure {
    /// Whether the same call may work later, with nothing changed on our side.
    #[must_use]
    pub fn is_transient(self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Unreachable | Self::Broken { .. } => true,
            // A wrong API key says nothing about the session, so it must not end it.
            Self::Misconfigured => true,
            Self::Refused | Self::Request => false,
        }
    }

    /// The reason code for logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Refused => "workos_refused",
            Self::Misconfigured => "workos_misconfigured",
            Self::RateLimited { .. } => "workos_rate_limited",
            Self::Unreachable => "workos_unreachable",
            Self::Broken { .. } => "workos_broken",
            Self::Request => "workos_request",
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let Error::Api(answer) = error else {
            return match error {
                Error::Network(_) => Self::Unreachable,
                Error::Decode(_) => Self::Broken { status: 200 },
                _ => Self::Request,
            };
        };
        match (answer.status, answer.code.as_deref()) {
            (401, _) | (_, Some("invalid_client" | "unauthorized_client")) => Self::Misconfigured,
            (429, _) => Self::RateLimited {
                retry_after: answer.retry_after,
            },
            (408 | 500.., _) => Self::Broken {
                status: answer.status,
            },
            // WorkOS gives a code with every refusal; without one it is a gateway speaking.
            (400..500, Some(_)) => Self::Refused,
            (status, _) => Self::Broken { status },
        }
    }
}
