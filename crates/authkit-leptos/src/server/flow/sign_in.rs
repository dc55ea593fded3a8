//! The first step: remember the attempt and send the browser to AuthKit.

use super::{Exchange, Screen, fail, state::State};
use crate::{
    AuthError, AuthState, Hints, ReturnTo, SignInFailure, paths,
    server::{
        answer,
        attempts::{Attempt, MAX_RETURN_TO},
        cookie_sealer::random_salt,
        origin::is_asked_by,
        workos::Failure,
    },
};
use workos::generate_pkce_pair;

/// `GET /sign-in` and `GET /sign-up`. The layer lets navigations through only.
pub async fn sign_in(
    screen: Screen,
    return_to: Option<String>,
    hints: Hints,
) -> Result<(), AuthError> {
    let exchange = Exchange::of_browser()?;
    if let Some(same_page) = exchange.on_the_public_host() {
        answer::redirect(&same_page);
        return Ok(());
    }
    let return_to = ReturnTo::or_home(return_to.as_deref());
    let app = exchange.authkit.origin();
    if is_asked_by(app, &exchange.request.headers) {
        start(&exchange, screen, hints, return_to, false);
        return Ok(());
    }
    let user = exchange.state.identity().map(|identity| &identity.user);
    let chooses = hints.choose_who_or_where(user.map(|user| user.email.as_str()));
    let is_sign_up = matches!(screen, Screen::SignUp);
    match &exchange.state {
        AuthState::SignedOut if !chooses => start(&exchange, screen, hints, return_to, false),
        // They are signed in already. A sign-in could make them somebody else: AuthKit's own session in this
        // browser may be another user's.
        AuthState::SignedIn(_) if !chooses && !is_sign_up && !hints.ask_again() => {
            tracing::info!(reason = "asked_elsewhere", "signed in already");
            answer::redirect(return_to.as_str());
        }
        _ => {
            tracing::info!(
                reason = "asked_elsewhere",
                "the user is asked before this sign-in"
            );
            answer::redirect(&question(screen, &hints, &return_to));
        }
    }
    Ok(())
}

/// `POST /auth/continue-sign-in`: the user has read who asks for what, and goes on. The app's layer lets only its
/// own pages post.
pub fn continue_sign_in(
    screen: Screen,
    return_to: Option<String>,
    hints: Hints,
) -> Result<(), AuthError> {
    let exchange = Exchange::of_browser()?;
    let return_to = ReturnTo::or_home(return_to.as_deref());
    start(&exchange, screen, hints, return_to, false);
    Ok(())
}

/// The address of the app's page that asks the user (RFC 9700 §4.7): an organization, a connection or an account that
/// another site has chosen would else be the user's without a click, and a session of theirs be replaced.
fn question(screen: Screen, hints: &Hints, return_to: &ReturnTo) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if matches!(screen, Screen::SignUp) {
        query.append_pair("screen", "sign-up");
    }
    if !return_to.is_home() {
        query.append_pair("return_to", return_to.as_str());
    }
    query.extend_pairs(hints.pairs());
    format!("{}?{}", paths::CONFIRM_SIGN_IN, query.finish())
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
