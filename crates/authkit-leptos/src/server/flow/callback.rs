//! The second step: the browser is back from AuthKit, with a code or with an error.

use super::{
    answer::{Answer, Refusal},
    exchange::Exchange,
    failed::Failed,
    failure::fail,
    sign_in::start,
    state::State,
    token_request::TOO_LONG,
};
use crate::{
    auth::AuthState,
    error::SignInFailure,
    hints::Hints,
    paths::ReturnTo,
    server::{attempts::Attempt, metrics, sign_in_notice::SignInNotice, workos::Screen},
};
use serde::Deserialize;

/// The parameters of `GET /callback` (RFC 6749 §4.1.2 and §4.1.2.1), as the browser brought them.
#[derive(Deserialize)]
pub struct Answered {
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
    Explain(Failed, ReturnTo, Option<String>),
    /// Start again for the user, who did nothing wrong, with the same `state` and `max_age`; at most once.
    StartAgain(&'static str, ReturnTo, Option<String>, Option<u64>),
    /// Go where this sign-in would have led: the user is signed in already, or wanted to know only whether they are.
    GoOn(ReturnTo),
}

/// `GET /callback`. The layer lets navigations through only.
pub(crate) async fn callback(
    exchange: Exchange,
    answered: Answered,
) -> Result<Answer<()>, Refusal> {
    let exchange = exchange.browsers_only()?;
    let next = match finish(&exchange, answered).await {
        Ok(return_to) => return_to.as_str().to_owned(),
        Err(Otherwise::GoOn(return_to)) => {
            let (return_to, _) = SignInNotice::taken_from(&return_to);
            return_to.as_str().to_owned()
        }
        Err(Otherwise::Explain(failed, return_to, app_state)) => {
            fail(&exchange, failed, &return_to, app_state).await
        }
        Err(Otherwise::StartAgain(detail, return_to, app_state, max_age)) => {
            tracing::info!(
                reason = "sign_in_restarted",
                detail,
                "sign-in started again"
            );
            let hints = Hints {
                max_age: max_age.map(|seconds| seconds.to_string()),
                ..Hints::default()
            };
            start(&exchange, Screen::SignIn, hints, return_to, app_state, true).await
        }
    };
    Ok(Answer::leading(next))
}

/// The sign-in from here on, in the order of the protocol. Gives where to go.
async fn finish(exchange: &Exchange, answered: Answered) -> Result<ReturnTo, Otherwise> {
    let Some(state) = answered.state else {
        return Err(without_state(exchange, answered.code, answered.error));
    };
    let attempt = claim_attempt(exchange, &state, answered.error.is_some())?;
    let explain_why = |failed| Err(attempt.clone().explain(failed));
    let explain = |failure, detail| explain_why(Failed::Here(failure, detail));
    if let Some(error) = answered.error {
        return match error.as_str() {
            // OpenID Connect Core §3.1.2.6: the app asked with `prompt=none` whether the browser has a session at
            // AuthKit, and it has none.
            "login_required"
            | "interaction_required"
            | "consent_required"
            | "account_selection_required" => Err(Otherwise::GoOn(attempt.return_to)),
            "access_denied" => explain(SignInFailure::Cancelled, "error from AuthKit"),
            _ => explain(SignInFailure::Refused, "error from AuthKit"),
        };
    }
    let Some(code) = answered.code else {
        return explain(SignInFailure::CallbackIncomplete, "no code");
    };
    let flow = &exchange.flow;
    let requests = &flow.token_requests;
    let granted = match requests
        .redeem(&state, &code, &attempt, exchange.browser())
        .await
    {
        Ok(granted) => granted,
        Err(failed) => return explain_why(failed),
    };
    let config = &flow.cookie;
    let stored = exchange
        .cookies
        .set_session(config, &granted.session, &granted.sealed);
    if stored.is_err() {
        return explain(SignInFailure::TokenTooBig, TOO_LONG);
    }
    // A late answer for the session before must not bring it back.
    if let Some(before) = exchange.caller.session_id()
        && before != granted.session.session_id
    {
        flow.revocations.replace(before.to_owned());
    }
    tracing::info!(reason = "signed_in", "session started");
    metrics::sign_in(Ok(()));
    // What one user was asked to confirm is not for another to go on with.
    let user_before = exchange.caller.running_session().map(|(_, user)| user);
    let is_another = user_before.is_some_and(|user| user != granted.session.user.id);
    let (return_to, not_done) = SignInNotice::taken_from(&attempt.return_to);
    let is_another = attempt.max_age.is_some() && is_another;
    let notice = match is_another {
        true => Some(SignInNotice::AnotherUser),
        // Where no new sign-in was asked for, nothing was held back for it.
        false => not_done.filter(|_| attempt.max_age.is_some()),
    };
    if let Some(notice) = notice {
        flow.sign_in_notices.keep(&exchange.cookies, notice);
    }
    Ok(match &granted.leads_to {
        Some(there) => there.clone(),
        None if is_another => ReturnTo::home(),
        None => return_to,
    })
}

impl Attempt {
    /// Ends it with an explanation.
    fn explain(self, failed: impl Into<Failed>) -> Otherwise {
        Otherwise::Explain(failed.into(), self.return_to, self.app_state)
    }

