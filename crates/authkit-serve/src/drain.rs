//! Draining: what a process answers between being asked to stop and stopping, so that the proxy in front of it sends its
//! requests elsewhere.
//!
//! `Server::new` puts [`announce`] around all routes. How long it lasts is `DRAIN_SECONDS`.

use axum::{
    Router,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderValue, StatusCode, header::CONNECTION};
use tokio_util::sync::CancellationToken;

/// Where proxies and load balancers ask whether the process takes requests.
pub const HEALTH: &str = "/healthz";

/// The route at [`HEALTH`], which says `ok` as long as the process is not asked to stop.
pub fn health() -> Router {
    Router::new().route(HEALTH, get(|| async { "ok" }))
}

/// While `leaving` is set, the process calls itself unhealthy and asks for each connection to be closed. It answers
/// everything else as ever.
pub async fn announce(
    State(leaving): State<CancellationToken>,
    request: Request,
    next: Next,
) -> Response {
    let asks_for_health = request.uri().path() == HEALTH;
    let answer = next.run(request).await;
    // Checked after the answer was made, which may have taken long.
    if !leaving.is_cancelled() || answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        return answer;
    }
    let mut answer = match asks_for_health {
        true => (StatusCode::SERVICE_UNAVAILABLE, "stopping").into_response(),
        false => answer,
    };
    let close = HeaderValue::from_static("close");
    answer.headers_mut().insert(CONNECTION, close);
    answer
}
