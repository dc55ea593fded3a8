//! The routes of the login, for apps without Leptos pages: one of the two doors to the steps in `flow`. The other are
//! the server functions.
//!
//! Merged into an app's router by [`AuthKit::routes`](super::AuthKit::routes). Reads a request's arguments and makes a
//! response of what the step answers; decides nothing.

use super::{
    caller::{Caller, not_allowed::retry_after_value},
    flow::{self, Answer, Answered, Asked, Exchange, Refusal, Screen, page_about},
    negotiation::{is_script_call, lead_to, location, reads_html},
};
use crate::{
    error::{AuthError, SignInFailure},
    hints::Hints,
    paths::{self, ReturnTo},
};
use axum::{
    Form, Json, Router,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{
    StatusCode,
    header::{LOCATION, RETRY_AFTER},
    request::Parts,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// The paths of all steps.
pub(super) const PATHS: [&str; 9] = [
    paths::SIGN_IN,
    paths::SIGN_UP,
    paths::CONTINUE_SIGN_IN,
    paths::CALLBACK,
    paths::SIGN_OUT,
    paths::SESSION,
    paths::ACCESS_TOKEN,
    paths::REFRESH,
    paths::SWITCH_ORGANIZATION,
];

/// What a link or form that starts a sign-in says.
#[derive(Deserialize)]
struct Start {
    screen: Option<String>,
    return_to: Option<String>,
    state: Option<String>,
    #[serde(flatten)]
    hints: Hints,
}

impl Start {
    fn asked(self) -> Asked {
        Asked::new(self.return_to, self.state, self.hints)
    }
}

/// What a form that signs out says.
#[derive(Default, Deserialize)]
struct SignOutTo {
    return_to: Option<String>,
}

/// What a script says that asks for a new token.
#[derive(Default, Deserialize)]
struct RefreshIn {
    organization_id: Option<String>,
}

/// What a form that moves the session says.
#[derive(Deserialize)]
struct SwitchTo {
    organization_id: String,
    return_to: Option<String>,
}

/// A route a step.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let sign_in =
        async |exchange, it: Start| flow::sign_in(exchange, Screen::SignIn, it.asked()).await;
    let sign_up =
        async |exchange, it: Start| flow::sign_in(exchange, Screen::SignUp, it.asked()).await;
    let go_on = async |exchange, it: Start| {
        let screen = Screen::named(it.screen.as_deref());
        flow::continue_sign_in(exchange, screen, it.asked()).await
    };
    let switch = async |exchange, it: SwitchTo| {
        flow::switch_to_organization(exchange, it.organization_id, it.return_to).await
    };
    let sign_out = async |exchange, it: SignOutTo| flow::sign_out(exchange, it.return_to).await;
    let refresh = async |exchange, it: RefreshIn| flow::refresh(exchange, it.organization_id).await;
    Router::new()
        .route(
            paths::REFRESH,
            post(move |request| taken_with(request, refresh)),
        )
        .route(paths::SIGN_IN, get(move |request| asked(request, sign_in)))
        .route(paths::SIGN_UP, get(move |request| asked(request, sign_up)))
        .route(
            paths::CALLBACK,
            get(|request| asked::<Answered, _, _>(request, flow::callback)),
        )
        .route(
            paths::CONTINUE_SIGN_IN,
            post(move |request| asked(request, go_on)),
        )
        .route(
            paths::SWITCH_ORGANIZATION,
            post(move |request| asked(request, switch)),
        )
        .route(
            paths::SIGN_OUT,
            post(move |request| taken_with(request, sign_out)),
        )
        .route(paths::SESSION, get(|request| taken(request, flow::session)))
        .route(
            paths::ACCESS_TOKEN,
            post(|request| taken(request, flow::access_token)),
        )
}

/// A step with arguments, in the query or in the body.
async fn asked<A, T, F>(request: Request, step: impl FnOnce(Exchange, A) -> F) -> Response
where
    A: DeserializeOwned,
    T: Serialize,
    F: Future<Output = Result<Answer<T>, Refusal>>,
{
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let parts = Arc::new(parts);
    let outcome = match Form::from_request(request, &()).await {
        Ok(Form(arguments)) => match Exchange::of(&parts) {
            Ok(exchange) => step(exchange, arguments).await,
            Err(refusal) => Err(refusal),
        },
        // A navigation whose arguments can't be read, such as a callback with a parameter twice, leads to a page.
        Err(_) if paths::is_navigated_to(parts.uri.path()) && !is_script(&parts) => {
            let page = page_about(SignInFailure::CallbackIncomplete, &ReturnTo::home());
            return lead_to(&parts.method, &page);
        }
        Err(_) => Err(AuthError::BadRequest.into()),
    };
    respond(&parts, outcome)
}

/// A step that does without arguments that can't be read: nobody stays signed in for a form's fault.
async fn taken_with<A, T, F>(request: Request, step: impl FnOnce(Exchange, A) -> F) -> Response
where
    A: DeserializeOwned + Default,
    T: Serialize,
    F: Future<Output = Result<Answer<T>, Refusal>>,
{
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let parts = Arc::new(parts);
    let arguments = Form::from_request(request, &()).await;
    let arguments = arguments.map_or_else(|_| A::default(), |Form(arguments)| arguments);
    let outcome = match Exchange::of(&parts) {
        Ok(exchange) => step(exchange, arguments).await,
        Err(refusal) => Err(refusal),
    };
    respond(&parts, outcome)
}

/// A step without arguments, whatever the body holds.
async fn taken<T, F>(request: Request, step: impl FnOnce(Exchange) -> F) -> Response
where
    T: Serialize,
    F: Future<Output = Result<Answer<T>, Refusal>>,
{
    let (parts, _) = request.into_parts();
    let parts = Arc::new(parts);
    let outcome = match Exchange::of(&parts) {
        Ok(exchange) => step(exchange).await,
        Err(refusal) => Err(refusal),
    };
    respond(&parts, outcome)
}

fn respond<T: Serialize>(request: &Parts, outcome: Result<Answer<T>, Refusal>) -> Response {
    match outcome {
        Ok(Answer { value, leads_to }) => match leads_to {
            None => Json(value).into_response(),
            // A script can't follow to another origin: it is told where.
            Some(target) if is_script(request) => {
                ([(LOCATION, location(&target))], Json(value)).into_response()
            }
            Some(target) => lead_to(&request.method, &target),
        },
        Err(Refusal { error, headers }) => {
            let status = error.status_code();
            let mut response = match reads_html(&request.headers) && !is_script(request) {
                true => (status, headers, error.to_string()).into_response(),
                false => (status, headers, Json(error)).into_response(),
            };
            if status == StatusCode::SERVICE_UNAVAILABLE {
                let retry_after = caller(request).and_then(Caller::retry_after);
                let headers = response.headers_mut();
                headers.insert(RETRY_AFTER, retry_after_value(retry_after));
            }
            response
        }
    }
}

fn caller(request: &Parts) -> Option<&Caller> {
    request.extensions.get()
}

fn is_script(request: &Parts) -> bool {
    is_script_call(&request.headers, caller(request))
}
