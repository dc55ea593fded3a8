//! `/`: what this emulator is, and the app's live sessions with a button each, so that a developer sees
//! a revocation travel. Callers: people who look around. Sessions are shown to, and ended by, this
//! machine's browser only: never through a name that merely points here.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;

use super::callback::redirect;
use super::context::Context;
use super::origin::{OwnPage, ThisMachine};
use super::pages::{self, Page};
use super::sessions;
use super::store::model::{Session, State as Memory, User};

/// More would be no page to look at.
const SHOWN: usize = 50;

/// A session as the page shows it.
pub struct LiveSession {
    pub id: String,
    pub user: User,
    pub organization: Option<String>,
    pub began: Timestamp,
}

/// The newest of the live sessions, and how many there are in all.
pub struct LiveSessions {
    pub newest: Vec<LiveSession>,
    pub count: usize,
}

/// Shows the page.
pub async fn get(State(context): State<Arc<Context>>, here: ThisMachine) -> Page {
    let sessions = here.0.then(|| context.store.read(live_sessions));
    pages::home::page(&context, sessions.as_ref())
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct EndForm {
    session_id: String,
}

/// Ends a session, as an administrator would. One that has ended meanwhile is as good as ended.
pub async fn end_session(
    State(context): State<Arc<Context>>,
    _: OwnPage,
    here: ThisMachine,
    Form(form): Form<EndForm>,
) -> Response {
    if !here.0 {
        return pages::refusal::foreign_form().into_response();
    }
    context
        .store
        .change(|state| sessions::end(&context, state, &form.session_id));
    redirect(StatusCode::SEE_OTHER, "/")
}

fn live_sessions(state: &Memory) -> LiveSessions {
    let live = || state.sessions.iter().filter(|it| it.ended_at.is_none());
    LiveSessions {
        newest: live()
            .rev()
            .filter_map(|session| shown(state, session))
            .take(SHOWN)
            .collect(),
        count: live().count(),
    }
}

fn shown(state: &Memory, session: &Session) -> Option<LiveSession> {
    let organization = session.organization_id.as_ref();
    let organization = organization.and_then(|id| state.organizations.get(id));
    Some(LiveSession {
        id: session.id.clone(),
        user: state.users.get(&session.user_id)?.clone(),
        organization: organization.map(|it| it.name.clone()),
        began: session.created_at,
    })
}
