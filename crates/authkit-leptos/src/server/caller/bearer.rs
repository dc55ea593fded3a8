//! [`Bearer`]: the access token in a request's `Authorization: Bearer …` header (RFC 6750 §2.1), from mobile apps,
//! services and scripts.
//!
//! The layer reads it before it looks at cookies. Does not verify the token: `authenticate` does. A request with a
//! bearer token gets no cookies and no redirects.

use super::challenge::challenge;
use crate::server::config::BearerTokens;
use crate::server::token::{Refusal, TokenError};
use http::{HeaderMap, HeaderValue, StatusCode, header::AUTHORIZATION};
use secrecy::SecretString;

/// The scheme's name (RFC 6750 §2.1), in any case.
const SCHEME: &str = "bearer";

impl BearerTokens {
    /// Removes bearer credentials that this setting ignores. The request is then like any other: without a session it is
    /// anonymous, and cross-origin writes are refused.
    pub(in crate::server) fn take_out(self, headers: &mut HeaderMap) {
        let are_read = match self {
            Self::Accept => true,
            Self::Programs => !headers.contains_key("sec-fetch-mode"),
            Self::Ignore => false,
        };
        if !are_read && Bearer::is_in(headers) {
            headers.remove(AUTHORIZATION);
        }
    }
}

/// A request's bearer token, or an unreadable header that was meant as one.
pub struct Bearer(Result<SecretString, BearerError>);

/// Why a request's bearer token is not accepted.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BearerError {
    /// The header can't be read: 400.
    #[error(
        "the Authorization header is not one access token: write Bearer, a space and the token"
    )]
    Unreadable,
    /// The request also has a session cookie, of another session: 400 (RFC 6750 §2 allows one method per request).
    #[error(
        "the session cookie and the access token are not of the same session: send one of them"
    )]
    Disagree,
    /// No provider accepts it: 401. Or it could not be checked: 503.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// Its session has ended: 401.
    #[error("the session of this token has ended: sign in again")]
    Ended,
}

impl BearerError {
    /// The reason code for logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable => "bearer_unreadable",
            Self::Disagree => "bearer_disagrees",
            Self::Refused(refusal) => refusal.error.code(),
            Self::Ended => "session_revoked",
        }
    }

    /// Whether the token could not be checked, because its provider's keys cannot be fetched.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Refused(Refusal {
                error: TokenError::CouldNotCheck(_),
                ..
            })
        )
    }

    /// The status to answer with (RFC 6750 §3.1).
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unreadable | Self::Disagree => StatusCode::BAD_REQUEST,
            Self::Refused(_) if self.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(_) | Self::Ended => StatusCode::UNAUTHORIZED,
        }
    }

    /// The challenge for this error. It has a refusal's reason code and not its sentence, which names issuers and
    /// what they expect: the sentence is for the log and for `explain`.
    pub(super) fn challenge(&self) -> HeaderValue {
        let description = match self {
            Self::Refused(_) => format!("The access token is not accepted ({}).", self.code()),
            other => other.to_string(),
        };
        let error = match self.status() {
            StatusCode::BAD_REQUEST => "invalid_request",
            _ => "invalid_token",
        };
        challenge(error, &description, "")
    }
}

impl Bearer {
    /// The token in `headers`; `None` when there is none, or credentials of another scheme.
    ///
    /// A header that begins with the scheme's name counts as a bearer token, readable or not: an unreadable one must
    /// not count as absent, or the request would be taken for a browser's.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let values: Vec<_> = headers.get_all(AUTHORIZATION).iter().collect();
        let begins = |value: &&HeaderValue| {
            let start = value.as_bytes().trim_ascii_start().get(..SCHEME.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(SCHEME.as_bytes()))
        };
        if !values.iter().any(begins) {
            return None;
        }
        let token = match values[..] {
            [value] => token(value),
            _ => None,
        };
        Some(Self(token.ok_or(BearerError::Unreadable)))
    }

    /// The token, not verified yet.
    ///
    /// # Errors
    /// [`BearerError::Unreadable`].
    pub(super) fn token(self) -> Result<SecretString, BearerError> {
        self.0
    }

    /// The token, verified or not; `None` for an unreadable header.
    pub(in crate::server) fn into_token(self) -> Option<SecretString> {
        self.0.ok()
    }

    /// Whether the headers have one. No other site can make a browser send one.
    pub fn is_in(headers: &HeaderMap) -> bool {
        Self::read(headers).is_some()
    }
}

/// What follows the scheme and spaces; `None` unless that is visible ASCII (RFC 9110 §11.4).
fn token(value: &HeaderValue) -> Option<SecretString> {
    let text = value.to_str().ok()?.trim_matches(' ');
    let token = text
        .get(SCHEME.len()..)?
        .strip_prefix(' ')?
        .trim_matches(' ');
    let is_readable = !token.is_empty() && !token.contains('\t');
    is_readable.then(|| token.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_token_of_the_right_scheme_is_read() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
                headers.append(AUTHORIZATION, value);
            }
            Bearer::read(&headers).map(|Bearer(token)| token.is_ok())
        };
        assert_eq!(read(&[]), None);
        assert_eq!(read(&["Basic YTpi"]), None);
        assert_eq!(read(&["Bearer a.b.c"]), Some(true));
        assert_eq!(read(&["bearer   a.b.c"]), Some(true));
        assert_eq!(read(&["Bearer"]), Some(false));
        assert_eq!(read(&["Bearer "]), Some(false));
        assert_eq!(read(&["Bearer a.b.c", "Bearer d.e.f"]), Some(false));
        // Hard to read is not the same as not there.
        for unreadable in [
            "Bearer a.b.\u{fc}",
            "Bearer\ta.b.c",
            "Bearer \ta.b.c",
            "Bearer\u{a0}a.b.c",
            "Bearer=a.b.c",
            "Bearera.b.c",
        ] {
            assert_eq!(read(&[unreadable]), Some(false), "{unreadable}");
        }
        assert_eq!(read(&["Basic YTpi", "Bearer a.b.c"]), Some(false));
        assert_eq!(read(&["Bearer a.b.c", "Basic YTpi"]), Some(false));
        assert_eq!(read(&["\u{fc}"]), None);
    }

    #[test]
    fn credentials_that_are_not_read_are_taken_out_and_others_stay() {
        use BearerTokens::{Accept, Ignore, Programs};
        let browser = ("sec-fetch-mode", "cors");
        for (tokens, authorization, is_browser, stays) in [
            (Accept, "Bearer a.b.c", true, true),
            (Programs, "Bearer a.b.c", true, false),
            (Programs, "Bearer a.b.c", false, true),
            (Programs, "Basic YTpi", true, true),
            (Ignore, "Bearer a.b.c", false, false),
            (Ignore, "bearer=", true, false),
            (Ignore, "Basic YTpi", false, true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(authorization));
            if is_browser {
                headers.insert(browser.0, HeaderValue::from_static(browser.1));
            }
            tokens.take_out(&mut headers);
            let found = headers.contains_key(AUTHORIZATION);
            assert_eq!(found, stays, "{tokens:?} {authorization} {is_browser}");
        }
    }
}
