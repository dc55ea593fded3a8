//! `/sign-up`: shows the page, makes an account, and sends the browser home with a code. Authorize and
//! the sign-in page lead here. An account is made only for somebody whom the request lets in.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use email_address::{EmailAddress, Options};
use serde::Deserialize;

use super::authorize::admits;
use super::context::Context;
use super::event::Event;
use super::origin::OwnPage;
use super::pages::{self, Problem};
use super::password;
use super::random;
use super::request::AuthorizeRequest;
use super::sign_in;
use super::store::model::User;

/// An address alone, at a domain that mail could be sent to.
const PLAIN_ADDRESS: Options = Options {
    minimum_sub_domains: 2,
    allow_domain_literal: false,
    allow_display_text: false,
};

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
        password: form.password.clone(),
        first_name: given(&form.first_name),
        last_name: given(&form.last_name),
    };
    let user = new.into_user(&context).await;
    if let Err(obstacle) = context.store.read(|state| admits(state, &request, &user)) {
        let problem = [sign_in::explain(&context, &request, obstacle)];
        return show(&context, &headers, &request, &form, &problem);
    }
    match add(&context, user) {
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
    if EmailAddress::parse_with_options(form.email.trim(), PLAIN_ADDRESS).is_err() {
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

/// A person to add.
pub struct NewAccount {
    pub email: String,
    pub password: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
}

impl NewAccount {
    /// The user that this becomes; hashes the password off the async threads.
    pub async fn into_user(self, context: &Context) -> User {
        let password = self.password;
        let hashed = tokio::task::spawn_blocking(move || password::hash(&password)).await;
        let now = context.clock.now();
        User {
            id: random::id("user", &context.clock),
            email: self.email.trim().to_lowercase(),
            // The task fails only while the runtime stops; an empty hash verifies for no password.
            password_hash: hashed.unwrap_or_default(),
            first_name: self.first_name,
            last_name: self.last_name,
            last_sign_in_at: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// The address belongs to somebody.
#[derive(Debug, thiserror::Error)]
#[error("there is a user with this email already")]
pub struct EmailTaken;

/// Adds a user; of two at once with one address, the second is refused.
pub fn add(context: &Context, user: User) -> Result<User, EmailTaken> {
    context.store.change(|state| {
        if state.user_by_email(&user.email).is_some() {
            return Err(EmailTaken);
        }
        context.tell(&Event::UserCreated(&user));
        state.users.insert(user.clone());
        Ok(user)
    })
}

fn given(name: &str) -> Option<String> {
    Some(name.trim())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
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
