//! `/sign-up`: shows the page, adds a user, and sends the browser home with a code. Caller: the browser, sent by
//! `authorize` or the sign-in page. A user is added only if the request admits them.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::changes::accounts::{self, EmailTaken, NewAccount};
use crate::pages::{self, Problem};
use crate::protocol::admission::admits;
use crate::protocol::origin::OwnPage;
use crate::protocol::request::AuthorizeRequest;
use crate::protocol::sign_in;
use crate::state::context::Context;
use crate::state::email::is_address;
use crate::state::password;

/// Fields of the form. Missing ones count as empty.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SignUpForm {
    email: String,
    first_name: String,
    last_name: String,
    password: String,
}

/// Shows the page.
pub async fn get(
    State(context): State<Arc<Context>>,
    request: AuthorizeRequest,
    headers: HeaderMap,
) -> Response {
    let email = request.login_hint.clone().unwrap_or_default();
    let form = SignUpForm {
        email,
        ..SignUpForm::default()
    };
    show(&context, &headers, &request, &form, &[])
}

/// Adds the user.
pub async fn post(
    State(context): State<Arc<Context>>,
    _: OwnPage,
    request: AuthorizeRequest,
    headers: HeaderMap,
    Form(form): Form<SignUpForm>,
) -> Response {
    let problems = check(&form);
    if !problems.is_empty() {
        return show(&context, &headers, &request, &form, &problems);
    }
    let new = NewAccount {
        email: form.email.clone(),
        email_verified: true,
        password: Some(form.password.clone()),
        first_name: accounts::given(&form.first_name),
        last_name: accounts::given(&form.last_name),
        profile_picture_url: None,
    };
    let user = new.into_user(&context).await;
    if let Err(refused) = context.store.read(|state| admits(state, &request, &user)) {
        let problem = [sign_in::explain(&context, &request, refused)];
        return show(&context, &headers, &request, &form, &problem);
    }
    let added = context
        .store
        .change(|state| accounts::add(&context, state, user));
    match added {
        Ok(user) => sign_in::finish(&context, &headers, &request, &user),
        Err(EmailTaken) => {
            let taken = [Problem::at(
                "email",
                "This email already has an account. Sign in instead.",
            )];
            show(&context, &headers, &request, &form, &taken)
        }
    }
}

fn check(form: &SignUpForm) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !is_address(&form.email) {
        problems.push(Problem::at(
            "email",
            "Enter an email address, such as name@example.com.",
        ));
    }
    if !password::is_strong(&form.password, &form.email) {
        let message =
            "Choose a longer password: at least 10 characters, and not your email address.";
        problems.push(Problem::at("password", message));
    }
    problems
}

fn show(
    context: &Context,
    headers: &HeaderMap,
    request: &AuthorizeRequest,
    form: &SignUpForm,
    problems: &[Problem],
) -> Response {
    let current = sign_in::may_go_on(context, headers, request);
    let signed_in = current.as_ref().map(|current| &current.user);
    let view = pages::sign_up::View {
        request: request.shown(),
        email: &form.email,
        first_name: &form.first_name,
        last_name: &form.last_name,
        problems,
        signed_in,
    };
    pages::sign_up::page(&view).into_response()
}
