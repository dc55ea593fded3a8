//! The origin of a request: the emulator's own page, a program, or another site's page. Callers: forms and the control
//! interface, before they change anything. A request from another site must never pass.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};

use crate::pages::{self, Page};
use crate::state::context::Context;
use authkit_local::hosts::is_sent_to_this_machine;

/// Headers that proxies and tunnels add to the requests they forward (RFC 7239 §4).
const PASSED_ON: [&str; 4] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
];

/// Extractor that refuses forms of other sites (login CSRF, RFC 9700 §4.7). A handler that takes it is reached by the
/// emulator's own pages and by programs only.
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

/// Whether a request comes from the emulator's own page or from a program.
///
/// Browsers name the page's origin on every POST (Fetch standard, "append a request Origin header")
/// and its relation in `Sec-Fetch-Site`; programs send neither. `public_url` is the emulator's origin in the browser
/// behind a port mapping or a tunnel, where `Host` differs from it.
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

/// Whether a request comes from this machine: its connection starts here, it names this machine as its host, and no proxy
/// forwarded it. A site whose name points here (DNS rebinding) sends that name. A tunnel on this machine sends its own name
/// or a forwarding header.
#[derive(Clone, Copy)]
pub struct ThisMachine(pub bool);

impl ThisMachine {
    /// Checks a request.
    pub fn sent(extensions: &Extensions, headers: &HeaderMap) -> ThisMachine {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        // A dual-stack socket reports IPv4 addresses as IPv6.
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
