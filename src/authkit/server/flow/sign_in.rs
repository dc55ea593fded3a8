//! The first step: remember the attempt and send the browser to AuthKit.

use super::{Exchange, Screen, fail, state::State};
use crate::authkit::{
    AuthError, Hints, ReturnTo, SignInFailure,
    server::{
        answer,
        attempts::{Attempt, MAX_RETURN_TO},
        origin::is_navigation,
        random_salt,
        workos::Failure,
    },
};
use http::StatusCode;
use workos::generate_pkce_pair;

/// `GET /sign-in` and `GET /sign-up`.
///
/// A prefetch or a script's fetch starts nothing: it would leave attempts behind that nobody
/// finishes, and a script can't follow the redirect to another origin.
pub async fn sign_in(
    screen: Screen,
    return_to: Option<String>,
    hints: Hints,
) -> Result<(), AuthError> {
    let exchange = Exchange::of_browser()?;
    if !is_navigation(&exchange.request.headers) {
        tracing::info!(reason = "not_a_navigation", "sign-in not started");
        answer::set_status(StatusCode::BAD_REQUEST);
        return Ok(());
    }
    if let Some(same_page) = exchange.on_the_public_host() {
        answer::redirect(&same_page);
        return Ok(());
    }
    let return_to = ReturnTo::or_home(return_to.as_deref());
    start(&exchange, screen, hints, return_to, false);
    Ok(())
}

/// Starts an attempt; `is_restart` when it was not the user's idea.
pub(super) fn start(
    exchange: &Exchange,
    screen: Screen,
    hints: Hints,
    return_to: ReturnTo,
    is_restart: bool,
) {
    let return_to = return_to.within(MAX_RETURN_TO);
    match prepare(exchange, screen, hints, &return_to, is_restart) {
        Ok(url) => answer::redirect(&url),
        Err((failure, detail)) => fail(failure, detail, &return_to),
    }
}

fn prepare(
    exchange: &Exchange,
    screen: Screen,
    hints: Hints,
    return_to: &ReturnTo,
    is_restart: bool,
) -> Result<String, (SignInFailure, &'static str)> {
    let authkit = &exchange.authkit.inner;
    let no_randomness = (SignInFailure::Internal, "no randomness");
    let pkce = generate_pkce_pair().map_err(|_| no_randomness)?;
    let salt = random_salt().map_err(|_| no_randomness)?;
    let started_at = authkit.clock.now();
    let state = State {
        return_to: return_to.clone(),
        started_at,
        is_restart,
    }
    .seal(&authkit.sealer, salt);
    let url = authkit
        .workos
        .authorization_url(screen, hints, state.clone(), pkce.code_challenge)
        .map_err(|failure: Failure| (SignInFailure::Refused, failure.code()))?;
    let attempt = Attempt {
        code_verifier: pkce.code_verifier.into(),
        return_to: return_to.clone(),
        started_at,
        is_restart,
    };
    authkit
        .attempts
        .start(&exchange.cookies, &state, &attempt)
        .map_err(|_| no_randomness)?;
    Ok(url)
}
