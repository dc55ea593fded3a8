//! Who is asking: the emulator's own page, a program, or another site's page. Forms and the control
//! interface ask here before they change anything. Another site must never get a yes.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};

use super::pages::{self, Page};
use crate::hosts::is_sent_to_this_machine;

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

/// A request of this machine: its connection begins here, and it was sent to one of this machine's names.
/// A site that points its own name here (DNS rebinding) still sends that name, and so does a tunnel, whose
/// connections begin here.
#[derive(Clone, Copy)]
pub struct ThisMachine(pub bool);

impl ThisMachine {
    /// Whether a request is one.
    pub fn sent(extensions: &Extensions, headers: &HeaderMap) -> ThisMachine {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        // A socket for both kinds of addresses shows IPv4 as IPv6.
        let is_local = peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
        ThisMachine(is_local && is_sent_to_this_machine(headers))
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
