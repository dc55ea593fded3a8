//! `GET /live/stream`, the handshake of a stream: who may open one, and who may not.
//!
//! Called by the router, inside of the layer that knows who is calling. Hands the connection to `stream`,
//! and knows nothing of what is said on it. `turn` admits by the same rules.

use super::{
    Live,
    places::Place,
    stream::{self, Follower},
};
use authkit_leptos::server::{AuthKit, Caller, UserIdentity, guard::NotAllowed};
use axum::{
    Extension,
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, StatusCode,
    header::{HOST, ORIGIN, RETRY_AFTER, SEC_WEBSOCKET_VERSION, UPGRADE},
};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// What is read at once, in bytes. Pages send little, and each stream has such a buffer.
const READ_BUFFER: usize = 1024;
/// `Retry-After` of a 503, in seconds.
const RETRY_SECONDS: &str = "5";

/// Why a stream is not opened.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    #[error("This address is a WebSocket: connect with Upgrade: websocket. {0}")]
    NoUpgrade(WebSocketUpgradeRejection),
    /// Cookies are sent along whoever makes a browser connect, and no other rule keeps other sites
    /// from reading a WebSocket.
    #[error(
        "This stream is for pages of {0}: the Origin of the request is another one, or missing."
    )]
    Origin(String),
    #[error(transparent)]
    Caller(#[from] NotAllowed),
    #[error("This session has as many streams open as it may. Close some of its pages.")]
    TooMany,
    #[error(
        "Too many streams without a session are open. Sign in, or connect again in a few seconds."
    )]
    TooManyAnonymous,
    #[error("The server is stopping. Connect again in a moment.")]
    Closing,
}

impl IntoResponse for NotOpened {
    fn into_response(self) -> Response {
        let text = self.to_string();
        match self {
            Self::NoUpgrade(_) => (
                StatusCode::UPGRADE_REQUIRED,
                [(UPGRADE, "websocket"), (SEC_WEBSOCKET_VERSION, "13")],
                text,
            )
                .into_response(),
            Self::Origin(_) => (StatusCode::FORBIDDEN, text).into_response(),
            Self::Caller(not_allowed) => not_allowed.into_response(),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, text).into_response(),
            Self::Closing | Self::TooManyAnonymous => (
                StatusCode::SERVICE_UNAVAILABLE,
                [(RETRY_AFTER, RETRY_SECONDS)],
                text,
            )
                .into_response(),
        }
    }
}

/// The handshake.
pub async fn open(
    State(live): State<Live>,
    caller: Option<Extension<Caller>>,
    authkit: Option<Extension<AuthKit>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, NotOpened> {
    let upgrade = upgrade.map_err(NotOpened::NoUpgrade)?;
    let follower = admit(&live, caller, authkit, &headers)?;
    let anonymous = match &follower {
        Some(_) => None,
        None => Some(take_anonymous_place(&live)?),
    };
    Ok(upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(stream::MAX_READ)
        .max_frame_size(stream::MAX_READ)
        .on_upgrade(move |socket| {
            let streams = live.inner.streams.clone();
            streams.track_future(async move {
                stream::serve(live, follower, socket).await;
                drop(anonymous);
            })
        }))
}

/// The caller of a request, with a place of the caller's session; `None` for an anonymous caller.
pub fn admit(
    live: &Live,
    caller: Option<Extension<Caller>>,
    authkit: Option<Extension<AuthKit>>,
    headers: &HeaderMap,
) -> Result<Option<Follower>, NotOpened> {
    let (Some(Extension(caller)), Some(Extension(authkit))) = (caller, authkit) else {
        return Err(NotAllowed::NoLayer.into());
    };
    // Every browser says where a page is from. No other site can make it send a token.
    if !is_own_page(headers, authkit.origin()) && !caller.is_bearer() {
        return Err(NotOpened::Origin(authkit.origin().to_owned()));
    }
    let identity = caller.identity().map_err(NotAllowed::from)?;
    if live.inner.closing.is_cancelled() {
        return Err(NotOpened::Closing);
    }
    let follower = identity.map(|identity| {
        Ok(Follower {
            place: take_place(live, identity)?,
            // Before the answer is made: what ends the session from now on ends the stream.
            watch: authkit.watch(identity),
            identity: Box::new(identity.clone()),
        })
    });
    follower.transpose()
}

/// Whether a page of this app asks: one at its public origin, or at the very host that is asked. Where the app has more
/// than one name and its cookies are sent to all, pages live under each.
fn is_own_page(headers: &HeaderMap, public_origin: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(ORIGIN) else {
        return false;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    origin == public_origin || host.is_some() && host == text(HOST)
}

/// One of the places that all anonymous callers share.
fn take_anonymous_place(live: &Live) -> Result<OwnedSemaphorePermit, NotOpened> {
    let place = Arc::clone(&live.inner.anonymous).try_acquire_owned();
    place.map_err(|_| NotOpened::TooManyAnonymous)
}

fn take_place(live: &Live, caller: &UserIdentity) -> Result<Place, NotOpened> {
    let session = caller.session_id().unwrap_or(&caller.token_identifier);
    let place = live.inner.places.take(session);
    place.ok_or_else(|| {
        tracing::warn!(reason = "too_many_streams", "a stream was not opened");
        NotOpened::TooMany
    })
}
