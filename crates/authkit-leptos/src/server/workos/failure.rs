//! What a failed call to WorkOS means for us: sorted by what to do, with nothing secret in it.
//!
//! The SDK's own errors carry raw bodies, so they end here and never reach a log.

use crate::switch::Requirement;
use std::time::Duration;
use workos::Error;

/// The longest `Retry-After` that is heeded.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Why WorkOS refuses a code or refresh token: for good, or until the user has signed in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `invalid_grant` (RFC 6749 §5.2): used up, expired, or its session is over.
    Grant,
    /// The organization asks for something this session does not have.
    Required(Requirement),
    /// The user is not a member of the organization.
    NotAMember,
    /// The user has to sign in again for another reason: a second factor, an address to verify.
    SignIn,
}

impl Refusal {
    fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "invalid_grant" => Self::Grant,
            "sso_required" => Self::Required(Requirement::SingleSignOn),
            "mfa_enrollment" => Self::Required(Requirement::MfaEnrollment),
            "organization_selection_required" => Self::Required(Requirement::OrganizationSelection),
            "organization_membership_not_found" => Self::NotAMember,
            "email_verification_required" | "mfa_challenge" => Self::SignIn,
            _ => return None,
        })
    }

    fn code(self) -> &'static str {
        match self {
            Self::Grant => "workos_refused",
            Self::Required(requirement) => requirement.code(),
            Self::NotAMember => "organization_membership_not_found",
            Self::SignIn => "workos_sign_in_required",
        }
    }
}

/// Why a call to WorkOS gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The code or token was refused.
    #[error("WorkOS refused the code or token")]
    Refused(Refusal),
    /// Another HTTP 4xx with a code of its own. Says nothing about the session.
    #[error("WorkOS did not accept the request (HTTP {status})")]
    Declined {
        /// The HTTP status.
        status: u16,
    },
    /// HTTP 401, or an OAuth error that says the same: API key and client id are not right.
    #[error("WorkOS does not accept the API key or client id")]
    Misconfigured,
    /// HTTP 429.
    #[error("WorkOS asks to slow down")]
    RateLimited {
        /// From `Retry-After`, if it was given in seconds.
        retry_after: Option<Duration>,
    },
    /// WorkOS was not asked: too many calls of the kind are under way.
    #[error("too many calls to WorkOS are under way")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// No connection, a broken one, or no answer in time.
    #[error("WorkOS can't be reached")]
    Unreachable,
    /// HTTP 408 or 5xx, or an answer that isn't one.
    #[error("WorkOS answered with an error of its own (HTTP {status})")]
    Broken {
        /// The HTTP status; 200 for a body that could not be read.
        status: u16,
        /// From `Retry-After`, if it was given in seconds.
        retry_after: Option<Duration>,
    },
    /// We could not make the request.
    #[error("the request could not be made")]
    Request,
}

impl Failure {
    /// Whether a refresh that failed like this means that the session is over. Everything else may
    /// be our fault, WorkOS's, or a gateway's, and must not sign a user out.
    #[must_use]
    pub fn ends_session(self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Whether the same request may well succeed later.
    #[must_use]
    pub fn may_pass(self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. } | Self::Busy { .. } | Self::Unreachable | Self::Broken { .. }
        )
    }

    /// How long WorkOS wants to be left alone, or has to be.
    #[must_use]
    pub fn retry_after(self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Broken { retry_after, .. } => retry_after,
            Self::Busy { retry_after } => Some(retry_after),
            _ => None,
        }
    }

    /// The reason code for logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Declined { .. } => "workos_declined",
            Self::Misconfigured => "workos_misconfigured",
            Self::RateLimited { .. } => "workos_rate_limited",
            Self::Busy { .. } => "workos_busy",
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
                Error::Decode(_) => Self::Broken {
                    status: 200,
                    retry_after: None,
                },
                _ => Self::Request,
            };
        };
        let retry_after = answer.retry_after.map(|wait| wait.min(LONGEST_WAIT));
        let refusal = answer.code.as_deref().and_then(Refusal::from_code);
        match (answer.status, answer.code.as_deref()) {
            (401, _) | (_, Some("invalid_client" | "unauthorized_client")) => Self::Misconfigured,
            (429, _) => Self::RateLimited { retry_after },
            (status @ (408 | 500..), _) => Self::Broken {
                status,
                retry_after,
            },
            (status @ 400..500, Some(_)) => {
                refusal.map_or(Self::Declined { status }, Self::Refused)
            }
            // WorkOS gives a code with every answer; without one it is a gateway speaking.
            (status, _) => Self::Broken {
                status,
                retry_after,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workos::ApiError;

    fn answer(status: u16, code: Option<&str>) -> Failure {
        Failure::from(Error::Api(Box::new(ApiError {
            status,
            code: code.map(str::to_owned),
            message: String::new(),
            request_id: None,
            retry_after: None,
            headers: http::HeaderMap::new(),
            raw_body: Vec::new().into(),
        })))
    }

    #[test]
    fn only_a_refusal_of_the_token_itself_ends_a_session() {
        assert!(answer(400, Some("invalid_grant")).ends_session());
        assert!(answer(403, Some("sso_required")).ends_session());
        for (status, code) in [
            (400, Some("invalid_request")),
            (401, Some("unauthorized")),
            (401, None),
            (400, Some("invalid_client")),
            (403, Some("forbidden")),
            (403, None),
            (404, Some("not_found")),
            (408, None),
            (422, Some("invalid")),
            (429, None),
            (500, Some("invalid_grant")),
            (502, None),
        ] {
            assert!(!answer(status, code).ends_session(), "{status} {code:?}");
        }
    }
}
