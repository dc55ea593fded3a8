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
    recent_auth::RecentAuth,
    server::{
        attempts::{Attempt, AttemptError, MAX_RETURN_TO},
        cookie_sealer::random_salt,
        origin::is_asked_by,
        workos::{Failure, Screen},
    },
};
use workos::generate_pkce_pair;

/// The longest `state` of a link, in bytes.
const MAX_APP_STATE: usize = 2_048;

/// What a link asks for that starts a sign-in. Whoever made the link chose it.
pub(crate) struct Asked {
    return_to: ReturnTo,
    /// What the app's hook is told, or why it can't be.
    app_state: Result<Option<String>, (SignInFailure, &'static str)>,
    hints: Hints,
}

impl Asked {
    /// As the link's parameters have it.
    pub fn new(return_to: Option<String>, state: Option<String>, hints: Hints) -> Self {
        Self {
            return_to: ReturnTo::or_home(return_to.as_deref()),
            app_state: match state.filter(|state| !state.is_empty()) {
                Some(state) if state.len() > MAX_APP_STATE => {
                    Err((SignInFailure::StateTooLong, "more than 2,048 bytes"))
                }
                Some(state) if state.contains('\0') => {
                    Err((SignInFailure::StateTooLong, "a NUL in it"))
                }
                state => Ok(state),
            },
            hints,
        }
    }
}

/// `GET /sign-in` and `GET /sign-up`. The layer lets navigations through only.
pub(crate) async fn sign_in(
    exchange: Exchange,
    screen: Screen,
    asked: Asked,
) -> Result<Answer<()>, Refusal> {
    let exchange = exchange.browsers_only()?;
    if let Some(same_page) = exchange.on_the_public_host() {
        return Ok(Answer::leading(same_page));
    }
    if is_asked_by(&exchange.origin(), &exchange.request.headers) {
        return Ok(Answer::leading(begin(&exchange, screen, asked).await));
    }
    let state = exchange.state();
    let user = state.identity().map(|identity| &identity.user);
    let hints = &asked.hints;
    let chooses = hints.choose_who_or_where(user.map(|user| user.email.as_str()));
    let is_sign_up = matches!(screen, Screen::SignUp);
    let next = match &state {
        AuthState::SignedOut if !chooses => begin(&exchange, screen, asked).await,
        // The browser has a session already. A sign-in could replace it with another user's: AuthKit's own session in
        // this browser may belong to another account.
        AuthState::SignedIn(_) if !chooses && !is_sign_up && !hints.ask_again() => {
            tracing::info!(reason = "asked_elsewhere", "signed in already");
            asked.return_to.as_str().to_owned()
        }
        _ => {
            tracing::info!(
                reason = "asked_elsewhere",
                "the user is asked before this sign-in"
            );
            question(&exchange, screen, asked).await
        }
    };
    Ok(Answer::leading(next))
}

/// `POST /auth/continue-sign-in`: the user has read who asks for what, and goes on. The app's layer lets only its
/// own pages post.
pub(crate) async fn continue_sign_in(
    exchange: Exchange,
    screen: Screen,
    asked: Asked,
) -> Result<Answer<()>, Refusal> {
    let exchange = exchange.browsers_only()?;
    Ok(Answer::leading(begin(&exchange, screen, asked).await))
}

/// The address of the app's page that asks the user (RFC 9700 §4.7): an organization, a connection or an account that
/// another site has chosen would else be the user's without a click, and a session of theirs be replaced.
async fn question(exchange: &Exchange, screen: Screen, asked: Asked) -> String {
    let Asked {
        return_to,
        app_state,
        hints,
    } = asked;
    let app_state = match app_state {
        Ok(app_state) => app_state,
        Err(failed) => return fail(exchange, failed, &return_to, None).await,
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if matches!(screen, Screen::SignUp) {
        query.append_pair("screen", "sign-up");
    }
    if !return_to.is_home() {
        query.append_pair("return_to", return_to.as_str());
    }
    if let Some(state) = app_state {
        query.append_pair("state", &state);
    }
    query.extend_pairs(hints.pairs());
    format!("{}?{}", paths::CONFIRM_SIGN_IN, query.finish())
}

/// Starts an attempt as a link asks for it.
async fn begin(exchange: &Exchange, screen: Screen, asked: Asked) -> String {
    let Asked {
        return_to,
        app_state,
        hints,
    } = asked;
    match app_state {
        Ok(app_state) => start(exchange, screen, hints, return_to, app_state, false).await,
        Err(failed) => fail(exchange, failed, &return_to, None).await,
    }
}

/// Starts an attempt; `is_restart` when it was not the user's idea. Gives where the browser goes next.
pub(super) async fn start(
    exchange: &Exchange,
    screen: Screen,
    hints: Hints,
    return_to: ReturnTo,
    app_state: Option<String>,
    is_restart: bool,
) -> String {
    let return_to = return_to.within(MAX_RETURN_TO);
    let told = app_state.clone();
    match prepare(exchange, screen, hints, &return_to, app_state, is_restart) {
        Ok(url) => url,
        Err(failed) => fail(exchange, failed, &return_to, told).await,
    }
}

fn prepare(
    exchange: &Exchange,
    screen: Screen,
    mut hints: Hints,
    return_to: &ReturnTo,
    app_state: Option<String>,
    is_restart: bool,
) -> Result<String, (SignInFailure, &'static str)> {
    let flow = &exchange.flow;
    let no_randomness = (SignInFailure::Internal, "no randomness");
    let pkce = generate_pkce_pair().map_err(|_| no_randomness)?;
    let salt = random_salt().map_err(|_| no_randomness)?;
    let started_at = flow.clock.now();
    let mut max_age = hints
        .max_age()
        .map_err(|_| (SignInFailure::LinkInvalid, "max_age"))?;
    let authenticated_at = exchange
        .state()
        .identity()
        .and_then(|it| it.authenticated_at);
    if max_age.is_some_and(|max_age| {
        authenticated_at.is_some() && RecentAuth::of(authenticated_at, max_age, started_at).is_stale
    }) {
        // By AuthKit's clock it may not be too old yet, and the user be led back and here again.
        max_age = Some(0);
        hints.max_age = Some("0".to_owned());
    }
    let state = State {
        return_to: return_to.clone(),
        started_at,
        is_restart,
    }
    .seal(&flow.sealer, salt);
    let url = flow
        .workos
        .authorization_url(
            exchange.redirect_uri().as_str(),
            screen,
            hints,
            state.clone(),
            pkce.code_challenge,
        )
        .map_err(|failure: Failure| (SignInFailure::Refused, failure.code()))?;
    let attempt = Attempt {
        code_verifier: pkce.code_verifier.into(),
        return_to: return_to.clone(),
        app_state,
        started_at,
        is_restart,
        max_age,
    };
    let started = flow.attempts.start(&exchange.cookies, &state, &attempt);
    started.map_err(|error| match error {
        AttemptError::Seal(_) => no_randomness,
        AttemptError::NoRoom => (SignInFailure::StateTooLong, "no room beside the session"),
    })?;
    Ok(url)
}
