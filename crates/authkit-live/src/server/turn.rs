//! `POST /live/stream`: one turn of a stream, for a page whose WebSocket does not get through.
//!
//! The page says what it would say on a new stream, a message in each line; the answer is what the stream would say at
//! once, with an empty line between two messages. Who may ask, what a session may cost, and what is refused is the same. Never waits for news: over HTTP/1.1 a
//! browser opens six connections to a host, and a page that waits would hold one of them in every tab.

use super::{
    Live, StoreError,
    handshake::{NotOpened, admit},
    registered::Asked,
    stream::{self, MAX_QUERIES},
};
use crate::{
    message::{FromServer, Problem, ToServer},
    query::{Revision, name_and_arguments},
};
use authkit_leptos::server::{AuthKit, Caller, guard::NotAllowed};
use axum::{
    Extension,
    extract::{State, ws::Utf8Bytes},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use std::{sync::atomic::Ordering, time::Duration};
use tokio::time::timeout;

/// How long finding one answer may take, waiting for its turn included.
const PATIENCE: Duration = Duration::from_secs(5);
/// Messages with an empty line between them.
const MEDIA_TYPE: &str = "text/plain; charset=utf-8";

/// Why there is no turn.
#[derive(Debug, thiserror::Error)]
pub enum NoTurn {
    #[error(transparent)]
    NotOpened(#[from] NotOpened),
    #[error("{0}")]
    Malformed(&'static str),
    #[error("The session has sent more messages than it may. Ask again after a while.")]
    TooManyMessages,
}

impl From<NotAllowed> for NoTurn {
    fn from(not_allowed: NotAllowed) -> Self {
        Self::NotOpened(not_allowed.into())
    }
}

impl IntoResponse for NoTurn {
    fn into_response(self) -> Response {
        let text = self.to_string();
        match self {
            Self::NotOpened(refusal) => refusal.into_response(),
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, text).into_response(),
            Self::TooManyMessages => (StatusCode::TOO_MANY_REQUESTS, text).into_response(),
        }
    }
}

/// Answers what is newer than what the page has seen.
pub async fn take(
    State(live): State<Live>,
    caller: Option<Extension<Caller>>,
    authkit: Option<Extension<AuthKit>>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, NoTurn> {
    let caller = admit(&live, caller, authkit, &headers)?;
    let caller = caller.ok_or(NotAllowed::Anonymous)?;
    let mut said: Vec<Utf8Bytes> = Vec::new();
    let mut is_behind = false;
    for (number, line) in body.lines().enumerate() {
        if !caller.place.budget.take_message() {
            return Err(NoTurn::TooManyMessages);
        }
        let (key, seen) = match stream::read(line) {
            Ok(ToServer::Follow { key, seen }) => (key, seen),
            // Nothing is followed in a turn, so there is nothing to leave.
            Ok(ToServer::Leave { .. }) => continue,
            Err((_, reason)) => return Err(NoTurn::Malformed(reason)),
        };
        let asked = match number {
            ..MAX_QUERIES => stream::ask(&live, &caller, &key),
            _ => Err(Problem::TooMany),
        };
        match asked {
            // The permit counts for as long as the answer is looked for.
            Ok((asked, _permit)) => match find(&live, &asked, &seen).await {
                Ok(message) => said.extend(message),
                Err(error) => {
                    is_behind = true;
                    let (query, _) = name_and_arguments(&key);
                    tracing::warn!(reason = "live_query", query, %error, "not answered");
                }
            },
            Err(problem) => said.push(text(&FromServer::Refused { key, problem })),
        }
    }
    if is_behind {
        said.push(text(&FromServer::Behind(true)));
    }
    let lines: Vec<&str> = said.iter().map(Utf8Bytes::as_str).collect();
    let body = lines.join("\n\n");
    Ok(([(CONTENT_TYPE, MEDIA_TYPE)], body).into_response())
}

/// The answer, unless the page has it already. Read from the database: a page that has been with another process may
/// know more than the rooms of this one.
async fn find(
    live: &Live,
    asked: &Asked,
    seen: &Revision,
) -> Result<Option<Utf8Bytes>, StoreError> {
    let rooms = &live.inner.rooms;
    let looking = async {
        let Ok(_place) = rooms.turns.acquire().await else {
            return Err(StoreError::Slow);
        };
        let mut read = rooms.store.read().await?;
        let revision = read.revision(asked.topics.clone()).await?;
        if revision == *seen {
            return Ok(None);
        }
        rooms.runs.fetch_add(1, Ordering::Relaxed);
        asked.question.answer(revision, &mut read).await.map(Some)
    };
    timeout(PATIENCE, looking)
        .await
        .unwrap_or(Err(StoreError::Slow))
}

fn text(message: &FromServer<()>) -> Utf8Bytes {
    // A plain enum of texts and numbers is always JSON.
    message.to_text().unwrap_or_default().into()
}
