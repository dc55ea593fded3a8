//! What an emulator is started with. Callers: `main` in development and the tests.
//! The defaults are public; they must never name anything that a real WorkOS would accept.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::webhook::Webhook;
use authkit_local::hosts::Hosts;

/// How to start an [`Emulator`](super::Emulator).
#[derive(Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub addr: SocketAddr,
    /// Whether `addr` may be one that other machines reach.
    pub listens_to_everyone: bool,
    /// Hosts it answers to beside those of this machine.
    pub hosts: Hosts,
    /// Where browsers reach it, if that is another address than where it listens: a mapped port, or a tunnel. Scheme, host
    /// and port, without a slash at the end.
    pub public_url: Option<String>,
    /// Where users, sessions and keys survive a restart; `None` keeps them in memory.
    pub state_file: Option<PathBuf>,
    /// The one OAuth client (RFC 6749 §2.2).
    pub client_id: String,
    /// The client's secret and the bearer token of the API.
    pub api_key: String,
    /// Where codes may be sent; compared character by character.
    pub redirect_uris: Vec<String>,
    /// Where a browser may return to after signing out; the first is the default.
    pub sign_out_uris: Vec<String>,
    /// Where events are sent; `None` sends none.
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
            client_id: "client_emulator".to_owned(),
            api_key: "sk_test_emulator_not_a_secret".to_owned(),
            redirect_uris: Vec::new(),
            sign_out_uris: Vec::new(),
            webhook: None,
        }
    }
}
