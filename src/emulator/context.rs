//! What every handler shares. Built once at start, behind an `Arc`; control changes parts of it.
//! It holds no request's data.

use std::sync::{PoisonError, RwLock};

use jiff::SignedDuration;
use tokio::sync::mpsc::UnboundedReceiver;

use super::clock::Clock;
use super::config::Config;
use super::fault::Faults;
use super::serve::StartError;
use super::store::Store;
use super::webhook::{Message, Webhooks};

/// The emulator's identity, memory and adjustable parts.
pub struct Context {
    pub base_url: String,
    pub client_id: String,
    pub api_key: String,
    pub redirect_uris: Registered,
    pub sign_out_uris: Registered,
    pub clock: Clock,
    pub store: Store,
    pub faults: Faults,
    pub webhooks: Webhooks,
    lifetimes: RwLock<Lifetimes>,
    /// What tokens name as their issuer, where that is not the default.
    issuer: RwLock<Option<String>>,
}

/// How long things live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// WorkOS's default is 5 minutes.
    pub access_token: SignedDuration,
    pub refresh_token: SignedDuration,
    /// WorkOS and RFC 6749 §4.1.2 say 10 minutes.
    pub code: SignedDuration,
    pub browser_session: SignedDuration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Lifetimes {
            access_token: SignedDuration::from_secs(300),
            refresh_token: SignedDuration::from_hours(30 * 24),
            code: SignedDuration::from_mins(10),
            browser_session: SignedDuration::from_hours(30 * 24),
        }
    }
}

impl Context {
    /// Opens the state and puts the parts together. The messages are for the webhook's task.
    pub async fn build(
        config: &Config,
        base_url: String,
    ) -> Result<(Context, UnboundedReceiver<Message>), StartError> {
        let clock = Clock::default();
        let (file, now) = (config.state_file.clone(), clock.now());
        let opened = tokio::task::spawn_blocking(move || Store::open(file, now)).await;
        let (webhooks, messages) = Webhooks::new(config.webhook.clone());
        let context = Context {
            base_url,
            client_id: config.client_id.clone(),
            api_key: config.api_key.clone(),
            redirect_uris: Registered::new(&config.redirect_uris),
            sign_out_uris: Registered::new(&config.sign_out_uris),
            clock,
            store: opened.map_err(|_| StartError::Interrupted)??,
            faults: Faults::default(),
            webhooks,
            lifetimes: RwLock::default(),
            issuer: RwLock::default(),
        };
        Ok((context, messages))
    }

    /// The lifetimes in force.
    pub fn lifetimes(&self) -> Lifetimes {
        *self
            .lifetimes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes lifetimes; what was issued before keeps its own.
    pub fn set_lifetimes(&self, change: impl FnOnce(&mut Lifetimes)) {
        change(
            &mut self
                .lifetimes
                .write()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// The issuer of access tokens, in WorkOS's production form unless it was changed.
    pub fn issuer(&self) -> String {
        let changed = self.issuer.read().unwrap_or_else(PoisonError::into_inner);
        changed
            .clone()
            .unwrap_or_else(|| format!("{}/user_management/{}", self.base_url, self.client_id))
    }

    /// Changes the issuer of tokens from now on; `None` is the default again.
    pub fn set_issuer(&self, issuer: Option<String>) {
        *self.issuer.write().unwrap_or_else(PoisonError::into_inner) = issuer;
    }
}

/// A set of addresses that may be redirected to.
pub struct Registered {
    at_start: Vec<String>,
    uris: RwLock<Vec<String>>,
}

impl Registered {
    fn new(uris: &[String]) -> Self {
        Registered {
            at_start: uris.to_vec(),
            uris: RwLock::new(uris.to_vec()),
        }
    }

    /// Adds one address.
    pub fn register(&self, uri: impl Into<String>) {
        let uri = uri.into();
        let mut uris = self.uris.write().unwrap_or_else(PoisonError::into_inner);
        if !uris.contains(&uri) {
            uris.push(uri);
        }
    }

    /// Whether exactly this address is registered (RFC 9700 §4.1.3: simple string comparison).
    pub fn contains(&self, uri: &str) -> bool {
        self.all().iter().any(|registered| registered == uri)
    }

    /// The default: the first one registered.
    pub fn first(&self) -> Option<String> {
        self.all().into_iter().next()
    }

    /// All of them, in order.
    pub fn all(&self) -> Vec<String> {
        self.uris
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Forgets what was added after the start.
    pub fn reset(&self) {
        *self.uris.write().unwrap_or_else(PoisonError::into_inner) = self.at_start.clone();
    }
}
