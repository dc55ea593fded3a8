//! An AuthKit on your own machine: the WorkOS endpoints that a login needs, with sign-in pages, users
//! and keys, so that development, tests and demos need no account. The app speaks HTTP to it as it
//! does to WorkOS; `main` starts it in development, tests start it on port 0.
//! It must never be kinder than WorkOS (what passes here has to pass there), and never be reachable
//! in production: its passwords are public. It listens to this machine, and answers to its names, unless
//! it is told otherwise.
//!
//! One sign-in, in order: `authorize` checks the request and sends the browser to `sign_in` or
//! `sign_up`, unless its `browser_session` answers at once, and to `step_up` if the organization asks
//! for more; `callback` sends the browser home with a code; `authenticate` exchanges the code for tokens, which `keys` has signed; `sessions`
//! ends them; `webhook` tells the app what happened. Tests bend all of this through [`Control`].

mod access_token;
mod accounts;
mod api;
mod authenticate;
mod authorization_code;
mod authorize;
mod browser_session;
mod callback;
mod clock;
mod config;
mod context;
mod control;
mod discovery;
mod event;
mod fault;
mod for_app;
mod home;
mod jwks;
mod keys;
mod neighbour;
mod organization_memberships;
mod origin;
mod pages;
mod paging;
mod password;
mod random;
mod refresh;
mod registered;
mod registration;
mod request;
mod restricted_keys;
mod routes;
mod serve;
mod sessions;
mod sign_in;
mod sign_up;
mod step_up;
mod store;
mod token_template;
mod users;
mod webhook;

use std::sync::Arc;

pub use accounts::UserUpdate;
pub use config::Config;
pub use control::{Control, ControlError, CreatedUser, NewUser};
pub use fault::{Calls, Endpoint, Fault};
pub use for_app::{ForAppError, for_app, for_app_with};
pub use serve::{NotThisMachine, StartError};
pub use store::model::{Impersonator, Policy};
pub use store::seed::{SEEDED_PASSWORD, SEEDED_USERS};
pub use webhook::{Delivery, HeldWebhook, Webhook};

use authkit_local::listeners::Listeners;
use context::Context;
use tokio::task::JoinSet;

/// A running emulator. Dropping it stops it at once; [`Emulator::shutdown`] lets answers finish.
pub struct Emulator {
    context: Arc<Context>,
    control: Control,
    server: serve::Server,
    /// Delivers to the webhook; stops when dropped.
    _delivering: JoinSet<()>,
}

impl Emulator {
    /// Starts listening and answers when requests are being served.
    pub async fn start(config: Config) -> Result<Emulator, StartError> {
        NotThisMachine::check(config.addr, config.listens_to_everyone)?;
        if let Some(url) = &config.public_url {
            NotThisMachine::check_url(url, config.listens_to_everyone)?;
        }
        let listeners = Listeners::bind(config.addr).map_err(StartError::Listen)?;
        // An emulator that listens elsewhere is reached by its address.
        let hosts = config.hosts.and_origin(&listeners.base_url());
        let hosts = match &config.public_url {
            Some(url) => hosts.and_origin(url),
            None => hosts,
        };
        let (context, messages) = Context::build(&config, listeners.base_url()).await?;
        let context = Arc::new(context);
        let mut delivering = JoinSet::new();
        delivering.spawn(webhook::deliver(Arc::clone(&context), messages));
        let server = serve::Server::spawn(listeners, routes::router(Arc::clone(&context), hosts))?;
        let control = Control::new(Arc::clone(&context));
        Ok(Emulator {
            context,
            control,
            server,
            _delivering: delivering,
        })
    }

    /// Where programs of this machine reach it, as `http://localhost:PORT`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.context.base_url
    }

    /// Where browsers reach it, likewise.
    pub fn public_url(&self) -> &str {
        let public = self.context.public_url.as_deref();
        public.unwrap_or(&self.context.base_url)
    }

    /// The one OAuth client it knows.
    pub fn client_id(&self) -> &str {
        &self.context.client_id
    }

    /// The client's secret, which is also the bearer token of the API.
    pub fn api_key(&self) -> &str {
        &self.context.api_key
    }

    /// Allows one more redirect URI; compared character by character (RFC 9700 §4.1.3).
    pub fn register_redirect_uri(&self, uri: impl Into<String>) {
        let now = self.context.clock.now();
        self.context.redirect_uris.register(uri, now);
    }

    /// Allows one more address to return to after signing out.
    pub fn register_sign_out_uri(&self, uri: impl Into<String>) {
        let now = self.context.clock.now();
        self.context.sign_out_uris.register(uri, now);
    }

    /// What tests may bend: the clock, lifetimes, keys, faults, users, sessions.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Stops listening, lets answers in progress finish for a moment, closes idle connections.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
