//! Leads an address with a slash at its end to the one without: one page has one address.
//!
//! [`Layers`](crate::Layers) asks [`redirect`] before all routes.

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{StatusCode, Uri, header::LOCATION};

/// The answer to a request with a slash too many: 308, which keeps the method (RFC 9110 §15.4.9).
pub fn redirect(request: &Request) -> Option<Response> {
    let address = without_slash(request.uri())?;
    Some((StatusCode::PERMANENT_REDIRECT, [(LOCATION, address)]).into_response())
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
