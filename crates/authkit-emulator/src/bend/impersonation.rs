//! `/impersonate`: begins an impersonation, as WorkOS's dashboard does, and leads the browser to the app. Caller: the
//! developer's browser, and tests with one. For browsers of this machine only, as it signs in as anyone.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use url::Url;

use crate::changes::accounts;
use crate::pages::refusal::Reason;
use crate::pages::{self, Problem};
use crate::protocol::browser_session;
use crate::protocol::callback::{Callback, redirect};
use crate::protocol::code;
use crate::protocol::origin::{OwnPage, ThisMachine};
use crate::state::context::Context;
use crate::state::email::is_address;
use crate::state::store::model::Impersonator;

/// Fields of the form. Missing ones count as empty.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ImpersonationForm {
    email: String,
    impersonator: String,
    reason: String,
}

/// Shows the page.
pub async fn get(State(context): State<Arc<Context>>, here: ThisMachine) -> Response {
    let form = ImpersonationForm {
        impersonator: "support@example.com".to_owned(),
        ..ImpersonationForm::default()
    };
    match here.0 {
        true => show(&context, &form, &[]),
        false => pages::refusal::foreign_form().into_response(),
    }
}

/// Signs the browser in as the user, and leads it to the app.
pub async fn post(
    State(context): State<Arc<Context>>,
    _: OwnPage,
    here: ThisMachine,
    headers: HeaderMap,
    Form(form): Form<ImpersonationForm>,
) -> Response {
    if !here.0 {
        return pages::refusal::foreign_form().into_response();
    }
    let user = context
        .store
        .read(|state| state.user_by_email(&form.email).cloned());
    let mut problems = Vec::new();
    if user.is_none() {
        problems.push(Problem::at("email", "No user has this email."));
    }
    if !is_address(&form.impersonator) {
        let message = "Enter an email address, such as name@example.com.";
        problems.push(Problem::at("impersonator", message));
    }
    let Some(user) = user.filter(|_| problems.is_empty()) else {
        return show(&context, &form, &problems);
    };
    let who = Impersonator {
        email: form.impersonator.trim().to_owned(),
        reason: accounts::given(&form.reason),
    };
    let target = match context.initiate_login_uri() {
        Some(uri) => uri,
        None => match callback(&context) {
            // No request asked for the code, so there is no state.
            Some(callback) => {
                let uri = callback.registered_as();
                let code = code::mint(&context, &user, uri, who.clone());
                callback.with_code(&context, &code)
            }
            None => return no_app(),
        },
    };
    let cookie = browser_session::impersonate(&context, &headers, &user, who);
    cookie.on(redirect(StatusCode::SEE_OTHER, target.as_str()))
}

fn callback(context: &Context) -> Option<Callback> {
    let uri = context.redirect_uris.first()?;
    Callback::registered(context, &uri, None)
}

fn no_app() -> Response {
    let sentence = "No redirect URI is registered, so there is no app to lead the browser to.";
    let reason = Reason::new("redirect_uri_missing", sentence);
    pages::refusal::page(&reason).into_response()
}

fn show(context: &Context, form: &ImpersonationForm, problems: &[Problem]) -> Response {
    let uri = context.initiate_login_uri();
    let origin = |uri: &Url| uri.origin().ascii_serialization();
    let callback = || callback(context).map(|it| it.form_target());
    let view = pages::impersonation::View {
        email: &form.email,
        impersonator: &form.impersonator,
        reason: &form.reason,
        problems,
        initiate_login_uri: uri.as_ref().map(Url::as_str),
        form_target: uri.as_ref().map(origin).or_else(callback),
    };
    pages::impersonation::page(&view).into_response()
}
