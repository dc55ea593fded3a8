//! [`is_this_machine`]: which hosts are never reached over a network, and [`NotThisMachine`], the refusal of others.

use std::net::SocketAddr;
use url::{Host, Url};

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

/// An address that other machines can reach, for an emulator that was not told to listen to them.
#[derive(Debug, thiserror::Error)]
#[error(
    "other machines can reach {at}, and the emulator lets everyone in: its passwords and its API key are public. \
     Use 127.0.0.1, or set EMULATOR_LISTENS_TO=everyone"
)]
pub struct NotThisMachine {
    at: String,
}

impl NotThisMachine {
    /// Refuses addresses that are not loopback.
    ///
    /// # Errors
    /// The refusal.
    pub fn check(addr: SocketAddr, listens_to_everyone: bool) -> Result<(), Self> {
        match listens_to_everyone || addr.ip().is_loopback() {
            true => Ok(()),
            false => Err(Self {
                at: addr.to_string(),
            }),
        }
    }

    /// Refuses public URLs that do not name this machine.
    ///
    /// # Errors
    /// The refusal.
    pub fn check_url(url: &str, listens_to_everyone: bool) -> Result<(), Self> {
        let parsed = Url::parse(url).ok();
        let is_here = parsed.is_some_and(|url| is_this_machine(url.host()));
        match listens_to_everyone || is_here {
            true => Ok(()),
            false => Err(Self { at: url.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
