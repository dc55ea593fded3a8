//! The middleware that serves faults, one per endpoint of WorkOS. Caller: `routes`. It stands above [`Context`], and
//! the faults themselves (`bend::faults`) below. It must never change the emulator's state: with a fault that answers,
//! the real handler is not called. A lost answer is the exception: the real handler runs and its answer is dropped.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use crate::bend::endpoint::Endpoint;
use crate::bend::faults::Fault;
use crate::state::context::Context;

/// The middleware of one endpoint: counts the call and applies the next fault, if one is set.
pub async fn apply(
    State((context, endpoint)): State<(Arc<Context>, Endpoint)>,
    request: Request,
    next: Next,
) -> Response {
    let Some(fault) = context.faults.count_and_take(endpoint) else {
        return next.run(request).await;
    };
    if fault.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(fault.latency_ms)).await;
    }
    if fault.lose_answer {
        next.run(request).await;
        return broken_connection();
    }
    match answer(&fault) {
        Some(answer) => answer,
        None => next.run(request).await,
    }
}

/// The answer of a fault, if it answers in place of the handler.
fn answer(fault: &Fault) -> Option<Response> {
    if fault.reset {
        return Some(broken_connection());
    }
    let status = StatusCode::from_u16(fault.status?).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match (&fault.html, &fault.json) {
        (Some(html), _) => (status, Html(html.clone())).into_response(),
        (None, Some(json)) => (status, Json(json.clone())).into_response(),
        (None, None) => {
            let message = status.canonical_reason().unwrap_or("Fault");
            (status, Json(serde_json::json!({ "message": message }))).into_response()
        }
    };
    if let Some(seconds) = fault.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Some(response)
}

/// Marks a response that the server must not send: it closes the connection instead.
#[derive(Clone)]
pub struct BreakConnection;

fn broken_connection() -> Response {
    let mut response = StatusCode::BAD_GATEWAY.into_response();
    response.extensions_mut().insert(BreakConnection);
    response
}
