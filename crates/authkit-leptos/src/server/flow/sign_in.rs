//! The first step: remember the attempt and send the browser to AuthKit.

use super::{
    answer::{Answer, Refusal},
    exchange::Exchange,
    failure::fail,
    state::State,
};
use crate::{
    auth::AuthState,
    error::SignInFailure,
    hints::Hints,
    paths::{self, ReturnTo},
    server::{
        attempts::{Attempt, MAX_RETURN_TO},
        cookie_sealer::random_salt,
        origin::is_asked_by,
        workos::{Failure, Screen},
    },
};
use workos::generate_pkce_pair;

/// `GET /sign-in` and `GET /sign-up`. The layer lets navigations through only.
pub(crate) async fn sign_in(
    exchange: Exchange,
    screen: Screen,
    return_to: Option<String>,
    hints: Hints,
) -> Result<Answer<()>, Refusal> {
    let exchange = exchange.browsers_only()?;
    if let Some(same_page) = exchange.on_the_public_host() {
        return Ok(Answer::leading(same_page));
    }
    let return_to = ReturnTo::or_home(return_to.as_deref());
    if is_asked_by(&exchange.flow.origin, &exchange.request.headers) {
        let next = start(&exchange, screen, hints, return_to, false);
        return Ok(Answer::leading(next));
    }
    let state = exchange.state();
    let user = state.identity().map(|identity| &identity.user);
    let chooses = hints.choose_who_or_where(user.map(|user| user.email.as_str()));
    let is_sign_up = matches!(screen, Screen::SignUp);
    let next = match &state {
        AuthState::SignedOut if !chooses => start(&exchange, screen, hints, return_to, false),
        // The browser has a session already. A sign-in could replace it with another user's: AuthKit's own session in
        // this browser may belong to another account.
        AuthState::SignedIn(_) if !chooses && !is_sign_up && !hints.ask_again() => {
            tracing::info!(reason = "asked_elsewhere", "signed in already");
            return_to.as_str().to_owned()
        }
        _ => {
            tracing::info!(
                reason = "asked_elsewhere",
                "the user is asked before this sign-in"
            );
            question(screen, &hints, &return_to)
        }
    };
    Ok(Answer::leading(next))
}

/// `POST /auth/continue-sign-in`: the user has read who asks for what, and goes on. The app's layer lets only its
/// own pages post.
pub(crate) async fn continue_sign_in(
    exchange: Exchange,
    screen: Screen,
    return_to: Option<String>,
    hints: Hints,
) -> Result<Answer<()>, Refusal> {
    let exchange = exchange.browsers_only()?;
    let return_to = ReturnTo::or_home(return_to.as_deref());
    let next = start(&exchange, screen, hints, return_to, false);
    Ok(Answer::leading(next))
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

/// Starts an attempt; `is_restart` when it was not the user's idea. Gives where the browser goes next.
pub(super) fn start(
    exchange: &Exchange,
    screen: Screen,
    hints: Hints,
    return_to: ReturnTo,
    is_restart: bool,
) -> String {
    let return_to = return_to.within(MAX_RETURN_TO);
    match prepare(exchange, screen, hints, &return_to, is_restart) {
        Ok(url) => url,
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
    let flow = &exchange.flow;
    let no_randomness = (SignInFailure::Internal, "no randomness");
    let pkce = generate_pkce_pair().map_err(|_| no_randomness)?;
    let salt = random_salt().map_err(|_| no_randomness)?;
    let started_at = flow.clock.now();
    let max_age = hints
        .max_age()
        .map_err(|_| (SignInFailure::LinkInvalid, "max_age"))?;
    let state = State {
        return_to: return_to.clone(),
        started_at,
        is_restart,
    }
    .seal(&flow.sealer, salt);
    let url = flow
        .workos
        .authorization_url(screen, hints, state.clone(), pkce.code_challenge)
        .map_err(|failure: Failure| (SignInFailure::Refused, failure.code()))?;
    let attempt = Attempt {
        code_verifier: pkce.code_verifier.into(),
        return_to: return_to.clone(),
        started_at,
        is_restart,
        max_age,
    };
    flow.attempts
        .start(&exchange.cookies, &state, &attempt)
        .map_err(|_| no_randomness)?;
    Ok(url)
}
