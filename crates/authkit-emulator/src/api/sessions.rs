//! `GET /user_management/users/{id}/sessions`: the active sessions of a user. Caller: the app's server, and tools for its
//! operators. Sessions that have ended are never listed, as WorkOS documents it; address and browser are unknown here.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::api::errors::ApiError;
use crate::api::key;
use crate::api::no_store::no_store;
use crate::api::paging::Paging;
use crate::api::shapes;
use crate::bend::endpoint::Endpoint;
use crate::state::context::Context;
use crate::state::store::memory::Memory;
use crate::state::store::model::Session;

/// Lists the sessions by time of creation, newest first by default.
pub async fn list(
    State(context): State<Arc<Context>>,
    Path(user_id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    key::require(&context, &headers, Endpoint::UserSessions)?;
    let paging = parse(query.as_deref().unwrap_or_default())?;
    let now = context.clock.now();
    let answer = context.store.read(|state| {
        if state.users.get(&user_id).is_none() {
            return Err(ApiError::not_found("User", &user_id));
        }
        let mut found = active(state, &user_id, now);
        if !paging.oldest_first {
            found.reverse();
        }
        let shape = |it: &&Session| shapes::session(it, context.session_ends_at(it));
        paging.answer(&found, |it| it.id.as_str(), shape)
    })?;
    Ok(no_store(Json(answer).into_response()))
}

fn parse(query: &str) -> Result<Paging, ApiError> {
    let mut paging = Paging::default();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "before" | "after" | "limit" | "order" => paging.take(&name, &value)?,
            _ => return Err(ApiError::unknown_parameter(&name)),
        }
    }
    Ok(paging)
}

/// The user's sessions that have not ended, oldest first. An impersonation ends by itself.
fn active<'a>(state: &'a Memory, user_id: &str, now: Timestamp) -> Vec<&'a Session> {
    let lives = |it: &&Session| it.ended_at.is_none() && it.ends_at().is_none_or(|end| now < end);
    let mut found: Vec<_> = state.sessions.of(user_id).filter(lives).collect();
    found.sort_by_key(|session| (session.created_at, session.id.as_str()));
    found
}
