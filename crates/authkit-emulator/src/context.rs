//! What every handler shares. Built once at start, behind an `Arc`; control changes parts of it.
//! It holds no request's data.

use std::sync::{PoisonError, RwLock};

use jiff::SignedDuration;
use tokio::sync::mpsc::UnboundedReceiver;

use super::browser_session;
use super::clock::Clock;
use super::config::Config;
use super::fault::Faults;
use super::neighbour::Neighbour;
use super::registered::Registered;
use super::restricted_keys::RestrictedKeys;
use super::serve::StartError;
use super::store::Store;
use super::token_template::TokenTemplate;
use super::webhook::{Message, Webhooks};

/// The emulator's identity, memory and adjustable parts.
pub struct Context {
    pub base_url: String,
    /// Where browsers reach it, if that is another address.
    pub public_url: Option<String>,
    /// The name of the cookie that browsers are known by.
    pub browser_cookie: String,
    pub client_id: String,
    pub api_key: String,
    pub restricted_keys: RestrictedKeys,
    pub redirect_uris: Registered,
    pub sign_out_uris: Registered,
    pub cors_origins: Registered,
    pub clock: Clock,
    pub store: Store,
    pub faults: Faults,
    pub webhooks: Webhooks,
    lifetimes: RwLock<Lifetimes>,
    /// What tokens name as their issuer, where that is not the default.
    issuer: RwLock<Option<String>>,
    /// What a JWT template adds to access tokens.
    template: RwLock<TokenTemplate>,
    /// Another environment of the account, if there is one.
    neighbour: RwLock<Option<Neighbour>>,
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
        let store = opened.map_err(|_| StartError::Interrupted)??;
        let (redirect_uris, cors_origins) =
            store.read(|state| (state.redirect_uris.clone(), state.cors_origins.clone()));
        let (webhooks, messages) = Webhooks::new(config.webhook.clone());
        let context = Context {
            base_url,
            public_url: config.public_url.clone(),
            browser_cookie: browser_session::cookie_name(config.state_file.as_deref()),
            client_id: config.client_id.clone(),
            api_key: config.api_key.clone(),
            restricted_keys: RestrictedKeys::default(),
            redirect_uris: Registered::new("redir", &config.redirect_uris, redirect_uris, now),
            sign_out_uris: Registered::new("logout", &config.sign_out_uris, Vec::new(), now),
            cors_origins: Registered::new("cors_origin", &[], cors_origins, now),
            clock,
            store,
            faults: Faults::default(),
            webhooks,
            lifetimes: RwLock::default(),
            issuer: RwLock::default(),
            template: RwLock::default(),
            neighbour: RwLock::default(),
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

    /// Another environment of the account, if there is one.
    pub fn neighbour(&self) -> Option<Neighbour> {
        let neighbour = self.neighbour.read();
        neighbour.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds or removes another environment.
    pub fn set_neighbour(&self, neighbour: Option<Neighbour>) {
        let mut current = self
            .neighbour
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *current = neighbour;
    }

    /// What a JWT template adds to access tokens: nothing by default.
    pub fn template(&self) -> TokenTemplate {
        let template = self.template.read();
        template.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what is added to the access tokens that are issued from now on.
    pub fn set_template(&self, template: TokenTemplate) {
        let current = self.template.write();
        *current.unwrap_or_else(PoisonError::into_inner) = template;
    }

    /// Changes the issuer of tokens from now on; `None` is the default again.
    pub fn set_issuer(&self, issuer: Option<String>) {
        *self.issuer.write().unwrap_or_else(PoisonError::into_inner) = issuer;
    }
}
