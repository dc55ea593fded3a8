//! Counts requests by route and status, and measures how long their answers took to make.
//!
//! [`Layers`](crate::Layers) puts [`measure`] around all routes, if the app is measured.

use super::{REQUEST_SECONDS, REQUESTS};
use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::Method;
use std::time::Instant;

/// The route of a request that none has: a file, or an address that is not there.
const NO_ROUTE: &str = "";

/// Counts a request and its answer.
pub async fn measure(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = known(request.method());
    let route = route(&request).to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::histogram!(REQUEST_SECONDS, "route" => route.clone()).record(began.elapsed());
    metrics::counter!(REQUESTS, "method" => method, "route" => route, "status" => status)
        .increment(1);
    response
}

/// The route of a request as the app has written it, such as `/live`; empty if it has none.
pub fn route<B>(request: &http::Request<B>) -> &str {
    let matched = request.extensions().get::<MatchedPath>();
    matched.map_or(NO_ROUTE, MatchedPath::as_str)
}

/// Clients make up methods.
pub fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, middleware::from_fn, routing::get};
    use http::{HeaderValue, Request};
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_route_is_named_as_the_app_has_written_it_whatever_a_client_asks_for() {
        let named = async |request: Request<Body>, next: Next| {
            let route = HeaderValue::from_str(route(&request)).unwrap();
            let mut response = next.run(request).await;
            response.headers_mut().insert("x-route", route);
            response
        };
        let files = Router::new().fallback(get(async || "file"));
        let app = Router::new()
            .route("/notes/{id}", get(async || "note"))
            .nest_service("/pkg", files)
            .fallback(async || "nothing")
            .layer(from_fn(named));
        for (path, route) in [
            ("/notes/17", "/notes/{id}"),
            ("/notes/user%40example.com?code=1", "/notes/{id}"),
            ("/pkg/app.js", ""),
            ("/nowhere/17", ""),
        ] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = app.clone().oneshot(request).await.unwrap();
            assert_eq!(response.headers()["x-route"], route, "{path}");
        }
    }
}
