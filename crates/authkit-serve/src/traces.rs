//! Traces for OpenTelemetry: a span for each request, and below it those that libraries open, sent to a collector by OTLP.
//!
//! With the feature `opentelemetry`, and where `OTEL_EXPORTER_OTLP_ENDPOINT` says. [`Layers`](crate::Layers) puts
//! [`request_traces`] around all routes. Never has a query string, a header or a body, and belongs to a caller's trace only where
//! a trusted proxy says so.

use crate::{
    client_address::TrustedProxies,
    metrics::{known, route},
    telemetry::{are_wanted, is_set},
};
use http::{HeaderMap, Request, Response};
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
use std::{env, path::Path, time::Duration};
use tower_http::trace::{HttpMakeClassifier, MakeSpan, OnResponse, TraceLayer};
use tracing::{Level, Span, Subscriber, field::Empty, level_filters::LevelFilter};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, Targets, filter_fn},
    registry::LookupSpan,
};

/// The variables of OpenTelemetry that say what the program is called.
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
        (!is_disabled && are_wanted()).then(|| {
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

/// A span for each request, which lasts to the end of its answer's body.
pub type RequestTraces = TraceLayer<HttpMakeClassifier, ServerSpan, (), Answered, (), (), ()>;

/// The layer that opens them.
pub fn request_traces(proxies: TrustedProxies) -> RequestTraces {
    TraceLayer::new_for_http()
        .make_span_with(ServerSpan { proxies })
        .on_request(())
        .on_response(Answered)
        .on_body_chunk(())
        .on_eos(())
        .on_failure(())
}

/// Names a request by OpenTelemetry's conventions for HTTP. The trace of a trusted proxy goes on (W3C Trace Context); what
/// anybody else says of one is not read.
#[derive(Clone, Debug)]
pub struct ServerSpan {
    proxies: TrustedProxies,
}

impl<B> MakeSpan<B> for ServerSpan {
    fn make_span(&mut self, request: &Request<B>) -> Span {
        let (method, route) = (known(request.method()), route(request));
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
        if self.proxies.sent(request.extensions()) {
            let headers = Headers(request.headers());
            let parent = TraceContextPropagator::new().extract(&headers);
            // Refused only where nothing follows the span.
            let _ = span.set_parent(parent);
        }
        span
    }
}

/// Adds what the answer says.
#[derive(Clone, Copy, Debug)]
pub struct Answered;

impl<B> OnResponse<B> for Answered {
    fn on_response(self, response: &Response<B>, _: Duration, span: &Span) {
        let status = response.status();
        span.record("http.response.status_code", status.as_u16());
        let id = response.headers().get("x-request-id");
        if let Some(id) = id.and_then(|id| id.to_str().ok()) {
            span.record("request_id", id);
        }
        if status.is_server_error() {
            span.set_status(Status::error(""));
            span.set_attribute("error.type", status.as_str().to_owned());
        }
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
