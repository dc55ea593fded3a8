//! The address of a client: the peer's, or what trusted proxies say in `X-Forwarded-For` or `Forwarded`.
//!
//! `accept` puts [`Peer`] into each request; `address_limits` asks [`TrustedProxies`] for the client. Headers of
//! peers that are not in `TRUSTED_PROXIES` are not read: clients write into them what they like.

use crate::settings::SettingError;
use http::{Extensions, HeaderMap, HeaderName, header::FORWARDED};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of a request's connection, in the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// `TRUSTED_PROXIES`: addresses and networks of proxies whose headers are believed. None by default.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Parses a list of addresses and networks, such as `127.0.0.1, 10.0.0.0/8, fd00::/8`.
    ///
    /// # Errors
    /// [`SettingError::Proxies`] with the first entry that is neither.
    pub fn parse(list: &str) -> Result<Self, SettingError> {
        let entries = list.split(',').map(str::trim).filter(|it| !it.is_empty());
        let networks = entries.map(|entry| {
            let address = |_| entry.parse::<IpAddr>().map(|it| it.to_canonical().into());
            let network = entry.parse::<IpNet>().or_else(address);
            network.map_err(|_| SettingError::Proxies(entry.to_owned()))
        });
        networks.collect::<Result<_, _>>().map(Self)
    }

    /// The address of the client that sent a request with these headers and extensions. `None` where no server of this crate
    /// has accepted the connection.
    pub fn client_of(&self, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
        let Peer(peer) = extensions.get()?;
        Some(self.client(*peer, headers))
    }

    /// Whether one of them has sent a request with these extensions.
    #[cfg(feature = "opentelemetry")]
    pub(crate) fn sent(&self, extensions: &Extensions) -> bool {
        let peer = extensions.get();
        peer.is_some_and(|Peer(peer)| self.contains(peer.to_canonical()))
    }

    /// The same for a request through `peer`: the last address in the headers that is not a trusted proxy's.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.contains(peer) {
            return peer;
        }
        let listed = entries(headers, &X_FORWARDED_FOR).map(address);
        let listed = self.last_untrusted(peer, listed);
        let forwarded = entries(headers, &FORWARDED).map(|entry| address(node(entry)?));
        let forwarded = self.last_untrusted(peer, forwarded);
        match (listed, forwarded) {
            (Some(one), None) | (None, Some(one)) => one,
            (Some(one), Some(other)) if one == other => one,
            // The proxy writes one of the two, and passes on the other as the client wrote it.
            _ => peer,
        }
    }

    /// `None` without entries. An entry that names no address ends the search at the hop before it.
    fn last_untrusted(
        &self,
        peer: IpAddr,
        hops: impl DoubleEndedIterator<Item = Option<IpAddr>>,
    ) -> Option<IpAddr> {
        let mut nearest = None;
        for hop in hops.rev() {
            match hop {
                Some(address) if self.contains(address) => nearest = Some(address),
                Some(address) => return Some(address),
                None => return nearest.or(Some(peer)),
            }
        }
        nearest
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The elements of a header that is a list, in order over all its lines.
fn entries<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl DoubleEndedIterator<Item = &'a str> + use<'a> {
    let lines = headers.get_all(name).iter();
    // A line that is no text is an element that is no address.
    lines.flat_map(|line| line.to_str().unwrap_or_default().split(','))
}

/// The `for` parameter of an element of `Forwarded` (RFC 7239 §4).
fn node(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for")
            .then(|| value.trim_matches('"'))
    })
}

/// An address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

/// What an address is counted by: itself, or its /64 network for IPv6, of which one client usually has all.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        let proxies = TrustedProxies::parse("127.0.0.1, 10.0.0.0/8,fd00::/8,").unwrap();
        let headers = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, http::HeaderValue::from_str(value).unwrap())
        });
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(name, value);
        }
        proxies.client(peer.parse().unwrap(), &all).to_string()
    }

    #[test]
    fn the_client_is_the_last_hop_that_is_no_trusted_proxy() {
        let xff = "x-forwarded-for";
        for (peer, headers, expected) in [
            ("203.0.113.9", &[(xff, "192.0.2.1")][..], "203.0.113.9"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("::ffff:127.0.0.1", &[(xff, "192.0.2.1")], "192.0.2.1"),
            ("127.0.0.1", &[(xff, "192.0.2.1")], "192.0.2.1"),
            ("127.0.0.1", &[(xff, "192.0.2.9, 192.0.2.1")], "192.0.2.1"),
            (
                "fd00::1",
                &[(xff, "192.0.2.9,192.0.2.1, 10.1.1.1")],
                "192.0.2.1",
            ),
            (
                "127.0.0.1",
                &[(xff, "192.0.2.9"), (xff, "192.0.2.1:4711")],
                "192.0.2.1",
            ),
            ("127.0.0.1", &[(xff, "10.2.2.2, 10.1.1.1")], "10.2.2.2"),
            (
                "127.0.0.1",
                &[(xff, "192.0.2.9, unknown, 10.1.1.1")],
                "10.1.1.1",
            ),
            ("127.0.0.1", &[(xff, "192.0.2.9, \u{e9}")], "127.0.0.1"),
            (
                "127.0.0.1",
                &[(
                    "forwarded",
                    "for=192.0.2.9, For=\"[2001:db8::1]:80\";proto=https",
                )],
                "2001:db8::1",
            ),
            (
                "127.0.0.1",
                &[("forwarded", "proto=https;for=192.0.2.1, for=10.1.1.1")],
                "192.0.2.1",
            ),
            ("127.0.0.1", &[("forwarded", "for=_hidden")], "127.0.0.1"),
            // The client made one of them up.
            (
                "127.0.0.1",
                &[(xff, "192.0.2.1"), ("forwarded", "for=192.0.2.2")],
                "127.0.0.1",
            ),
            (
                "127.0.0.1",
                &[(xff, "192.0.2.1"), ("forwarded", "for=192.0.2.1")],
                "192.0.2.1",
            ),
        ] {
            assert_eq!(client(peer, headers), expected, "{peer} {headers:?}");
        }
    }

    #[test]
    fn a_proxy_that_is_no_address_is_named() {
        for wrong in ["proxy", "10.0.0.0/33", "10.0.0.1:80", "10.0.0.0/8 fd00::/8"] {
            let error = TrustedProxies::parse(&format!("127.0.0.1,{wrong}")).unwrap_err();
            assert!(error.to_string().contains(wrong), "{error}");
            assert_eq!(error.variable(), "TRUSTED_PROXIES");
        }
    }

    #[test]
    fn an_ipv6_address_counts_as_its_network() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:0:1:2:3:4:5"), "2001:db8:0:1::");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
