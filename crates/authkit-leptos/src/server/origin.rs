//! Where a request comes from: cross-origin writes are refused, and only a person's navigation
//! starts a sign-in.
//!
//! Server functions have no CSRF protection of their own, so the app puts the layer around them.

use super::{
    caller::bearer::Bearer,
    config::{BearerTokens, Config},
    referer,
};
use futures_util::future::Either;
use http::{HeaderMap, Request, Response};
use std::{
    sync::Arc,
    task::{Context, Poll},
};
use tower::{Layer, Service};
use tower_http::csrf::{ConfigError, Csrf, CsrfLayer};

/// Refuses unsafe methods from other origins with 403, by `Sec-Fetch-Site` and `Origin`; and drops a
/// `Referer` of another origin, to which a server function would lead back.
///
/// Requests with neither header, which no browser sends, pass: there is no cookie to abuse. So do
/// requests that bring a token: no other site can make a browser send one, and their cookies don't count.
///
/// ```no_run
/// # use authkit_leptos::server::{AuthKit, Config, same_origin_layer};
/// # fn body(config: &Config, authkit: AuthKit, pages: axum::Router) -> Result<(), tower_http::csrf::ConfigError> {
/// let app = pages.layer(authkit.layer()).layer(same_origin_layer(config)?);
/// # Ok(()) }
/// ```
///
/// # Errors
/// When the origin of the redirect URI is not one a browser can send.
pub fn same_origin_layer(config: &Config) -> Result<SameOriginLayer, ConfigError> {
    let redirect_uri = &config.redirect_uri;
    let csrf = CsrfLayer::new().add_trusted_origin(redirect_uri.origin())?;
    let origin = redirect_uri.origin().into();
    let bearer_tokens = config.bearer_tokens;
    Ok(SameOriginLayer {
        csrf,
        origin,
        bearer_tokens,
    })
}

/// Makes [`SameOrigin`]s: see [`same_origin_layer`].
#[derive(Clone)]
pub struct SameOriginLayer {
    csrf: CsrfLayer,
    origin: Arc<str>,
    bearer_tokens: BearerTokens,
}

/// The inner service, for requests of this origin and for those that bring a token.
#[derive(Clone)]
pub struct SameOrigin<S> {
    csrf: CsrfLayer,
    origin: Arc<str>,
    bearer_tokens: BearerTokens,
    inner: S,
}

impl<S> Layer<S> for SameOriginLayer {
    type Service = SameOrigin<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SameOrigin {
            csrf: self.csrf.clone(),
            origin: Arc::clone(&self.origin),
            bearer_tokens: self.bearer_tokens,
            inner,
        }
    }
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for SameOrigin<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>> + Clone,
    ResponseBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<<Csrf<S> as Service<Request<RequestBody>>>::Future, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        referer::drop_foreign(request.headers_mut(), &self.origin);
        self.bearer_tokens.take_out(request.headers_mut());
        if Bearer::is_in(request.headers()) {
            return Either::Right(self.inner.call(request));
        }
        // The service that is ready goes with this request; a fresh clone waits for the next.
        let fresh = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, fresh);
        Either::Left(self.csrf.layer(ready).call(request))
    }
}

/// Whether a request is somebody going to a page: not a prefetch, a fetch by script, or an image
/// (W3C Fetch Metadata; `Purpose` and `X-Moz` in older browsers).
///
/// Clients that send none of the headers are given the benefit of the doubt.
pub(crate) fn is_navigation(headers: &HeaderMap) -> bool {
    // A service worker that passes a navigation on leaves it empty, and no script can say "navigate".
    is_navigation_of(headers, &["document", "empty"])
}

/// Whether a browser goes to a page inside a frame.
pub(crate) fn is_navigation_of_a_frame(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-dest") && is_navigation_of(headers, &["iframe", "frame"])
}

fn is_navigation_of(headers: &HeaderMap, destinations: &[&str]) -> bool {
    let is = |name: &str, expected: &[&str]| {
        headers.get(name).is_none_or(|value| {
            let is = |expected: &&str| value.as_bytes().eq_ignore_ascii_case(expected.as_bytes());
            expected.iter().any(is)
        })
    };
    let says_prefetch = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| {
                let value = value.to_ascii_lowercase();
                value.contains("prefetch") || value.contains("prerender")
            })
    };
    is("sec-fetch-mode", &["navigate"])
        && is("sec-fetch-dest", destinations)
        && !["sec-purpose", "purpose", "x-purpose", "x-moz"]
            .into_iter()
            .any(says_prefetch)
}

