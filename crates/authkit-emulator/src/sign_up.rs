//! `/sign-up`: shows the page, makes an account, and sends the browser home with a code. Authorize and
//! the sign-in page lead here. An account is made only for somebody whom the request lets in.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::accounts::{self, EmailTaken, NewAccount};
use super::authorize::admits;
use super::context::Context;
use super::origin::OwnPage;
use super::pages::{self, Problem};
use super::password;
use super::request::AuthorizeRequest;
use super::sign_in;

/// What the form sends. Missing fields count as empty.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SignUpForm {
    pub email: String,
    pub first_name: String,
    pub last_name: String,
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

/// Makes the account.
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
    if let Err(obstacle) = context.store.read(|state| admits(state, &request, &user)) {
        let problem = [sign_in::explain(&context, &request, obstacle)];
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
    if !accounts::is_address(&form.email) {
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
        request,
        form,
        problems,
        signed_in,
    };
    pages::sign_up::page(&view).into_response()
}
