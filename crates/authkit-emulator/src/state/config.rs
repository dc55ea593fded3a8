//! The configuration of an emulator. Callers: the app in development, `main`, tests.
//! The defaults are public; they must never be credentials that the real WorkOS accepts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::bend::outbox::Webhook;
use authkit_local::emulator::{API_KEY, CLIENT_ID};
use authkit_local::hosts::Hosts;

/// How to start an [`Emulator`](crate::Emulator).
#[derive(Clone)]
pub struct Config {
    /// Address to listen on; port 0 takes a free port.
    pub addr: SocketAddr,
    /// Whether `addr` may be reachable from other machines.
    pub listens_to_everyone: bool,
    /// Hosts that it answers to in addition to the names of this machine.
    pub hosts: Hosts,
    /// Address that browsers use, where it differs from the listening address (a mapped port, a tunnel): scheme, host and
    /// port, without a trailing slash.
    pub public_url: Option<String>,
    /// File that keeps users, sessions and keys across restarts; `None` keeps them in memory.
    pub state_file: Option<PathBuf>,
    /// File with the users, organizations, roles and feature flags to begin with (`emulator.toml`); `None` takes those of
    /// this crate.
    pub seed_file: Option<PathBuf>,
    /// Id of the only OAuth client (RFC 6749 §2.2).
    pub client_id: String,
    /// The client's secret, which is also the bearer token of the API.
    pub api_key: String,
    /// Addresses that codes may be sent to, compared character by character.
    pub redirect_uris: Vec<String>,
    /// Addresses that browsers may return to after signing out; the first is the default.
    pub sign_out_uris: Vec<String>,
    /// Endpoint that events are sent to; `None` sends no events.
    pub webhook: Option<Webhook>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            listens_to_everyone: false,
            hosts: Hosts::default(),
            public_url: None,
            state_file: None,
            seed_file: None,
            client_id: CLIENT_ID.to_owned(),
            api_key: API_KEY.to_owned(),
            redirect_uris: Vec::new(),
            sign_out_uris: Vec::new(),
            webhook: None,
        }
    }
}
