//! [`Layers`]: what stands around all routes of an app, in its order.
//!
//! An app's router calls [`Layers::around`] once. Decides nothing about sessions or pages.

use crate::{
    address_limits::{self, AddressLimiter},
    headers, metrics, request_head, telemetry, trailing_slash,
};
use axum::{
    Router,
    extract::Request,
    middleware::{from_fn, from_fn_with_state},
};
use http::StatusCode;
use std::{sync::Arc, time::Duration};
use tower::{ServiceBuilder, util::MapRequestLayer};
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
};

/// Longest time for making an answer, by default.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The layers around all routes: security headers, a request id, checks of the request's head, addresses without a slash
/// at the end, limits by client address, the log, and answers for panics and for handlers that take too long.
///
/// ```
/// use authkit_serve::{AddressLimiter, AddressLimits, Layers};
/// use axum::{Router, routing::get};
///
/// let limiter = AddressLimiter::new(AddressLimits::default()).count(|_, path| path == "/sign-in");
/// let app = Router::new().route("/", get(|| async { "Hello" }));
/// let app = Layers::new(limiter).https_only(true).around(app);
/// # let _: Router = app;
/// ```
pub struct Layers {
    limiter: AddressLimiter,
    https_only: bool,
    is_measured: bool,
    timeout: Duration,
}

impl Layers {
    /// With these limits, for an app that may be reached over http.
    #[must_use]
    pub fn new(limiter: AddressLimiter) -> Self {
        Self {
            limiter,
            https_only: false,
            is_measured: false,
            timeout: REQUEST_TIMEOUT,
        }
    }

    /// Whether browsers shall never ask this host over http again: `Strict-Transport-Security`, for a year.
    #[must_use]
    pub fn https_only(self, https_only: bool) -> Self {
        Self { https_only, ..self }
    }

    /// Whether requests are counted, for [`metrics`].
    #[must_use]
    pub fn measured(self, is_measured: bool) -> Self {
        Self {
            is_measured,
            ..self
        }
    }

    /// How long an answer may take: 30 seconds by default. Then it is 503.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Puts them around these routes. Routes that are added later are outside of them.
    pub fn around(self, routes: Router) -> Router {
        #[cfg(feature = "opentelemetry")]
        let proxies = self.limiter.trusted_proxies().clone();
        let app = routes.layer(
            ServiceBuilder::new()
                .layer(MapRequestLayer::new(without_request_id))
                .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
                .layer(PropagateRequestIdLayer::x_request_id())
                .layer(from_fn(request_head::check))
                .layer(from_fn(trailing_slash::redirect))
                .layer(from_fn_with_state(
                    Arc::new(self.limiter),
                    address_limits::limit,
                ))
                .layer(telemetry::request_log())
                .layer(CatchPanicLayer::new())
                .layer(TimeoutLayer::with_status_code(
                    StatusCode::SERVICE_UNAVAILABLE,
                    self.timeout,
                )),
        );
        let app = match self.is_measured {
            true => app.layer(from_fn(metrics::measure)),
            false => app,
        };
        #[cfg(feature = "opentelemetry")]
        let app = app.layer(crate::traces::request_traces(proxies));
        headers::secure(app, self.https_only)
    }
}

/// Removes a client's own request id: it would get into the log and into pages.
fn without_request_id(mut request: Request) -> Request {
    request.headers_mut().remove("x-request-id");
    request
}
