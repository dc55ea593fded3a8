//! Leads an address with a slash at its end to the one without: one page has one address.
//!
//! [`Layers`](crate::Layers) puts [`redirect`] around all routes.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{StatusCode, Uri, header::LOCATION};

/// Answers 308, which keeps the method (RFC 9110 §15.4.9), or passes the request on.
pub async fn redirect(request: Request, next: Next) -> Response {
    match without_slash(request.uri()) {
        Some(address) => (StatusCode::PERMANENT_REDIRECT, [(LOCATION, address)]).into_response(),
        None => next.run(request).await,
    }
}

/// The path and query to go to; `None` where there is no slash too many.
fn without_slash(uri: &Uri) -> Option<String> {
    let path = uri.path().strip_suffix('/')?.trim_end_matches('/');
    // Two slashes at the beginning would be another host.
    if path.is_empty() || path.starts_with("//") || path.starts_with("/\\") {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}"));
    Some(path.to_owned() + &query.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_slash_at_the_end_is_one_too_many_and_nobody_is_led_elsewhere() {
        for (address, to) in [
            ("/", None),
            ("/live", None),
            ("/live/", Some("/live")),
            ("/live///?a=/", Some("/live?a=/")),
            (
                "/account/organizations/?tab=2",
                Some("/account/organizations?tab=2"),
            ),
            ("//", None),
            ("//evil.example/", None),
            ("///evil.example/", None),
        ] {
            let found = without_slash(&address.parse().unwrap());
            assert_eq!(found.as_deref(), to, "{address}");
        }
    }
}