    /// Starts it again.
    fn again(self, detail: &'static str) -> Otherwise {
        Otherwise::StartAgain(detail, self.return_to, self.app_state, self.max_age)
    }
}

/// The attempt that `state` belongs to, used up by this.
fn claim_attempt(exchange: &Exchange, state: &str, is_error: bool) -> Result<Attempt, Otherwise> {
    let flow = &exchange.flow;
    let now = flow.clock.now();
    if let Some(attempt) = flow.attempts.take(&exchange.cookies, state) {
        let expired = State::has_expired(attempt.started_at, now);
        return match expired && !is_error {
            false => Ok(attempt),
            true if attempt.is_restart => {
                Err(attempt.explain((SignInFailure::AttemptExpired, "expired")))
            }
            true => Err(attempt.again("expired")),
        };
    }
    let explain = |failure, detail, return_to| {
        let failed = Failed::Here(failure, detail);
        Err(Otherwise::Explain(failed, return_to, None))
    };
    match State::open(&flow.sealer, state) {
        None => explain(
            SignInFailure::StateInvalid,
            "not our state",
            ReturnTo::home(),
        ),
        // Back, reload, a restored tab, or one of more tabs than there is room for.
        Some(ours) if matches!(exchange.state(), AuthState::SignedIn(_)) && !is_error => {
            Err(Otherwise::GoOn(ours.return_to))
        }
        Some(ours)
            if !ours.is_restart
                && !is_error
                && !flow.attempts.forget_restarts(&exchange.cookies) =>
        {
            Err(Otherwise::StartAgain(
                "no attempt of its own",
                ours.return_to,
                None,
                None,
            ))
        }
        Some(ours) => explain(
            SignInFailure::AttemptUnknown,
            "used, or another browser's",
            ours.return_to,
        ),
    }
}

/// Handles a callback without `state`: an invitation, an impersonation, or a bookmark. Leaves the attempts of other tabs
/// alone, as it cannot tell which of them was meant.
///
/// A code without state is never exchanged: an attacker could have sent it, to sign the user in to another account
/// (RFC 9700 §4.7). AuthKit has a session by now, so starting again takes no input.
fn without_state(exchange: &Exchange, code: Option<String>, error: Option<String>) -> Otherwise {
    let attempts = &exchange.flow.attempts;
    let newest = attempts.newest(&exchange.cookies);
    let (return_to, app_state) = newest.map_or_else(
        || (ReturnTo::home(), None),
        |attempt| (attempt.return_to, attempt.app_state),
    );
    let (failure, detail) = match (code, error) {
        (_, Some(error)) if error == "access_denied" => (SignInFailure::Cancelled, "no state"),
        (_, Some(_)) => (SignInFailure::Refused, "no state"),
        (Some(_), None) if attempts.forget_restarts(&exchange.cookies) => {
            (SignInFailure::AttemptExpired, "no state twice")
        }
        (Some(_), None) => {
            return Otherwise::StartAgain("no state", return_to, app_state, None);
        }
        (None, None) => (SignInFailure::CallbackIncomplete, "no parameters"),
    };
    Otherwise::Explain(Failed::Here(failure, detail), return_to, app_state)
}
