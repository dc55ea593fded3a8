//! The API of features: `POST /api/<mutation>` for pages, plain forms and programs, and `GET /api/<query>` for programs.
//!
//! Routed by [`Live::routes`], inside of the layer that knows who is calling. Makes the one answer to each call, and the
//! one line in the log.

use super::{
    Live, Query, StoreError,
    key::Key,
    metrics,
    mutate::Mutate,
    perform::NotDone,
    plain_form::{PlainForm, caller_here},
    problem::Problem,
    sent::Sent,
};
use crate::mutation::Done;
use authkit_leptos::server::{
    guard::{Guarded, NotAllowed},
    no_store,
};
use axum::{
    Json,
    extract::{FromRequestParts, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http::{HeaderMap, StatusCode, request::Parts};
use serde_json::value::RawValue;
use std::panic::AssertUnwindSafe;

/// `POST /api/<name>`: a mutation.
pub async fn mutate<M: Mutate>(State(live): State<Live>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let form = PlainForm::of(&parts);
    let caller = Guarded::from_request_parts(&mut parts, &()).await;
    let sent = Sent::read(&parts, body).await;
    let done = match (caller, &sent) {
        (_, Err(problem)) => Err(problem.clone()),
        (Ok(caller), Ok(sent)) => try_to::<M>(&live, caller, &parts.headers, sent).await,
        (Err(not_allowed), Ok(sent)) => {
            let before = done_before::<M>(&live, &parts, sent).await;
            done_or(before, Problem::from(not_allowed))
        }
    };
    if let Err(problem) = &done {
        problem.log(M::NAME);
    }
    let outcome = done.as_ref().map(drop).map_err(Problem::status);
    metrics::mutation(M::NAME, outcome);
    let mut response = match (&form, done) {
        (None, Ok(done)) => Json(done).into_response(),
        (None, Err(problem)) => problem.into_response(),
        (Some(form), Ok(_)) => form.done(),
        (Some(form), Err(problem)) => {
            form.refused(&live, M::NAME, &problem, sent.as_ref().ok())
                .await
        }
    };
    no_store(response.headers_mut());
    response
}

/// What the caller has done by this very request before they lost the right to.
async fn done_before<M: Mutate>(
    live: &Live,
    request: &Parts,
    sent: &Sent,
) -> Result<Option<Done<Box<RawValue>>>, StoreError> {
    let known = || {
        let key = Key::of(&request.headers, sent.key()).ok()??;
        let caller = caller_here(request)?;
        Some((caller, sent.arguments::<M>().ok()?, key))
    };
    match known() {
        Some((caller, arguments, key)) => live.done_before(caller, &arguments, key).await,
        None => Ok(None),
    }
}

/// What was done before, or why it is not done now; a database that does not answer has not said that it was not.
fn done_or(
    before: Result<Option<Done<Box<RawValue>>>, StoreError>,
    why_not: Problem,
) -> Result<Done<Box<RawValue>>, Problem> {
    let before = before.map_err(|error| Problem::of_store(&error))?;
    before.ok_or(why_not)
}

async fn try_to<M: Mutate>(
    live: &Live,
    caller: Guarded<M::Guard>,
    headers: &HeaderMap,
    sent: &Sent,
) -> Result<Done<Box<RawValue>>, Problem> {
    let key = Key::of(headers, sent.key()).map_err(|malformed| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "key_malformed",
            &malformed.to_string(),
        )
    })?;
    let arguments: M = sent.arguments()?;
    if let Some(key) = key.as_ref().filter(|key| key.is_of_another_page(&caller)) {
        let before = live.done_before(&caller, &arguments, key.clone()).await;
        return done_or(before, Problem::of_another_page());
    }
    // A page would else ask again and again for what panics each time.
    let performed = AssertUnwindSafe(live.perform(caller, arguments, key))
        .catch_unwind()
        .await;
    let performed = performed.map_err(|_| Problem::internal("a panic"))?;
    performed.map_err(|not_done: NotDone<M::Refusal>| Problem::from(&not_done))
}

/// `GET /api/<name>`: the answer to a query, as it is now.
pub async fn ask<Q: Query>(
    State(live): State<Live>,
    caller: Result<Guarded<Q::Guard>, NotAllowed>,
    RawQuery(query): RawQuery,
) -> Response {
    let answer = async {
        let caller = caller?;
        let query = Sent::form(query.unwrap_or_default().as_bytes()).arguments()?;
        let preloaded = live.preload_for::<Q>(&caller, query).await;
        preloaded.map_err(|error| Problem::of_store(&error))
    };
    let answer: Result<_, Problem> = answer.await;
    let mut response = match answer {
        Ok(preloaded) => Json(preloaded.answer).into_response(),
        Err(problem) => {
            problem.log(Q::NAME);
            problem.into_response()
        }
    };
    no_store(response.headers_mut());
    response
}
