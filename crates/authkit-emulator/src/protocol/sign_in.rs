//! `/sign-in`: shows the page, checks the password, and sends the browser home with a code. Caller: the browser, sent by
//! `authorize` with the request in the query. A wrong password and an unknown address must look the same and take the
//! same time.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::pages::sign_in::DevelopmentUser;
use crate::pages::{self, Problem};
use crate::protocol::admission::{NotAdmitted, admits, is_recent};
use crate::protocol::browser_session::{self, Current};
use crate::protocol::origin::OwnPage;
use crate::protocol::request::AuthorizeRequest;
use crate::protocol::step_up;
use crate::state::context::Context;
use crate::state::password;
use crate::state::store::memory::Memory;
use crate::state::store::model::User;

/// Fields of the form. Missing ones count as empty.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SignInForm {
    email: String,
    password: String,
}

/// Shows the page.
pub async fn get(
    State(context): State<Arc<Context>>,
    request: AuthorizeRequest,
    headers: HeaderMap,
) -> Response {
    let email = request.login_hint.clone().unwrap_or_default();
    show(&context, &headers, &request, &email, &[])
}

/// Checks the password.
pub async fn post(
    State(context): State<Arc<Context>>,
    _: OwnPage,
    request: AuthorizeRequest,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Response {
    let user = context
        .store
        .read(|state| state.user_by_email(&form.email).cloned());
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let right = password::verify(form.password, hash).await;
    let Some(user) = user.filter(|_| right) else {
        let wrong = [Problem::at(
            "password",
            "That email and password don’t match.",
        )];
        return show(&context, &headers, &request, &form.email, &wrong);
    };
    match context.store.read(|state| admits(state, &request, &user)) {
        Ok(()) => finish(&context, &headers, &request, &user),
        Err(refused) => {
            let problem = [explain(&context, &request, refused)];
            show(&context, &headers, &request, &form.email, &problem)
        }
    }
}

/// Continues as the user who is signed in already.
pub async fn go_on(
    State(context): State<Arc<Context>>,
    _: OwnPage,
    request: AuthorizeRequest,
    headers: HeaderMap,
) -> Response {
    match may_go_on(&context, &headers, &request) {
        Some(current) => step_up::go_home(&context, &request, &current, StatusCode::SEE_OTHER),
        // Signed out in another tab, for example.
        None => show(&context, &headers, &request, "", &[]),
    }
}

/// The signed-in user, if the request admits them without a new authentication.
pub fn may_go_on(
    context: &Context,
    headers: &HeaderMap,
    request: &AuthorizeRequest,
) -> Option<Current> {
    let current = browser_session::current(context, headers)?;
    let admitted = context
        .store
        .read(|state| admits(state, request, &current.user).is_ok());
    (admitted && is_recent(request, &current, context.clock.now())).then_some(current)
}

/// Starts a browser session and sends the browser home.
pub fn finish(
    context: &Context,
    headers: &HeaderMap,
    request: &AuthorizeRequest,
    user: &User,
) -> Response {
    let (current, cookie) = browser_session::start(context, headers, user);
    cookie.on(step_up::go_home(
        context,
        request,
        &current,
        StatusCode::SEE_OTHER,
    ))
}

/// The problem of a user whom the request does not admit, at the form field to change.
pub fn explain(context: &Context, request: &AuthorizeRequest, refused: NotAdmitted) -> Problem {
    match refused {
        NotAdmitted::OtherInvitee => Problem::at(
            "email",
            "The invitation is for another address. Use the address it was sent to.",
        ),
        NotAdmitted::NotMember => {
            let id = request.organization_id.as_deref().unwrap_or_default();
            let name = context
                .store
                .read(|state| state.organizations.get(id).map(|found| found.name.clone()))
                .unwrap_or_else(|| id.to_owned());
            Problem::at(
                "email",
                format!("This account is not a member of {name}. Use another account, or cancel."),
            )
        }
    }
}

fn show(
    context: &Context,
    headers: &HeaderMap,
    request: &AuthorizeRequest,
    email: &str,
    problems: &[Problem],
) -> Response {
    let current = may_go_on(context, headers, request);
    let emails = context.store.seed().emails();
    let seeded = context
        .store
        .read(|state| development_users(state, &emails));
    let view = pages::sign_in::View {
        request: request.shown(),
        email,
        problems,
        signed_in: current.as_ref().map(|current| &current.user),
        development_users: &seeded,
    };
    pages::sign_in::page(&view).into_response()
}

fn development_users(state: &Memory, emails: &[String]) -> Vec<DevelopmentUser> {
    let seeded = emails.iter().filter_map(|email| state.user_by_email(email));
    let place = |user: &User| {
        let membership = state.memberships.of(&user.id).first()?;
        let organization = state.organizations.get(&membership.organization_id)?;
        Some(format!("{} of {}", membership.role, organization.name))
    };
    seeded
        .map(|user| DevelopmentUser {
            place: place(user).unwrap_or_else(|| "no organization".to_owned()),
            user: user.clone(),
        })
        .collect()
}
