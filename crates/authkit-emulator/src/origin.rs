//! Who is asking: the emulator's own page, a program, or another site's page. Forms and the control
//! interface ask here before they change anything. Another site must never get a yes.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};

use super::context::Context;
use super::pages::{self, Page};
use authkit_local::hosts::is_sent_to_this_machine;

/// What proxies and tunnels add to a request that they pass on (RFC 7239 §4).
const PASSED_ON: [&str; 4] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
];

/// Proof that a form comes from the emulator's own page: handlers that take it can't be reached by a
/// form on another site (login CSRF, RFC 9700 §4.7).
pub struct OwnPage;

impl FromRequestParts<Arc<Context>> for OwnPage {
    type Rejection = Page;

    async fn from_request_parts(parts: &mut Parts, context: &Arc<Context>) -> Result<Self, Page> {
        match is_own_page_or_program(&parts.headers, context.public_url.as_deref()) {
            true => Ok(OwnPage),
            false => Err(pages::refusal::foreign_form()),
        }
    }
}

/// Whether a request comes from the emulator's own page, or from no page at all.
///
/// Browsers name the page's origin on every POST (Fetch standard, "append a request Origin header")
/// and its relation in `Sec-Fetch-Site`; programs send neither. `public_url` is the origin that browsers have for the
/// emulator where a port mapping or a tunnel is between: `Host` says something else then.
pub fn is_own_page_or_program(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let fetch_site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    let host = headers.get(header::HOST).map(|value| value.as_bytes());
    let origin = headers.get(header::ORIGIN).map(|value| value.as_bytes());
    let origin_is_own = match origin {
        None => true,
        Some(origin) if public_url.is_some_and(|public| public.as_bytes() == origin) => true,
        Some(origin) => origin
            .strip_prefix(b"http://")
            .is_some_and(|rest| Some(rest) == host),
    };
    matches!(fetch_site, None | Some(b"same-origin" | b"none")) && origin_is_own
}

/// A request of this machine: its connection begins here, and it was sent to one of this machine's names.
/// A site that points its own name here (DNS rebinding) still sends that name. The connections of a tunnel begin here;
/// it sends its own name, or says in a header for whom it speaks.
#[derive(Clone, Copy)]
pub struct ThisMachine(pub bool);

impl ThisMachine {
    /// Whether a request is one.
    pub fn sent(extensions: &Extensions, headers: &HeaderMap) -> ThisMachine {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        // A socket for both kinds of addresses shows IPv4 as IPv6.
        let is_local = peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
        let is_passed_on = PASSED_ON.iter().any(|name| headers.contains_key(*name));
        ThisMachine(is_local && !is_passed_on && is_sent_to_this_machine(headers))
    }
}

impl<S: Sync> FromRequestParts<S> for ThisMachine {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(ThisMachine::sent(&parts.extensions, &parts.headers))
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
        let passes = |pairs: &[(&'static str, &'static str)]| {
            is_own_page_or_program(&headers(pairs), Some("https://tunnel.example"))
        };
        assert!(passes(&[host]));
        assert!(passes(&[host, ("origin", "http://localhost:4000")]));
        assert!(passes(&[host, ("origin", "https://tunnel.example")]));
        for refused in [
            ("origin", "http://localhost:3000"),
            ("origin", "null"),
            ("origin", "http://tunnel.example"),
            ("origin", "https://tunnel.example.evil.example"),
            ("origin", "https://localhost:4000"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(!passes(&[host, refused]), "{refused:?}");
        }
    }

    #[test]
    fn this_machine_is_a_peer_and_a_name() {
        let sent = |peer: Option<&str>, host: &'static str| {
            let mut extensions = Extensions::new();
            if let Some(peer) = peer {
                extensions.insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
            }
            ThisMachine::sent(&extensions, &headers(&[("host", host)])).0
        };
        for peer in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            for host in ["localhost:1", "127.0.0.1:1", "[::1]:1", "localhost"] {
                assert!(sent(Some(peer), host), "{peer} {host}");
            }
            for host in ["evil.example", "localhost.evil.example", "10.0.0.1"] {
                assert!(!sent(Some(peer), host), "{peer} {host}");
            }
        }
        for peer in [Some("192.0.2.2:1"), Some("[::ffff:192.0.2.2]:1"), None] {
            assert!(!sent(peer, "localhost"), "{peer:?}");
        }
    }
}
