//! Starting and ending sessions of the app, one function each, so that each change tells the webhook. Callers: the
//! exchange of codes, logout, the API, accounts, the home page and control. Nothing else may insert or end a session.

use crate::changes::event::{self, Event};
use crate::state::context::Context;
use crate::state::store::memory::Memory;
use crate::state::store::model::Session;

/// Adds a session.
pub fn start(context: &Context, state: &mut Memory, session: Session) {
    event::tell(context, &Event::SessionCreated(&session));
    state.sessions.insert(session);
}

/// Ends a session and its refresh tokens; `None` for an unknown session. Only the end of a live one is an event.
pub fn end(context: &Context, state: &mut Memory, id: &str) -> Option<Session> {
    let was_live = state.live_session(id).is_some();
    let session = state.end_session(id, context.clock.now())?.clone();
    if was_live {
        event::tell(context, &Event::SessionRevoked(&session));
    }
    Some(session)
}
