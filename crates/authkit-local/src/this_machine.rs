//! [`is_this_machine`]: which hosts are never reached over a network.

use url::Host;

/// Whether requests to this host never leave this machine: a loopback address, `localhost`, or a name
/// below it (RFC 6761 §6.3).
///
/// ```
/// use url::Url;
///
/// let url = Url::parse("http://app.localhost:3000/")?;
/// assert!(authkit_local::is_this_machine(url.host()));
/// # Ok::<(), url::ParseError>(())
/// ```
#[must_use]
pub fn is_this_machine(host: Option<Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    #[test]
    fn only_loopback_is_this_machine() {
        for (host, expected) in [
            ("localhost", true),
            ("app.localhost", true),
            ("127.0.0.1", true),
            ("127.8.0.1", true),
            ("[::1]", true),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("[::]", false),
            ("localhost.example", false),
            ("notlocalhost", false),
        ] {
            let url = Url::parse(&format!("http://{host}/")).unwrap();
            assert_eq!(is_this_machine(url.host()), expected, "{host}");
        }
    }
}
