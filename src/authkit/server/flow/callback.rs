//! The second step: the browser is back from AuthKit, with a code or with an error.

use super::{Exchange, Screen, fail, sign_in::start, state::State};
use crate::authkit::{
    AuthError, Hints, ReturnTo, SignInFailure,
    server::{
        CheckError, UserEvent, UserSnapshot, answer, attempts::Attempt, core::session::Session,
        origin::is_navigation, token::TokenError, workos::Failure,
    },
};
use http::StatusCode;

/// The parameters of `GET /callback` (RFC 6749 §4.1.2 and §4.1.2.1), as the browser brought them.
pub struct Answer {
    /// The authorization code.
    pub code: Option<String>,
    /// What we sent along.
    pub state: Option<String>,
    /// The error code instead of a code.
    pub error: Option<String>,
}

/// How a callback goes on when there is no session to be had.
enum Otherwise {
    /// Explain; the attempt is over.
    Explain(SignInFailure, &'static str, ReturnTo),
    /// Start again for the user, who did nothing wrong; at most once.
    StartAgain(&'static str, ReturnTo),
}

/// `GET /callback`.
pub async fn callback(answer: Answer) -> Result<(), AuthError> {
    let exchange = Exchange::of_browser()?;
    // An image or a fetch in somebody else's page must not use up this browser's attempts.
    if !is_navigation(&exchange.request.headers) {
        tracing::info!(reason = "not_a_navigation", "callback ignored");
        answer::set_status(StatusCode::BAD_REQUEST);
        return Ok(());
    }
    match finish(&exchange, answer).await {
        Ok(return_to) => answer::redirect(return_to.as_str()),
        Err(Otherwise::Explain(failure, detail, return_to)) => fail(failure, detail, &return_to),
        Err(Otherwise::StartAgain(detail, return_to)) => {
            tracing::info!(reason = "restart", detail, "sign-in started again");
            start(&exchange, Screen::SignIn, Hints::default(), return_to, true).await;
        }
    }
    Ok(())
}

/// The sign-in from here on, in the order of the protocol. Gives where to go.
async fn finish(exchange: &Exchange, answer: Answer) -> Result<ReturnTo, Otherwise> {
    let attempt = match answer.state {
        Some(state) => claim_attempt(exchange, &state, answer.error.is_some()).await?,
        None => return Err(without_state(exchange, answer.code, answer.error).await),
    };
    if let Some(error) = answer.error {
        let failure = match error.as_str() {
            "access_denied" => SignInFailure::Cancelled,
            _ => SignInFailure::Refused,
        };
        return Err(Otherwise::Explain(
            failure,
            "error from AuthKit",
            attempt.return_to,
        ));
    }
    let Some(code) = answer.code else {
        let failure = SignInFailure::CallbackIncomplete;
        return Err(Otherwise::Explain(failure, "no code", attempt.return_to));
    };
    let (session, snapshot) =
        exchange_code(exchange, &code, &attempt)
            .await
            .map_err(|(failure, detail)| {
                Otherwise::Explain(failure, detail, attempt.return_to.clone())
            })?;
    let authkit = &exchange.authkit;
    let stored = authkit.seal(&session).is_ok_and(|sealed| {
        let config = &authkit.inner.cookie;
        exchange
            .cookies
            .set_session(config, &session, &sealed)
            .is_ok()
    });
    if !stored {
        let (failure, detail) = (SignInFailure::Internal, "the session does not fit a cookie");
        return Err(Otherwise::Explain(failure, detail, attempt.return_to));
    }
    // A late answer for the session before must not bring it back.
    if let Some(before) = &exchange.session_id
        && *before != session.session_id
    {
        authkit.replace(before.clone());
    }
    tracing::info!(reason = "signed_in", "session started");
    // Whatever the app makes of it, the user is signed in.
    authkit.tell(UserEvent::SignedIn(snapshot)).await;
    Ok(attempt.return_to)
}

/// The attempt that `state` belongs to, used up by this.
async fn claim_attempt(
    exchange: &Exchange,
    state: &str,
    is_error: bool,
) -> Result<Attempt, Otherwise> {
    let authkit = &exchange.authkit.inner;
    let now = authkit.clock.now();
    let taken = authkit.attempts.take(&exchange.cookies, state).await;
    let Ok(taken) = taken else {
        let (failure, detail) = (SignInFailure::Internal, "attempts can't be read");
        return Err(Otherwise::Explain(failure, detail, ReturnTo::home()));
    };
    if let Some(attempt) = taken {
        let expired = State::has_expired(attempt.started_at, now);
        return match expired && !is_error {
            false => Ok(attempt),
            true if attempt.is_restart => {
                let failure = SignInFailure::AttemptExpired;
                Err(Otherwise::Explain(failure, "expired", attempt.return_to))
            }
            true => Err(Otherwise::StartAgain("expired", attempt.return_to)),
        };
    }
    // No such attempt in this browser. Which of the others was meant can't be told, so none is kept.
    let forgotten = authkit.attempts.forget_all(&exchange.cookies).await;
    match State::open(&authkit.sealer, state) {
        None => Err(Otherwise::Explain(
            SignInFailure::StateInvalid,
            "not our state",
            ReturnTo::home(),
        )),
        Some(ours) if ours.may_start_again(now) && !forgotten.restarted && !is_error => {
            Err(Otherwise::StartAgain("expired", ours.return_to))
        }
        Some(ours) => Err(Otherwise::Explain(
            SignInFailure::AttemptUnknown,
            "used, or another browser's",
            ours.return_to,
        )),
    }
}

/// A callback nobody here asked for: an invitation, an impersonation, or somebody's bookmark.
///
/// A code without state is never exchanged: it could be an attacker's, to sign the user in as
/// somebody else (RFC 9700 §4.7). AuthKit has its session by now, so starting again costs a blink.
async fn without_state(
    exchange: &Exchange,
    code: Option<String>,
    error: Option<String>,
) -> Otherwise {
    let attempts = &exchange.authkit.inner.attempts;
    let forgotten = attempts.forget_all(&exchange.cookies).await;
    let return_to = forgotten.return_to;
    let (failure, detail) = match (code, error) {
        (_, Some(error)) if error == "access_denied" => (SignInFailure::Cancelled, "no state"),
        (_, Some(_)) => (SignInFailure::Refused, "no state"),
        (Some(_), None) if forgotten.restarted => (SignInFailure::AttemptExpired, "no state twice"),
        (Some(_), None) => return Otherwise::StartAgain("no state", return_to),
        (None, None) => (SignInFailure::CallbackIncomplete, "no parameters"),
    };
    Otherwise::Explain(failure, detail, return_to)
}

/// The code for tokens, and the tokens for a session; and who it is, as WorkOS says now.
async fn exchange_code(
    exchange: &Exchange,
    code: &str,
    attempt: &Attempt,
) -> Result<(Session, UserSnapshot), (SignInFailure, &'static str)> {
    let authkit = &exchange.authkit;
    let granted = authkit
        .inner
        .workos
        .exchange_code(code, &attempt.code_verifier)
        .await
        .map_err(|failure| (SignInFailure::from(failure), failure.code()))?;
    let claims = authkit
        .check(&granted.access_token, &granted.user)
        .await
        .map_err(|error| match error {
            CheckError::Token(error @ TokenError::CouldNotCheck(_)) => {
                (SignInFailure::Unreachable, error.code())
            }
            CheckError::Token(error) => (SignInFailure::TokenRefused, error.code()),
            CheckError::OtherSubject => (SignInFailure::TokenRefused, "token_subject"),
        })?;
    let snapshot = UserSnapshot {
        user: granted.user.clone(),
        updated_at: granted.user_updated_at,
    };
    Ok((granted.into_session(&claims), snapshot))
}

impl From<Failure> for SignInFailure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(_) | Failure::Declined { .. } => Self::CodeRefused,
            Failure::Misconfigured => Self::Misconfigured,
            Failure::RateLimited { .. } => Self::RateLimited,
            Failure::Unreachable => Self::Unreachable,
            Failure::Broken { .. } => Self::Broken,
            Failure::Request => Self::Internal,
        }
    }
}
