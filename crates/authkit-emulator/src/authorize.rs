//! `GET /user_management/authorize`: answers at once when the browser is signed in here, asks the
//! person otherwise (RFC 6749 §4.1, OpenID Connect Core §3.1.2). The app's links lead here.
//! With `prompt=none` it must never show a page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::browser_session::{self, Current};
use super::callback::redirect;
use super::context::Context;
use super::pages;
use super::request::{AuthorizeRequest, Prompt, Refusal, Screen};
use super::step_up;
use super::store::model::{State as Memory, User};

/// The handler.
pub async fn get(
    State(context): State<Arc<Context>>,
    request: AuthorizeRequest,
    headers: HeaderMap,
) -> Response {
    let current = browser_session::current(&context, &headers);
    let answerable = current.ok_or(NeedsPerson::SignedOut).and_then(|current| {
        suffices(&context, &request, &current, context.clock.now()).map(|()| current)
    });
    match answerable {
        Ok(current) => step_up::go_home(&context, &request, &current, StatusCode::FOUND),
        Err(reason) if request.prompt == Some(Prompt::None) => {
            let (error, description) = reason.as_error();
            redirect(
                StatusCode::FOUND,
                request.callback.with_error(error, description).as_str(),
            )
        }
        Err(_) => redirect(StatusCode::FOUND, &page_for(&request, request.screen)),
    }
}

/// The address of a page that carries the request along.
pub fn page_for(request: &AuthorizeRequest, screen: Screen) -> String {
    let path = match screen {
        Screen::SignIn => "/sign-in",
        Screen::SignUp => "/sign-up",
    };
    format!("{path}?{}", request.query)
}

/// Why the browser's session alone is no answer.
#[derive(Debug, Clone, Copy)]
pub enum NeedsPerson {
    SignedOut,
    /// The app asked to ask, or too much time has passed.
    Again,
    /// The organization asks for more.
    StepUp,
    Obstacle(Obstacle),
}

impl NeedsPerson {
    /// The errors of OpenID Connect Core §3.1.2.6.
    fn as_error(self) -> (&'static str, &'static str) {
        match self {
            NeedsPerson::SignedOut => ("login_required", "Nobody is signed in."),
            NeedsPerson::Again => ("login_required", "The person has to sign in again."),
            NeedsPerson::StepUp => (
                "interaction_required",
                "The organization asks for more than a signed-in browser.",
            ),
            NeedsPerson::Obstacle(Obstacle::NotMember) => (
                "access_denied",
                "The person is not a member of the organization.",
            ),
            NeedsPerson::Obstacle(Obstacle::OthersInvitation) => {
                ("access_denied", "The invitation is for another address.")
            }
        }
    }
}

fn suffices(
    context: &Context,
    request: &AuthorizeRequest,
    current: &Current,
    now: Timestamp,
) -> Result<(), NeedsPerson> {
    let asked = matches!(request.prompt, Some(Prompt::SelectAccount))
        || (request.screen == Screen::SignUp && request.prompt != Some(Prompt::None));
    if asked || !is_recent(request, current, now) {
        return Err(NeedsPerson::Again);
    }
    context
        .store
        .read(|state| admits(state, request, &current.user))
        .map_err(NeedsPerson::Obstacle)?;
    // With any other prompt the organization asks the person itself.
    let silent = request.prompt == Some(Prompt::None);
    if silent && step_up::asking(context, request, &current.user).is_some() {
        return Err(NeedsPerson::StepUp);
    }
    Ok(())
}

/// Whether the person's last proof is recent enough for `prompt` and `max_age`.
pub fn is_recent(request: &AuthorizeRequest, current: &Current, now: Timestamp) -> bool {
    let age = now.duration_since(current.authenticated_at).as_secs();
    // OpenID Connect Core §3.1.2.1: a max_age of 0 is the same as prompt=login.
    let too_old = |max_age: u32| max_age == 0 || age > i64::from(max_age);
    request.prompt != Some(Prompt::Login) && !request.max_age.is_some_and(too_old)
}

/// Why this person can't be let in by this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    NotMember,
    OthersInvitation,
}

/// Whether the request's organization and invitation are this person's.
pub fn admits(state: &Memory, request: &AuthorizeRequest, user: &User) -> Result<(), Obstacle> {
    let invitation = request
        .invitation_token
        .as_ref()
        .and_then(|it| state.invitations.get(it));
    if invitation.is_some_and(|invitation| invitation.email != user.email) {
        return Err(Obstacle::OthersInvitation);
    }
    let Some(organization) = &request.organization_id else {
        return Ok(());
    };
    let invited = invitation.is_some_and(|it| it.organization_id.as_ref() == Some(organization));
    if invited || state.membership(&user.id, organization).is_some() {
        Ok(())
    } else {
        Err(Obstacle::NotMember)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Refusal::Page(reason) => pages::refusal::page(&reason).into_response(),
            Refusal::Redirect(callback, error, description) => redirect(
                StatusCode::FOUND,
                callback.with_error(error, &description).as_str(),
            ),
        }
    }
}
