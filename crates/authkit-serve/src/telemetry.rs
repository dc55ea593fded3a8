//! The log: a span and a line per request. Never has a query string, a header or a body.
//!
//! Each request has an id, which is in its span, on error pages and in the answer's `x-request-id`, unless caches give that answer
//! to others.

#[cfg(feature = "opentelemetry")]
use crate::traces::Traces;
use crate::{metrics::route, settings::LogFormat};
use http::{Request, Response};
#[cfg(feature = "opentelemetry")]
use opentelemetry_otlp::ExporterBuildError;
use std::{
    io::{self, IsTerminal},
    time::Duration,
};
use tower_http::{
    request_id::RequestId,
    trace::{DefaultOnEos, DefaultOnRequest, HttpMakeClassifier, MakeSpan, OnResponse, TraceLayer},
};
use tracing::{Span, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, fmt, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt,
};

/// The variables of OpenTelemetry that say where traces are sent.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];

/// Writes the log, and sends traces, until it is dropped at the end of the process.
#[must_use = "hold it until the process ends"]
#[derive(Debug)]
pub struct Telemetry {
    #[cfg(feature = "opentelemetry")]
    _traces: Option<Traces>,
}

/// Starts logging to standard error. `RUST_LOG` is the filter, `info` by default, and `LOG_FORMAT` says how a line is
/// written: [`settings::LogFormat`](crate::settings::LogFormat) refuses a wrong one, which is text here.
///
/// With the feature `opentelemetry`, traces are sent where `OTEL_EXPORTER_OTLP_ENDPOINT` says.
///
/// ```
/// let _telemetry = authkit_serve::telemetry::init();
/// ```
pub fn init() -> Telemetry {
    let format = LogFormat::read(|name| std::env::var(name).ok()).unwrap_or_default();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    #[cfg(feature = "opentelemetry")]
    if let Some(traces) = Traces::start() {
        return init_with(format, filter, traces);
    }
    let registry = tracing_subscriber::registry().with(filter);
    // A second call, in tests, changes nothing.
    let _ = registry.with(log(format)).try_init();
    #[cfg(not(feature = "opentelemetry"))]
    if are_wanted() {
        tracing::warn!(
            reason = "traces_not_built",
            "no traces are sent to OTEL_EXPORTER_OTLP_ENDPOINT: this program was built without the feature opentelemetry"
        );
    }
    Telemetry {
        #[cfg(feature = "opentelemetry")]
        _traces: None,
    }
}

/// Whether a variable says where to send traces.
pub(crate) fn are_wanted() -> bool {
    ENDPOINTS.iter().any(|it| is_set(it))
}

/// A variable set to nothing is not set.
pub(crate) fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// The same with traces, whose spans are others than those of the log.
#[cfg(feature = "opentelemetry")]
fn init_with(
    format: LogFormat,
    filter: EnvFilter,
    traces: Result<Traces, ExporterBuildError>,
) -> Telemetry {
    let (traces, problem) = match traces {
        Ok(traces) => (Some(traces), None),
        Err(problem) => (None, Some(problem)),
    };
    let layer = traces.as_ref().map(Traces::layer);
    let registry = tracing_subscriber::registry().with(layer);
    let _ = registry.with(log(format).with_filter(filter)).try_init();
    if let Some(problem) = problem {
        tracing::error!(
            reason = "traces_misconfigured",
            %problem,
            "no traces are sent: OTEL_EXPORTER_OTLP_ENDPOINT or another variable of OpenTelemetry can't be used"
        );
    }
    Telemetry { _traces: traces }
}

/// What writes the log.
fn log<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let mut log = fmt::layer().with_target(false).with_writer(io::stderr);
    // Colours are for people at a terminal, who may have set NO_COLOR. Elsewhere they are noise that each request pays for.
    if !io::stderr().is_terminal() {
        log.set_ansi(false);
    }
    match format {
        LogFormat::Text => log.boxed(),
        LogFormat::Json => log.json().with_target(true).with_span_list(false).boxed(),
    }
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
