//! [`Layers`]: what stands around all routes of an app, in its order.
//!
//! An app's router calls [`Layers::around`] once. Decides nothing about sessions or pages.

use crate::{
    address_limits::AddressLimiter, headers, metrics, request_head, telemetry, trailing_slash,
};
use axum::{Router, body::Body, extract::Request, middleware::from_fn};
use http::{HeaderName, Response, StatusCode, header::CACHE_CONTROL};
use std::{sync::Arc, time::Duration};
use tower::{ServiceBuilder, util::MapRequestLayer};
use tower_http::{
    catch_panic::CatchPanicLayer,
    map_response_body::MapResponseBodyLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
    validate_request::{ValidateRequest, ValidateRequestHeaderLayer},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
    // All by one call of `Router::layer`, and refusals by no `from_fn`: axum boxes what is inside of each of these, and
    // clones all of it for each request.
    pub fn around(self, routes: Router) -> Router {
        let https_only = self.https_only;
        let layers = ServiceBuilder::new()
            .map_response(move |answer: Response<_>| headers::secure(answer, https_only))
            .map_response(without_id_of_one_request);
        #[cfg(feature = "opentelemetry")]
        let layers = layers.layer(crate::traces::request_traces(
            self.limiter.trusted_proxies().clone(),
        ));
        let limiter = Arc::new(self.limiter);
        let layers = layers
            .option_layer(self.is_measured.then(|| from_fn(metrics::measure)))
            .layer(MapRequestLayer::new(without_request_id))
            .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
            .layer(PropagateRequestIdLayer::x_request_id())
            .layer(answering(request_head::refuse))
            .layer(answering(trailing_slash::redirect))
            .layer(answering(move |request| limiter.refuse(request)))
            .layer(MapResponseBodyLayer::new(Body::new))
            .layer(telemetry::request_log())
            .layer(CatchPanicLayer::new())
            .layer(TimeoutLayer::with_status_code(
                StatusCode::SERVICE_UNAVAILABLE,
                self.timeout,
            ));
        routes.layer(layers)
    }
}

/// Answers requests itself for which `answer` has one, and passes the others on.
fn answering<F>(
    answer: F,
) -> ValidateRequestHeaderLayer<impl ValidateRequest<Body, ResponseBody = Body> + Clone>
where
    F: Fn(&Request) -> Option<Response<Body>> + Clone,
{
    #[expect(
        clippy::result_large_err,
        reason = "tower-http wants the answer as an error"
    )]
    ValidateRequestHeaderLayer::custom(move |request: &mut Request| match answer(request) {
        Some(answer) => Err(answer),
        None => Ok(()),
    })
}

/// Removes a client's own request id: it would get into the log and into pages.
fn without_request_id(mut request: Request) -> Request {
    request.headers_mut().remove(REQUEST_ID);
    request
}

/// Removes the id from an answer that shared caches keep: they give it to other requests, too, whose id it is not.
fn without_id_of_one_request<B>(mut answer: Response<B>) -> Response<B> {
    let mut caching = answer.headers().get_all(CACHE_CONTROL).iter();
    if caching.any(|it| it.to_str().is_ok_and(is_for_everybody)) {
        answer.headers_mut().remove(REQUEST_ID);
    }
    answer
}

/// Whether `public` is among these directives (RFC 9111, section 5.2.2.9).
fn is_for_everybody(directives: &str) -> bool {
    let mut directives = directives.split(',');
    directives.any(|it| it.trim().eq_ignore_ascii_case("public"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AddressLimits;
    use axum::routing::get;
    use tower::ServiceExt;

    #[tokio::test]
    async fn only_an_answer_that_caches_give_to_everybody_has_no_request_id() {
        let answer = async |caching: &'static str| {
            let handler = get(async move || ([(CACHE_CONTROL, caching)], "hello"));
            let routes = Router::new().route("/", handler);
            let limiter = AddressLimiter::new(AddressLimits::default());
            let app = Layers::new(limiter).around(routes);
            let request = Request::get("/").header("host", "localhost");
            app.oneshot(request.body(Body::empty()).unwrap())
                .await
                .unwrap()
        };
        for (caching, has_id) in [
            ("public, max-age=31536000, immutable", false),
            ("max-age=3600,Public", false),
            ("private, max-age=3600", true),
            ("no-store", true),
        ] {
            let answer = answer(caching).await;
            let id = answer.headers().get(REQUEST_ID);
            assert_eq!(id.map(|id| id.len()), has_id.then_some(36), "{caching}");
        }
    }
}
