//! Security headers of every answer that does not set them itself.
//!
//! Called by [`Layers`](crate::Layers). A page's own Content-Security-Policy wins over the one here, which allows nothing.

use http::{
    HeaderName, HeaderValue, Response,
    header::{
        CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS,
    },
};

/// The policy of what is not a page: it may do nothing.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Adds what an answer does not set itself. Headers about documents are left out of scripts, WASM and stylesheets, to save
/// bytes, and all but the policy out of images.
pub fn secure<B>(mut answer: Response<B>, https_only: bool) -> Response<B> {
    if !is_part_of_a_page(&answer) {
        add(&mut answer, CONTENT_SECURITY_POLICY, NOTHING);
        if !is_idle_image(&answer) {
            add(&mut answer, REFERRER_POLICY, "same-origin");
            add(&mut answer, CROSS_ORIGIN_OPENER_POLICY, "same-origin");
            add(
                &mut answer,
                PERMISSIONS_POLICY,
                "camera=(), geolocation=(), microphone=()",
            );
        }
    }
    add(&mut answer, X_CONTENT_TYPE_OPTIONS, "nosniff");
    if https_only {
        add(&mut answer, STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    answer
}

fn add<B>(answer: &mut Response<B>, name: HeaderName, value: &'static str) {
    let header = answer.headers_mut().entry(name);
    header.or_insert(HeaderValue::from_static(value));
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
