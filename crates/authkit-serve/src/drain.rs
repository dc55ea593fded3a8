//! Draining: what a process answers between being asked to stop and stopping, so that the proxy in front of it sends its
//! requests elsewhere.
//!
//! `accept` passes each answer through [`Drain::announce`]. How long it lasts is `DRAIN_SECONDS`.

use crate::readiness::READY;
use axum::{
    Router,
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

/// Set once the process has been asked to stop.
#[derive(Clone)]
pub struct Drain(pub CancellationToken);

impl Drain {
    /// Once it is set, the process says at [`READY`] that it is stopping, and asks for each connection to be closed. It answers
    /// everything else as ever. Called when the answer is made, which may have taken long.
    pub fn announce(&self, asked: Asked, answer: Response) -> Response {
        if !self.0.is_cancelled() || answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            return answer;
        }
        let mut answer = match asked {
            Asked::WhetherReady => {
                let no_store = [(CACHE_CONTROL, "no-store")];
                (StatusCode::SERVICE_UNAVAILABLE, no_store, "stopping").into_response()
            }
            Asked::Other => answer,
        };
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(CONNECTION, close);
        answer
    }
}

/// What a request asks.
#[derive(Clone, Copy)]
pub enum Asked {
    /// Whether the process can do its work.
    WhetherReady,
    /// Anything else.
    Other,
}

impl Asked {
    /// By the path of a request.
    pub fn at(path: &str) -> Self {
        match path {
            READY => Self::WhetherReady,
            _ => Self::Other,
        }
    }
}
