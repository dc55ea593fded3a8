//! `/`: what this emulator is, and the app's live sessions, each with a button that ends it, so that a developer can watch
//! a revocation arrive. Caller: the developer's browser. Sessions are shown to, and ended by, browsers of this machine
//! only: never under a name that merely resolves to it.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::changes::sessions;
use crate::pages::home::{LiveSession, LiveSessions, View};
use crate::pages::{self, Page};
use crate::protocol::callback::redirect;
use crate::protocol::origin::{OwnPage, ThisMachine};
use crate::state::context::Context;
use crate::state::store::memory::Memory;
use crate::state::store::model::Session;

/// Maximum number of sessions shown.
const SHOWN: usize = 50;

/// Shows the page.
pub async fn get(State(context): State<Arc<Context>>, here: ThisMachine) -> Page {
    pages::home::page(&View {
        client_id: &context.client_id,
        issuer: &context.issuer(),
        redirect_uris: &context.redirect_uris.all(),
        development_users: &context.store.seed().emails(),
        sessions: here.0.then(|| context.store.read(live_sessions)),
        now: context.clock.now(),
    })
}

/// Fields of the form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct EndForm {
    session_id: String,
}

/// Ends a session, as an administrator would. One that has ended already is no error.
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
