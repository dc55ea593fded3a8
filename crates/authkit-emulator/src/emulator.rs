//! [`Emulator`]: a running AuthKit of this machine, from its configuration to its end.
//!
//! Started by `main`, by [`for_app`](crate::for_app()) and by tests. Knows no page and no endpoint.

use crate::bend::control::Control;
use crate::bend::delivery;
use crate::routes;
use crate::serve::{self, StartError};
use crate::state::clock::Clock;
use crate::state::config::Config;
use crate::state::context::Context;
use crate::state::store::Store;
use authkit_local::NotThisMachine;
use authkit_local::listeners::Listeners;
use std::sync::Arc;
use tokio::task::JoinSet;

/// A running emulator. Dropping it stops it at once; [`Emulator::shutdown`] lets answers in progress finish.
pub struct Emulator {
    context: Arc<Context>,
    control: Control,
    server: serve::Server,
    /// The task that delivers events; stops when dropped.
    _delivering: JoinSet<()>,
}

impl Emulator {
    /// Starts an emulator; returns once it serves requests.
    pub async fn start(config: Config) -> Result<Emulator, StartError> {
        NotThisMachine::check(config.addr, config.listens_to_everyone)?;
        if let Some(url) = &config.public_url {
            NotThisMachine::check_url(url, config.listens_to_everyone)?;
        }
        let listeners = Listeners::bind(config.addr).map_err(StartError::Listen)?;
        // An emulator on another address is reached by that address.
        let hosts = config.hosts.and_origin(&listeners.base_url());
        let hosts = match &config.public_url {
            Some(url) => hosts.and_origin(url),
            None => hosts,
        };
        let clock = Clock::default();
        let (file, seed, now) = (
            config.state_file.clone(),
            config.seed_file.clone(),
            clock.now(),
        );
        let opening = move || Store::open(file, seed.as_deref(), now);
        let opened = tokio::task::spawn_blocking(opening).await;
        let store = opened.map_err(|_| StartError::Interrupted)??;
        let (context, messages) = Context::new(&config, listeners.base_url(), clock, store);
        let context = Arc::new(context);
        let mut delivering = JoinSet::new();
        delivering.spawn(delivery::deliver(Arc::clone(&context), messages));
        let server = serve::Server::spawn(listeners, routes::router(Arc::clone(&context), hosts))?;
        let control = Control::new(Arc::clone(&context));
        Ok(Emulator {
            context,
            control,
            server,
            _delivering: delivering,
        })
    }

    /// Address for programs of this machine, as `http://localhost:PORT`, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.context.base_url
    }

    /// Address for browsers, likewise.
    pub fn public_url(&self) -> &str {
        let public = self.context.public_url.as_deref();
        public.unwrap_or(&self.context.base_url)
    }

    /// Id of its only OAuth client.
    pub fn client_id(&self) -> &str {
        &self.context.client_id
    }

    /// The client's secret, which is also the bearer token of the API.
    pub fn api_key(&self) -> &str {
        &self.context.api_key
    }

    /// Email addresses of the users to begin with, all with [`SEEDED_PASSWORD`](crate::SEEDED_PASSWORD).
    pub fn seeded_users(&self) -> Vec<String> {
        self.context.store.seed().emails()
    }

    /// Registers a redirect URI; compared character by character (RFC 9700 §4.1.3).
    pub fn register_redirect_uri(&self, uri: impl Into<String>) {
        let now = self.context.clock.now();
        self.context.redirect_uris.register(uri, now);
    }

    /// Registers an address to return to after signing out.
    pub fn register_sign_out_uri(&self, uri: impl Into<String>) {
        let now = self.context.clock.now();
        self.context.sign_out_uris.register(uri, now);
    }

    /// The control interface: the clock, lifetimes, keys, faults, users, sessions.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Stops listening, closes idle connections, and gives answers in progress two seconds to finish.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
