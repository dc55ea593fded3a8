//! Where the server listens: `LEPTOS_SITE_ADDR`, or the parts of it in `PORT` and `HOST`, which platforms and containers
//! set.
//!
//! Called by the settings of a server and by the doctor.

use super::{error::SettingError, variable};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The address. `PORT` and `HOST` win over `LEPTOS_SITE_ADDR`, which cargo-leptos always sets.
///
/// # Errors
/// What is wrong with one of them.
pub fn listen(get: impl Fn(&str) -> Option<String>) -> Result<SocketAddr, SettingError> {
    let mut addr = address(&get, "LEPTOS_SITE_ADDR", 3000)?;
    if let Some(value) = variable::value(&get, "PORT")? {
        let port = value.parse();
        addr.set_port(port.map_err(|_| SettingError::Port { value })?);
    }
    let host = variable::value(&get, "HOST")?;
    if let Some(ip) = host.as_deref().and_then(ip) {
        addr.set_ip(ip);
    }
    Ok(addr)
}

/// The address in a variable; `default_port` of this machine if it is not set.
///
/// # Errors
/// [`SettingError::Address`] for a value that is none.
pub fn address(
    variable: impl Fn(&str) -> Option<String>,
    name: &'static str,
    default_port: u16,
) -> Result<SocketAddr, SettingError> {
    let address = address_if_set(variable, name)?;
    Ok(address.unwrap_or((Ipv4Addr::LOCALHOST, default_port).into()))
}

/// The address in a variable; `None` if it is not set.
///
/// # Errors
/// [`SettingError::Address`] for a value that is none.
pub fn address_if_set(
    variable: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<SocketAddr>, SettingError> {
    let value = variable::value(variable, name)?;
    let address = value.map(|value| {
        value.parse().map_err(|_| SettingError::Address {
            variable: name,
            value,
        })
    });
    address.transpose()
}

/// The address in `HOST`. Some shells and build tools put the machine's name there: that is none to listen on.
fn ip(host: &str) -> Option<IpAddr> {
    match host {
        "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
        host => host.trim_matches(['[', ']']).parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(set: &[(&str, &str)]) -> Result<String, String> {
        let get = |name: &str| {
            let mut set = set.iter();
            let (_, value) = set.find(|(variable, _)| *variable == name)?;
            Some((*value).to_owned())
        };
        let addr = listen(get).map_err(|error| error.to_string())?;
        Ok(addr.to_string())
    }

    #[test]
    fn port_and_host_are_parts_of_the_address() {
        let site = ("LEPTOS_SITE_ADDR", "127.0.0.1:3000");
        for (set, addr) in [
            (&[][..], "127.0.0.1:3000"),
            (&[("PORT", "8080")], "127.0.0.1:8080"),
            (&[site, ("PORT", "8080")], "127.0.0.1:8080"),
            (
                &[site, ("PORT", " 8080\n"), ("HOST", "0.0.0.0")],
                "0.0.0.0:8080",
            ),
            (&[("HOST", "::")], "[::]:3000"),
            (&[("HOST", "[::1]")], "[::1]:3000"),
            (&[("HOST", "localhost")], "127.0.0.1:3000"),
            (&[("HOST", "x86_64-conda-linux-gnu")], "127.0.0.1:3000"),
            (&[("PORT", ""), ("HOST", " ")], "127.0.0.1:3000"),
        ] {
            assert_eq!(listening(set).as_deref(), Ok(addr), "{set:?}");
        }
        for port in ["http", "-1", "65536", "3000/tcp"] {
            let error = listening(&[("PORT", port)]).unwrap_err();
            assert!(error.starts_with(&format!("PORT is {port:?}")), "{error}");
        }
    }
}
