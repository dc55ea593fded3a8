//! What Prometheus asks a process for: requests by route and status, and what libraries count by the `metrics` crate.
//!
//! [`Recorder`] keeps the figures of a process, [`Exporter`] serves them at an address of their own, and
//! [`Layers::measured`](crate::Layers::measured) counts requests. A label has a few values known in advance: never a path, a
//! user or a word of a client.

mod exporter;
mod requests;

pub use exporter::{Exporter, Recorder, RecorderError};
#[cfg(feature = "opentelemetry")]
pub(crate) use requests::known;
pub(crate) use requests::{measure, route};

use metrics::Unit;

/// Requests answered, by `method`, `route` and `status`.
pub const REQUESTS: &str = "http_requests_total";
/// Seconds from a request's head to its answer's head, by `route`.
pub const REQUEST_SECONDS: &str = "http_request_duration_seconds";

/// Says what the figures of this crate are.
fn describe() {
    metrics::describe_counter!(REQUESTS, "Requests answered, by method, route and status");
    metrics::describe_histogram!(
        REQUEST_SECONDS,
        Unit::Seconds,
        "Time from a request's head to its answer's head, by route"
    );
}
