//! Security headers of every answer that does not set them itself.
//!
//! Called by [`Layers`](crate::Layers). A page's own Content-Security-Policy wins over the one here, which allows nothing.

use axum::Router;
use http::{
    HeaderName, HeaderValue, Response,
    header::{
        CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use tower_http::set_header::SetResponseHeaderLayer;

/// The policy of what is not a page: it may do nothing.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Headers of every answer that does not set them itself. Those about documents are left out of scripts, WASM and
/// stylesheets, to save bytes, and all but the policy out of images.
pub fn secure(router: Router, https_only: bool) -> Router {
    let policy = |response: &Response<_>| {
        (!is_part_of_a_page(response)).then_some(HeaderValue::from_static(NOTHING))
    };
    let router = router.layer(SetResponseHeaderLayer::if_not_present(
        CONTENT_SECURITY_POLICY,
        policy,
    ));
    let documents: [(HeaderName, &'static str); 3] = [
        (REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=()",
        ),
    ];
    let router = documents.into_iter().fold(router, |router, (name, value)| {
        let value = move |response: &Response<_>| {
            let is_a_page = !is_part_of_a_page(response) && !is_idle_image(response);
            is_a_page.then_some(HeaderValue::from_static(value))
        };
        router.layer(SetResponseHeaderLayer::if_not_present(name, value))
    });
    let hsts = https_only.then_some((STRICT_TRANSPORT_SECURITY, "max-age=31536000"));
    [(X_CONTENT_TYPE_OPTIONS, "nosniff")]
        .into_iter()
        .chain(hsts)
        .fold(router, |router, (name, value)| {
            router.layer(SetResponseHeaderLayer::if_not_present(
                name,
                HeaderValue::from_static(value),
            ))
        })
}

/// Whether an answer is a script, WASM or a stylesheet: with `nosniff` browsers never show it as a document.
fn is_part_of_a_page<B>(response: &Response<B>) -> bool {
    ["text/javascript", "application/wasm", "text/css"]
        .iter()
        .any(|part| is_of(response, part))
}

/// Whether an answer is an image that may do nothing: opened by itself, SVG is a document, to which no other header matters
/// then.
fn is_idle_image<B>(response: &Response<B>) -> bool {
    let policy = response.headers().get(CONTENT_SECURITY_POLICY);
    is_of(response, "image/") && policy.is_some_and(|policy| policy == NOTHING)
}

fn is_of<B>(response: &Response<B>, media_type: &str) -> bool {
    let of = response.headers().get(CONTENT_TYPE);
    of.is_some_and(|it| it.as_bytes().starts_with(media_type.as_bytes()))
}
