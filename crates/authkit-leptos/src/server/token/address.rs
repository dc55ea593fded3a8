//! Checks the addresses that keys are fetched from: configured ones, and those in a discovery document.
//!
//! `provider` asks at start, `jwks` before it fetches. Only the text of the address counts: that a name
//! resolves to the right machine is proved by https.

use authkit_local::is_this_machine;
use url::{Host, Url};

/// Allows https, and http to this machine: any machine on the way can change what comes over plain http.
///
/// # Errors
/// What is wrong with the address.
pub fn check(url: &Url) -> Result<(), &'static str> {
    match url.scheme() {
        "https" if url.has_host() => Ok(()),
        "http" if is_this_machine(url.host()) => Ok(()),
        "http" => Err("is plain http, over which the keys could be anybody's: use https"),
        _ => Err("is not an https URL"),
    }
}

/// Also refuses this machine, unless `issuer` is on it: the issuer writes the discovery document, and must not
/// make this server call local services.
///
/// # Errors
/// What is wrong with the address.
pub fn check_discovered(issuer: &Url, keys: &Url) -> Result<(), &'static str> {
    check(keys)?;
    match leads_here(keys) && !leads_here(issuer) {
        true => Err("is on this machine, where the issuer is not"),
        false => Ok(()),
    }
}

/// Whether a connection would end on this machine, for every way to write a loopback address. Systems take
/// the unspecified addresses for loopback, too.
fn leads_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name.trim_end_matches('.')),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.octets()[0] == 0,
        Some(Host::Ipv6(address)) => {
            let as_v4 = address.to_ipv4();
            let is_v4 = as_v4.is_some_and(|v4| v4.is_loopback() || v4.octets()[0] == 0);
            address.is_loopback() || address.is_unspecified() || is_v4
        }
        None => false,
    }
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn a_discovery_document_sends_the_fetch_to_this_machine_only_if_the_issuer_is_there() {
        for keys in [
            "http://localhost:9200/",
            "https://localhost/jwks",
            "https://localhost./jwks",
            "https://a.localhost/jwks",
            "http://127.0.0.1:6379/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0.0.0.0/",
            "https://0/",
            "http://[::1]:9200/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
        ] {
            let keys = url(keys);
            let refused = check_discovered(&url("https://accounts.example"), &keys);
            assert!(refused.is_err(), "{keys}");
            if check(&keys).is_ok() {
                let issuer = url("http://localhost:3100/");
                assert_eq!(check_discovered(&issuer, &keys), Ok(()), "{keys}");
            }
        }
        for keys in ["https://keys.example/jwks", "https://localhost.example/"] {
            for issuer in ["https://accounts.example", "http://127.0.0.1:3100"] {
                assert_eq!(check_discovered(&url(issuer), &url(keys)), Ok(()), "{keys}");
            }
        }
    }
}
