//! What every handler shares. Built once at start, behind an `Arc`; control changes parts of it.
//! It holds no request's data.

use std::sync::{PoisonError, RwLock};

use jiff::SignedDuration;
use tokio::sync::mpsc::UnboundedReceiver;

use super::clock::Clock;
use super::config::Config;
use super::fault::Faults;
use super::registered::Registered;
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
    pub cors_origins: Registered,
    pub clock: Clock,
    pub store: Store,
    pub faults: Faults,
    pub webhooks: Webhooks,
    lifetimes: RwLock<Lifetimes>,
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
            redirect_uris: Registered::new("redir", &config.redirect_uris, now),
            sign_out_uris: Registered::new("logout", &config.sign_out_uris, now),
            cors_origins: Registered::new("cors_origin", &[], now),
            clock,
            store: opened.map_err(|_| StartError::Interrupted)??,
            faults: Faults::default(),
            webhooks,
            lifetimes: RwLock::default(),
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

    /// The issuer of access tokens, in WorkOS's production form.
    pub fn issuer(&self) -> String {
        format!("{}/user_management/{}", self.base_url, self.client_id)
    }
}
