//! Traces for OpenTelemetry: a span for each request, and below it those that libraries open, sent to a collector by OTLP.
//!
//! With the feature `opentelemetry`, and where `OTEL_EXPORTER_OTLP_ENDPOINT` says. [`Layers`](crate::Layers) puts
//! [`trace`] around all routes. Never has a query string, a header or a body, and belongs to a caller's trace only where
//! a trusted proxy says so.

use crate::{
    client_address::TrustedProxies,
    metrics::{known, route},
};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use opentelemetry::{
    propagation::{Extractor, TextMapPropagator},
    trace::{Status, TracerProvider as _},
};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use std::{
    env,
    path::Path,
    pin::Pin,
    task::{Context, Poll},
};
use tracing::{Instrument, Level, Span, Subscriber, field::Empty, level_filters::LevelFilter};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, Targets, filter_fn},
    registry::LookupSpan,
};

/// The variables of OpenTelemetry that say where to, and what the program is called.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];
const SERVICE_NAME: [&str; 2] = ["OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"];

/// Under which sqlx logs each statement.
const STATEMENTS: &str = "sqlx::query";

/// Sends spans for as long as it lives; those that wait are sent when it is dropped.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// `None` where no variable says where to.
    ///
    /// # Errors
    /// [`ExporterBuildError`] for an address that is none.
    pub fn start() -> Option<Result<Self, ExporterBuildError>> {
        let is_disabled = env::var("OTEL_SDK_DISABLED").is_ok_and(|it| it == "true");
        let is_wanted = !is_disabled && ENDPOINTS.iter().any(|it| is_set(it));
        is_wanted.then(|| {
            let exporter = SpanExporter::builder().with_http().build()?;
            let provider = SdkTracerProvider::builder()
                .with_resource(resource())
                .with_batch_exporter(exporter)
                .build();
            Ok(Self { provider })
        })
    }

    /// What gives it the spans: its own, those of the libraries, and each statement of the database, without its values. Of
    /// what is logged it takes what the log has by default.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let tracer: SdkTracer = self.provider.tracer("authkit-serve");
        let filter = Targets::new()
            .with_default(LevelFilter::INFO)
            .with_targets(
                [
                    "authkit_leptos",
                    "authkit_live",
                    "authkit_serve",
                    "authkit_store",
                ]
                .map(|it| (it, LevelFilter::TRACE)),
            )
            .with_target(STATEMENTS, LevelFilter::DEBUG)
            // The span of the log says the same once more, and who asks.
            .with_target("authkit_serve::telemetry", LevelFilter::OFF)
            // What it says of itself is for the log.
            .with_target("opentelemetry", LevelFilter::OFF)
            .with_target("opentelemetry_sdk", LevelFilter::OFF)
            .with_target("opentelemetry-otlp", LevelFilter::OFF)
            .and(filter_fn(|it| {
                it.is_span() || *it.level() <= Level::INFO || it.target() == STATEMENTS
            }));
        OpenTelemetryLayer::new(tracer)
            .with_location(false)
            .with_threads(false)
            .with_filter(filter)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // The SDK has said in the log what it could not send.
        let _ = self.provider.shutdown();
    }
}

fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// Called as the program is, unless a variable of OpenTelemetry says otherwise.
fn resource() -> Resource {
    let resource = Resource::builder();
    if SERVICE_NAME.iter().any(|it| is_set(it)) {
        return resource.build();
    }
    let program = env::args_os().next().unwrap_or_default();
    let name = Path::new(&program).file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    resource.with_service_name(name).build()
}

/// A span for the request, by OpenTelemetry's conventions for HTTP. The trace of a trusted proxy goes on (W3C Trace
/// Context); what anybody else says of one is not read.
pub async fn trace(
    State(proxies): State<TrustedProxies>,
    request: Request,
    next: Next,
) -> Response {
    let (method, route) = (known(request.method()), route(&request));
    let span = tracing::trace_span!(
        "request",
        otel.name = format!("{method} {route}").trim_end(),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        url.path = request.uri().path(),
        request_id = Empty,
    );
    if span.is_disabled() {
        return next.run(request).await;
    }
    if proxies.sent(request.extensions()) {
        let headers = Headers(request.headers());
        let parent = TraceContextPropagator::new().extract(&headers);
        // Refused only where nothing follows the span.
        let _ = span.set_parent(parent);
    }
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    let id = response.headers().get("x-request-id");
    if let Some(id) = id.and_then(|id| id.to_str().ok()) {
        span.record("request_id", id);
    }
    if response.status().is_server_error() {
        span.set_status(Status::error(""));
        span.set_attribute("error.type", response.status().as_str().to_owned());
    }
    response.map(|body| Body::new(Within { span, body }))
}

/// A body whose parts are made within a span, which lasts to the last of them.
struct Within {
    span: Span,
    body: Body,
}

impl http_body::Body for Within {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Self { span, body } = &mut *self;
        let _entered = span.enter();
        Pin::new(body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The headers of a request, as OpenTelemetry reads them.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
