//! Organization policies beyond a password: single sign-on, a second factor, an explicit choice. Callers: `authorize` and
//! the sign-in pages before they issue a code, `refresh` for a session that moves. A session must never enter an
//! organization whose policy it has not met.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::errors::ApiError;
use crate::api::shapes;
use crate::pages;
use crate::protocol::admission::admits;
use crate::protocol::browser_session::{self, Current};
use crate::protocol::callback::redirect;
use crate::protocol::code;
use crate::protocol::origin::OwnPage;
use crate::protocol::request::AuthorizeRequest;
use crate::state::clock;
use crate::state::context::Context;
use crate::state::random;
use crate::state::store::memory::Memory;
use crate::state::store::model::{Organization, Policy, Session, StepUp};

/// Sends the browser home with a code, or shows the step-up page first.
pub fn go_home(
    context: &Context,
    request: &AuthorizeRequest,
    current: &Current,
    status: StatusCode,
) -> Response {
    if let Some(organization) = asking(context, request, current) {
        let ticket = issue_ticket(context, request, current, &organization);
        return pages::step_up::page(&request.shown(), &organization, &ticket).into_response();
    }
    let code = code::issue(context, request, current, None);
    redirect(status, request.callback.with_code(context, &code).as_str())
}

/// The organization of the sign-in, if it has a policy. An impersonation meets none: the user's identity provider and second
/// factor are not the impersonator's.
pub fn asking(
    context: &Context,
    request: &AuthorizeRequest,
    current: &Current,
) -> Option<Organization> {
    if current.impersonator.is_some() {
        return None;
    }
    context.store.read(|state| {
        let id = code::organization_for(state, request, current)?;
        let organization = state.organizations.get(&id)?;
        (organization.policy != Policy::Open).then(|| organization.clone())
    })
}

/// Fields of the form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct StepUpForm {
    ticket: String,
}

/// Accepts the form as proof that the user has met the policy.
pub async fn post(
    State(context): State<Arc<Context>>,
    _: OwnPage,
    request: AuthorizeRequest,
    headers: HeaderMap,
    Form(form): Form<StepUpForm>,
) -> Response {
    let current = browser_session::current(&context, &headers);
    let done = redeem_ticket(&context, &form.ticket);
    let matching = current.zip(done).filter(|(current, done)| {
        done.browser_session == current.fingerprint
            && done.query == request.query
            && asking(&context, &request, current)
                .is_some_and(|it| it.id == done.organization_id && it.policy == done.policy)
            && context
                .store
                .read(|state| admits(state, &request, &current.user).is_ok())
    });
    match matching {
        Some((current, done)) => {
            let code = code::issue(&context, &request, &current, Some(done.policy));
            let home = request.callback.with_code(&context, &code);
            redirect(StatusCode::SEE_OTHER, home.as_str())
        }
        // Expired, signed out in another tab, or a changed policy: start again.
        None => {
            let start = format!("/user_management/authorize?{}", request.query);
            redirect(StatusCode::SEE_OTHER, &start)
        }
    }
}

/// Issues a ticket for the checks done so far. Repeating the request instead would ask again for what `prompt` and
/// `max_age` require.
fn issue_ticket(
    context: &Context,
    request: &AuthorizeRequest,
    current: &Current,
    organization: &Organization,
) -> String {
    let now = context.clock.now();
    let ticket = random::secret();
    let step_up = StepUp {
        browser_session: current.fingerprint.clone(),
        query: request.query.clone(),
        organization_id: organization.id.clone(),
        policy: organization.policy,
        expires_at: clock::after(now, context.lifetimes().code),
    };
    context.store.change(|state| {
        state.tidy(now);
        state.step_ups.insert(random::fingerprint(&ticket), step_up);
    });
    ticket
}

fn redeem_ticket(context: &Context, ticket: &str) -> Option<StepUp> {
    let fingerprint = random::fingerprint(ticket);
    let step_up = context
        .store
        .change(|state| state.step_ups.remove(&fingerprint))?;
    (context.clock.now() < step_up.expires_at).then_some(step_up)
}

/// Refuses a session that has not met the organization's policy. The refresh token stays valid.
pub fn require_met(
    state: &Memory,
    session: &Session,
    organization_id: &str,
) -> Result<(), ApiError> {
    let Some(organization) = state.organizations.get(organization_id) else {
        return Ok(());
    };
    let policy = organization.policy;
    if policy == Policy::Open || session.met.get(organization_id) == Some(&policy) {
        return Ok(());
    }
    let user = state.users.get(&session.user_id).map(shapes::user);
    let body = match policy {
        Policy::Open => return Ok(()),
        Policy::SsoRequired => json!({
            "error": "sso_required",
            "error_description": "User must authenticate using one of the matching connections.",
            "connection_ids": [organization.connection_id()],
        }),
        Policy::MfaEnrollment => json!({
            "code": "mfa_enrollment",
            "message": "The user must enroll in MFA to finish authenticating.",
            "pending_authentication_token": random::secret(),
            "user": user,
        }),
        Policy::SelectionRequired => json!({
            "code": "organization_selection_required",
            "message": "The user must choose an organization to finish their authentication.",
            "pending_authentication_token": random::secret(),
            "organizations": organizations_of(state, &session.user_id),
            "user": user,
        }),
    };
    Err(ApiError::StepUp(body))
}

fn organizations_of(state: &Memory, user_id: &str) -> Vec<Value> {
    let theirs = state.memberships.of(user_id).iter();
    theirs
        .filter_map(|membership| state.organizations.get(&membership.organization_id))
        .map(|it| json!({ "id": it.id, "name": it.name }))
        .collect()
}
