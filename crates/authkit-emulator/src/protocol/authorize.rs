//! `GET /user_management/authorize`: answers at once for a browser that is signed in here, otherwise shows a page (RFC 6749
//! §4.1, OpenID Connect Core §3.1.2). Caller: the browser, by a link of the app. With `prompt=none` it must never show
//! a page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;

use crate::pages;
use crate::protocol::admission::{NotAdmitted, admits, is_recent};
use crate::protocol::browser_session::{self, Current};
use crate::protocol::callback::redirect;
use crate::protocol::request::{AuthorizeRequest, Prompt, Screen};
use crate::protocol::step_up;
use crate::state::context::Context;

/// The handler.
pub async fn get(
    State(context): State<Arc<Context>>,
    request: AuthorizeRequest,
    headers: HeaderMap,
) -> Response {
    let current = browser_session::current(&context, &headers);
    let answerable = current.ok_or(NeedsUser::SignedOut).and_then(|current| {
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
        Err(_) => {
            let page = match request.screen {
                Screen::SignIn => pages::address::sign_in(&request.query),
                Screen::SignUp => pages::address::sign_up(&request.query),
            };
            redirect(StatusCode::FOUND, &page)
        }
    }
}

/// Why the browser's session does not answer the request.
#[derive(Debug, Clone, Copy)]
enum NeedsUser {
    SignedOut,
    /// `prompt` or `max_age` requires a new authentication.
    Again,
    /// The organization has a policy.
    StepUp,
    NotAdmitted(NotAdmitted),
}

impl NeedsUser {
    /// The errors of OpenID Connect Core §3.1.2.6.
    fn as_error(self) -> (&'static str, &'static str) {
        match self {
            NeedsUser::SignedOut => ("login_required", "Nobody is signed in."),
            NeedsUser::Again => ("login_required", "The person has to sign in again."),
            NeedsUser::StepUp => (
                "interaction_required",
                "The organization asks for more than a signed-in browser.",
            ),
            NeedsUser::NotAdmitted(NotAdmitted::NotMember) => (
                "access_denied",
                "The person is not a member of the organization.",
            ),
            NeedsUser::NotAdmitted(NotAdmitted::OtherInvitee) => {
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
) -> Result<(), NeedsUser> {
    let asked = matches!(request.prompt, Some(Prompt::SelectAccount))
        || (request.screen == Screen::SignUp && request.prompt != Some(Prompt::None));
    if asked || !is_recent(request, current, now) {
        return Err(NeedsUser::Again);
    }
    context
        .store
        .read(|state| admits(state, request, &current.user))
        .map_err(NeedsUser::NotAdmitted)?;
    // With any other prompt, the step-up page asks the user.
    let silent = request.prompt == Some(Prompt::None);
    if silent && step_up::asking(context, request, current).is_some() {
        return Err(NeedsUser::StepUp);
    }
    Ok(())
}
