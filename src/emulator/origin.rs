//! Who is asking: the emulator's own page, a program, or another site's page. Forms and the control
//! interface ask here before they change anything. Another site must never get a yes.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::pages::{self, Page};

/// Proof that a form comes from the emulator's own page: handlers that take it can't be reached by a
/// form on another site (login CSRF, RFC 9700 §4.7).
pub struct OwnPage;

impl<S: Sync> FromRequestParts<S> for OwnPage {
    type Rejection = Page;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Page> {
        match is_own_page_or_program(&parts.headers) {
            true => Ok(OwnPage),
            false => Err(pages::refusal::foreign_form()),
        }
    }
}

/// Whether a request comes from the emulator's own page, or from no page at all.
///
/// Browsers name the page's origin on every POST (Fetch standard, "append a request Origin header")
/// and its relation in `Sec-Fetch-Site`; programs send neither.
pub fn is_own_page_or_program(headers: &HeaderMap) -> bool {
    let fetch_site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    let host = headers.get(header::HOST).map(|value| value.as_bytes());
    let origin = headers.get(header::ORIGIN).map(|value| value.as_bytes());
    let origin_is_own = match origin {
        None => true,
        Some(origin) => origin
            .strip_prefix(b"http://")
            .is_some_and(|rest| Some(rest) == host),
    };
    matches!(fetch_site, None | Some(b"same-origin" | b"none")) && origin_is_own
}

/// Whether the request was sent to this machine by name: a site that points its own name here
/// (DNS rebinding) still sends that name.
pub fn is_sent_to_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let Ok(url) = url::Url::parse(&format!("http://{host}/")) else {
        return false;
    };
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(url::Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let parsed = pairs.iter().map(|(name, value)| {
            (
                header::HeaderName::from_static(name),
                axum::http::HeaderValue::from_static(value),
            )
        });
        parsed.collect()
    }

    #[test]
    fn only_own_pages_and_programs_pass() {
        let host = ("host", "localhost:4000");
        assert!(is_own_page_or_program(&headers(&[host])));
        assert!(is_own_page_or_program(&headers(&[
            host,
            ("origin", "http://localhost:4000")
        ])));
        for refused in [
            ("origin", "http://localhost:3000"),
            ("origin", "null"),
            ("origin", "https://localhost:4000"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(
                !is_own_page_or_program(&headers(&[host, refused])),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in ["localhost:1", "127.0.0.1:1", "[::1]:1", "localhost"] {
            assert!(is_sent_to_loopback(&headers(&[("host", host)])), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "localhost@evil.example",
        ] {
            assert!(!is_sent_to_loopback(&headers(&[("host", host)])), "{host}");
        }
        assert!(!is_sent_to_loopback(&HeaderMap::new()));
    }
}
