//! The log: a span and a line per request. Never has a query string, a header or a body.
//!
//! Each request has an id, which is in its span, in the answer's `x-request-id` and on error pages.

use crate::{metrics::route, settings::LogFormat};
use http::{Request, Response};
use std::{io, time::Duration};
use tower_http::{
    request_id::RequestId,
    trace::{DefaultOnEos, DefaultOnRequest, HttpMakeClassifier, MakeSpan, OnResponse, TraceLayer},
};
use tracing::Span;
use tracing_subscriber::EnvFilter;

/// Starts logging to standard error. `RUST_LOG` is the filter, `info` by default, and `LOG_FORMAT` says how a line is
/// written: [`settings::LogFormat`](crate::settings::LogFormat) refuses a wrong one, which is text here.
pub fn init() {
    let format = LogFormat::read(|name| std::env::var(name).ok()).unwrap_or_default();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(io::stderr);
    // A second call, in tests, changes nothing.
    let _ = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log
            .json()
            .with_target(true)
            .with_span_list(false)
            .try_init(),
    };
}

/// One span and one line per request.
pub type RequestLog =
    TraceLayer<HttpMakeClassifier, RequestSpan, DefaultOnRequest, ResponseLine, (), DefaultOnEos>;

/// The layer that writes them.
pub fn request_log() -> RequestLog {
    TraceLayer::new_for_http()
        .make_span_with(RequestSpan)
        .on_response(ResponseLine)
        .on_body_chunk(())
}

/// Names the request by method, path and id.
#[derive(Clone, Copy, Debug)]
pub struct RequestSpan;

impl<B> MakeSpan<B> for RequestSpan {
    fn make_span(&mut self, request: &Request<B>) -> Span {
        let id = request
            .extensions()
            .get::<RequestId>()
            .and_then(|id| id.header_value().to_str().ok())
            .unwrap_or("-");
        // Only the path: the query may have codes and states.
        tracing::info_span!(
            "request",
            method = %request.method(),
            path = request.uri().path(),
            route = route(request),
            id,
            // authkit-leptos says who asks, and who acts for a user.
            user = tracing::field::Empty,
            session = tracing::field::Empty,
            impersonator = tracing::field::Empty
        )
    }
}

/// Writes the status and the time taken.
#[derive(Clone, Copy, Debug)]
pub struct ResponseLine;

impl<B> OnResponse<B> for ResponseLine {
    fn on_response(self, response: &Response<B>, latency: Duration, _: &Span) {
        tracing::debug!(
            status = response.status().as_u16(),
            micros = latency.as_micros(),
            "answered"
        );
    }
}
