//! Draining: what a process answers between being asked to stop and stopping, so that the proxy in front of it sends its
//! requests elsewhere.
//!
//! `Server::new` puts [`announce`] around all routes. How long it lasts is `DRAIN_SECONDS`.

use crate::readiness::READY;
use axum::{
    Router,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONNECTION},
};
use tokio_util::sync::CancellationToken;

/// Where a supervisor asks whether the process is alive. Whether it can do its work is asked at [`READY`].
pub const HEALTH: &str = "/healthz";

/// The route at [`HEALTH`], which says `ok` as long as the process answers.
pub fn health() -> Router {
    Router::new().route(HEALTH, get(|| async { "ok" }))
}

/// While `leaving` is set, the process says at [`READY`] that it is stopping, and asks for each connection to be closed. It
/// answers everything else as ever.
pub async fn announce(
    State(leaving): State<CancellationToken>,
    request: Request,
    next: Next,
) -> Response {
    let asks_whether_ready = request.uri().path() == READY;
    let answer = next.run(request).await;
    // Checked after the answer was made, which may have taken long.
    if !leaving.is_cancelled() || answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        return answer;
    }
    let mut answer = match asks_whether_ready {
        true => {
            let no_store = [(CACHE_CONTROL, "no-store")];
            (StatusCode::SERVICE_UNAVAILABLE, no_store, "stopping").into_response()
        }
        false => answer,
    };
    let close = HeaderValue::from_static("close");
    answer.headers_mut().insert(CONNECTION, close);
    answer
}
