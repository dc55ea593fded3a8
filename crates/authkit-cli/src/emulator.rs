//! The configuration of a client of authkit-emulator, for commands that ask an emulator that runs already.
//!
//! Knows the client id and the API key that every emulator has by default, and nothing else of the emulator, so that a
//! release build of an app gets none of its code. `tests/program.rs` meets a real one with it.

use authkit_leptos::server::Config;
use authkit_local::emulator::{API_KEY, CLIENT_ID};
use std::{
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Timeout of a connection to a program on this machine.
const PATIENCE: Duration = Duration::from_secs(1);

/// A configuration for calls of the emulator at `addr`; `None` while nothing listens there. Its password seals nothing.
#[must_use]
pub fn running(addr: SocketAddr) -> Option<Config> {
    TcpStream::connect_timeout(&addr, PATIENCE).ok()?;
    let password = workos::generate_code_verifier(None).ok()?;
    let port = addr.port().to_string();
    let read = Config::read_for_development(|name| {
        let value = match name {
            "WORKOS_CLIENT_ID" => CLIENT_ID,
            "WORKOS_API_KEY" => API_KEY,
            "WORKOS_REDIRECT_URI" => "http://localhost/callback",
            "WORKOS_COOKIE_PASSWORD" => &password,
            "WORKOS_API_HOSTNAME" => "localhost",
            "WORKOS_API_HTTPS" => "false",
            "WORKOS_API_PORT" => &port,
            _ => return None,
        };
        Some(value.to_owned())
    });
    read.ok()?.map(|(config, _)| config)
}
