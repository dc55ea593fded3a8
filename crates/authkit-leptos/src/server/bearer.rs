//! Callers that bring a token of their own: `Authorization: Bearer …` (RFC 6750 §2.1), from apps on
//! phones, services and scripts.
//!
//! Asked by the layer before it looks at cookies. Such a call neither gets cookies nor is redirected,
//! and what it brings is never mixed with what a browser brings along on its own.

use super::{
    AuthKit,
    auth::Auth,
    cookies::AuthCookies,
    identity::UserIdentity,
    token::{JwksError, Refusal, TokenError},
};
use http::{HeaderMap, HeaderValue, StatusCode, header::AUTHORIZATION};
use secrecy::SecretString;
use std::{str::FromStr, sync::Arc};
use tokio::time::Instant;

/// The scheme's name (RFC 6750 §2.1), in any case.
const SCHEME: &str = "bearer";

/// Whose `Authorization: Bearer …` headers are read: `BEARER_TOKENS`. A proxy that signs people in puts a token of its own
/// into every request it passes on, which would stand in for their sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BearerTokens {
    /// Everybody's.
    #[default]
    Accept,
    /// Those of programs. What a browser sends counts by its cookies: each request with Fetch Metadata
    /// (`Sec-Fetch-Mode`), which browsers add over https and on this machine, and no script can leave out.
    Programs,
    /// None: every request is authenticated by its cookies.
    Ignore,
}

/// A value of `BEARER_TOKENS` that is none.
#[derive(Debug, thiserror::Error)]
#[error("is none of accept, programs and ignore")]
pub struct UnknownBearerTokens;

impl FromStr for BearerTokens {
    type Err = UnknownBearerTokens;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value {
            "accept" => Ok(Self::Accept),
            "programs" => Ok(Self::Programs),
            "ignore" => Ok(Self::Ignore),
            _ => Err(UnknownBearerTokens),
        }
    }
}

impl BearerTokens {
    /// Removes bearer credentials that this setting ignores. The request is then like any other: without a session it is
    /// anonymous, and cross-origin writes are refused.
    pub(super) fn take_out(self, headers: &mut HeaderMap) {
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

/// A token that came with a request, or an attempt at one.
pub struct Bearer(Result<SecretString, BearerError>);

/// Why a token that came with a request does not count.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BearerError {
    /// The header can't be read: 400.
    #[error(
        "the Authorization header is not one access token: write Bearer, a space and the token"
    )]
    Unreadable,
    /// A session cookie came with it, and it is another one's: 400 (RFC 6750 §2, one way at a time).
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

    /// Whether nothing is known about the token: its provider's keys can't be had.
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

    /// The challenge that goes with it. Has the reason code of a refusal and not the sentence, which names
    /// issuers and what they expect: that is for the log and for `explain`.
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

/// `WWW-Authenticate: Bearer` with what is missing (RFC 6750 §3). `more` is further parameters, each
/// with a comma before it.
pub(super) fn challenge(error: &str, description: &str, more: &str) -> HeaderValue {
    // Quotation marks, backslashes and all that is not ASCII have no place in it.
    let plain: String = description
        .chars()
        .map(|c| match c {
            '"' | '\\' => '\'',
            ' '..='~' => c,
            _ => '?',
        })
        .collect();
    let value = format!("Bearer error=\"{error}\", error_description=\"{plain}\"{more}");
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("Bearer"))
}

impl Bearer {
    /// The token in `headers`; `None` when there is none, or credentials of another scheme.
    ///
    /// Whatever begins with the scheme's name is an attempt at one: a header that is hard to read must
    /// not count as none, or the request would be taken for a browser's.
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

    /// The token that came, accepted or not; `None` if it can't be read.
    pub(super) fn into_token(self) -> Option<SecretString> {
        self.0.ok()
    }

    /// Whether a request brings one: it is a program's, which no other site can make a browser send.
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

impl AuthKit {
    /// Who sent this token. Logs a refusal, once.
    pub(super) async fn authenticate_bearer(
        &self,
        bearer: Bearer,
        cookies: &AuthCookies,
        deadline: Instant,
    ) -> Auth {
        match self.identify_bearer(bearer, cookies, deadline).await {
            Ok((identity, token)) => {
                let session_id = identity.session_id().map(str::to_owned);
                Auth::of_bearer(Ok(Arc::new(identity)), session_id, Some(token))
            }
            Err(error) => {
                let reason = error.code();
                tracing::info!(reason, "access token refused: {error}");
                Auth::of_bearer(Err(Arc::new(error)), None, None)
            }
        }
    }

    async fn identify_bearer(
        &self,
        Bearer(token): Bearer,
        cookies: &AuthCookies,
        deadline: Instant,
    ) -> Result<(UserIdentity, SecretString), BearerError> {
        let token = token?;
        let verifying = self.inner.verifier.verify(&token);
        let verified = tokio::time::timeout_at(deadline, verifying).await;
        let verified =
            verified.unwrap_or_else(|_| Err(Refusal::undecodable(JwksError::TimedOut.into())))?;
        let expires_at = verified.expires_at;
        let identity = UserIdentity::of_token(verified);
        let own_session = identity.session_id().zip(Some(identity.subject.as_str()));
        if let Some((id, user)) = own_session {
            if self.is_denied(id, user) {
                return Err(BearerError::Ended);
            }
            let issued_at = identity.claim("iat").and_then(serde_json::Value::as_u64);
            self.inner.revoked.note_life(issued_at, expires_at);
        }
        // A cookie that can't be opened says nothing about anybody.
        if let Ok(Some(session)) = cookies.session(&self.inner.cookie, &self.inner.sealer)
            && own_session != Some((&session.session_id, &session.user.id))
        {
            return Err(BearerError::Disagree);
        }
        Ok((identity, token))
    }
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

    #[test]
    fn a_challenge_stays_within_its_quotation_marks() {
        let value = challenge("invalid_token", "kid \"x\\\" \u{fc}\n", "");
        assert_eq!(
            value.to_str().unwrap(),
            "Bearer error=\"invalid_token\", error_description=\"kid 'x'' ??\""
        );
    }
}