/// Whether the request has Fetch Metadata that says it is a navigation.
pub(crate) fn is_surely_a_navigation(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-mode") && is_navigation(headers)
}

/// Whether a page of the app at `origin` led here (Fetch Metadata); of browsers that do not say, by `Referer`. An
/// address that was typed, and a link in an e-mail, come from nowhere.
pub(crate) fn is_asked_by(origin: &str, headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers
            .get(http::header::REFERER)
            .and_then(|referer| referer.to_str().ok()?.strip_prefix(origin))
            .is_some_and(|path| path.is_empty() || path.starts_with('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::AUTHORIZATION;
    use std::{
        convert::Infallible,
        future::{Ready, ready},
        sync::atomic::{AtomicUsize, Ordering},
    };
    use tower::ServiceExt;

    /// Counts the calls of `poll_ready`, and requires one before each call.
    #[derive(Default)]
    struct Limited {
        reserved: Arc<AtomicUsize>,
        is_ready: bool,
    }

    impl Clone for Limited {
        fn clone(&self) -> Self {
            Self {
                reserved: Arc::clone(&self.reserved),
                is_ready: false,
            }
        }
    }

    impl Service<Request<()>> for Limited {
        type Response = Response<String>;
        type Error = Infallible;
        type Future = Ready<Result<Response<String>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            self.reserved.fetch_add(1, Ordering::Relaxed);
            self.is_ready = true;
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            assert!(
                std::mem::take(&mut self.is_ready),
                "called before it was ready"
            );
            ready(Ok(Response::new("through".to_owned())))
        }
    }

    #[tokio::test]
    async fn one_call_reserves_one_place_in_the_inner_service() {
        let inner = Limited::default();
        let layer = SameOriginLayer {
            csrf: CsrfLayer::new(),
            origin: "https://app.example".into(),
            bearer_tokens: BearerTokens::Accept,
        };
        let mut service = layer.layer(inner.clone());
        for (calls, request) in [
            Request::post("/").header(AUTHORIZATION, "Bearer a.b.c"),
            Request::post("/").header("sec-fetch-site", "same-origin"),
            Request::post("/").header("sec-fetch-site", "same-origin"),
        ]
        .into_iter()
        .enumerate()
        {
            let request = request.body(()).unwrap();
            let answer = service.ready().await.unwrap().call(request).await.unwrap();
            assert_eq!(answer.into_body(), "through");
            assert_eq!(inner.reserved.load(Ordering::Relaxed), calls + 1);
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_navigation_is_told_from_a_prefetch_and_a_fetch() {
        let document = [
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        assert!(is_navigation(&headers(&document)));
        assert!(is_navigation(&HeaderMap::new()));
        for (name, value) in [
            ("sec-purpose", "prefetch;prerender"),
            ("purpose", "prefetch"),
            ("x-moz", "prefetch"),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "image"),
            ("sec-fetch-dest", "iframe"),
        ] {
            assert!(
                !is_navigation(&headers(&[(name, value)])),
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn a_navigation_of_a_frame_is_told_from_what_else_a_page_loads() {
        let sent = |mode, dest| headers(&[("sec-fetch-mode", mode), ("sec-fetch-dest", dest)]);
        assert!(is_navigation_of_a_frame(&sent("navigate", "iframe")));
        assert!(is_navigation_of_a_frame(&sent("navigate", "frame")));
        for (mode, dest) in [
            ("navigate", "document"),
            ("navigate", "empty"),
            ("navigate", "object"),
            ("no-cors", "iframe"),
        ] {
            assert!(
                !is_navigation_of_a_frame(&sent(mode, dest)),
                "{mode} {dest}"
            );
        }
        assert!(!is_navigation_of_a_frame(&HeaderMap::new()));
    }

    #[test]
    fn a_page_of_the_app_is_told_from_other_sites_and_from_nowhere() {
        let app = "https://app.example";
        let asked = |pairs: &[(&'static str, &'static str)]| is_asked_by(app, &headers(pairs));
        assert!(asked(&[("sec-fetch-site", "same-origin")]));
        assert!(asked(&[("referer", "https://app.example/live")]));
        for pairs in [
            &[][..],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "same-site")],
            &[
                ("sec-fetch-site", "cross-site"),
                ("referer", "https://app.example/"),
            ],
            &[("referer", "https://app.example.evil.example/")],
            &[("referer", "https://evil.example/https://app.example/")],
        ] {
            assert!(!asked(pairs), "{pairs:?}");
        }
    }
}
