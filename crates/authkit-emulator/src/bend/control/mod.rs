//! The control interface in process: time, lifetimes, keys, faults, users, sessions. Callers: Rust tests through
//! [`Emulator::control`](crate::Emulator::control), and [`http`] for other programs. It acts on one emulator and must never
//! be needed for an ordinary sign-in.

pub mod browsers;
pub mod http;
pub mod mint;
pub mod people;
pub mod rights;

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Map, Value};
use url::Url;

use crate::bend::endpoint::{Calls, Endpoint};
use crate::bend::faults::Fault;
use crate::bend::other_environment::OtherEnvironment;
use crate::bend::outbox::{Delivery, HeldWebhook, Webhook};
use crate::changes::accounts::EmailTaken;
use crate::protocol::access_token::SignError;
use crate::state::context::{Context, Lifetimes};
use crate::state::jwt_template::{self, TemplateError};
use crate::state::keys::{KeyError, KeyRing};
use crate::state::seed;
use crate::state::store::memory::Memory;
use crate::state::token_template::{ReservedClaim, TokenTemplate};

/// A handle on a running emulator; clones act on the same one.
#[derive(Clone)]
pub struct Control {
    context: Arc<Context>,
}

/// Why a control call failed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No user has this address.
    #[error("there is no user with the email {0}")]
    UnknownUser(String),
    /// No user has this id.
    #[error("there is no user {0}")]
    UnknownUserId(String),
    /// The string is not an email address.
    #[error("that is no email address")]
    InvalidEmail,
    /// No held event has this id.
    #[error("there is no event {0} being held")]
    UnknownEvent(String),
    /// No organization has this id.
    #[error("there is no organization {0}")]
    UnknownOrganization(String),
    /// The user is not a member of the organization.
    #[error("{email} is not a member of {organization_id}")]
    NotAMember {
        /// The user's email address.
        email: String,
        /// Id of the organization.
        organization_id: String,
    },
    /// No role has this slug.
    #[error("there is no role {0}")]
    UnknownRole(String),
    /// A membership needs a role.
    #[error("a member has at least one role")]
    NoRole,
    /// No feature flag has this slug.
    #[error("there is no feature flag {0}")]
    UnknownFlag(String),
    /// The text can't be a slug.
    #[error("{0:?} is no slug: lower-case letters, digits and any of - _ : . only, at most 64")]
    Slug(String),
    /// The address is not one that a browser can be led to.
    #[error("{0:?} is no address of http or https")]
    Address(String),
    /// No redirect URI is registered, or not this one.
    #[error("the redirect URI is not registered")]
    UnregisteredRedirectUri,
    /// The address is used by another user.
    #[error(transparent)]
    EmailTaken(#[from] EmailTaken),
    /// The claims to add have a reserved one.
    #[error(transparent)]
    Template(#[from] ReservedClaim),
    /// The environment's JWT template can't be used.
    #[error(transparent)]
    JwtTemplate(#[from] TemplateError),
    /// A key could not be generated or used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The runtime shut down.
    #[error("interrupted")]
    Interrupted,
}

impl From<SignError> for ControlError {
    fn from(error: SignError) -> ControlError {
        match error {
            SignError::Key(error) => ControlError::Key(error),
            SignError::Template(error) => ControlError::JwtTemplate(error),
        }
    }
}

/// Time, faults and counts.
impl Control {
    pub(crate) fn new(context: Arc<Context>) -> Control {
        Control { context }
    }

    /// Moves the emulator's clock by a number of seconds; 0 restores the system time.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.context.clock.set_offset(seconds);
    }

    /// Changes the issuer of tokens issued from now on and of the discovery document, as a custom domain does at
    /// WorkOS. `None` restores the default.
    pub fn set_issuer(&self, issuer: Option<String>) {
        self.context.set_issuer(issuer);
    }

    /// Makes `authorize` ignore `max_age`, as some providers do: the user is not asked again, and `auth_time` stays old.
    pub fn set_ignores_max_age(&self, ignores: bool) {
        self.context.set_ignores_max_age(ignores);
    }

    /// Sets the Initiate login URI, where AuthKit leads a browser whose sign-in the app did not start. `None` unsets it.
    pub fn set_initiate_login_uri(&self, uri: Option<&str>) -> Result<(), ControlError> {
        let parse = |uri: &str| {
            let url = Url::parse(uri).ok();
            let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
            url.ok_or_else(|| ControlError::Address(uri.to_owned()))
        };
        let url = uri.map(parse).transpose()?;
        self.context.set_initiate_login_uri(url);
        Ok(())
    }

    /// Lifetime of access tokens issued from now on, in seconds; with 0 or less they are expired at once.
    pub fn set_access_token_lifetime(&self, seconds: i64) {
        self.context
            .set_lifetimes(|it| it.access_token = SignedDuration::from_secs(seconds));
    }

    /// Lifetime of refresh tokens issued from now on, in seconds.
    pub fn set_refresh_token_lifetime(&self, seconds: i64) {
        self.context
            .set_lifetimes(|it| it.refresh_token = SignedDuration::from_secs(seconds));
    }

    /// Lifetime of authorization codes issued from now on, in seconds.
    pub fn set_code_lifetime(&self, seconds: i64) {
        self.context
            .set_lifetimes(|it| it.code = SignedDuration::from_secs(seconds));
    }

    /// Lifetime of browser sessions at the emulator from the next sign-in on, in seconds.
    pub fn set_browser_session_lifetime(&self, seconds: i64) {
        self.context
            .set_lifetimes(|it| it.browser_session = SignedDuration::from_secs(seconds));
    }

    /// Sets a fault. Faults of one endpoint are served in the order they were set.
    pub fn set_fault(&self, endpoint: Endpoint, fault: Fault) {
        self.context.faults.set(endpoint, fault);
    }

    /// Cancels all faults.
    pub fn clear_faults(&self) {
        self.context.faults.clear();
    }

    /// Calls per endpoint since the start or the last reset.
    pub fn calls(&self) -> Calls {
        self.context.faults.calls()
    }

    /// Calls of one endpoint.
    pub fn calls_of(&self, endpoint: Endpoint) -> u64 {
        self.calls().get(&endpoint).copied().unwrap_or(0)
    }

    /// Sets the endpoint of events from now on; earlier events go to the earlier endpoint.
    pub fn set_webhook(&self, webhook: Option<Webhook>) {
        self.context.outbox.set(webhook);
    }

    /// Deliveries since the start or the last reset, in order. An event is listed once the app has answered or timed
    /// out.
    pub fn webhook_deliveries(&self) -> Vec<Delivery> {
        self.context.outbox.deliveries()
    }

    /// Holds events from now on, so that a test can lose them, or send them late, twice or in another order. Without a
    /// webhook, no event is held.
    pub fn hold_webhooks(&self) {
        self.context.outbox.hold();
    }

    /// Held events, in the order in which they happened.
    pub fn held_webhooks(&self) -> Vec<HeldWebhook> {
        self.context.outbox.held()
    }

    /// Sends a held event, signed now. It stays held and can be sent again.
    pub fn send_held_webhook(&self, id: &str) -> Result<(), ControlError> {
        let sent = self.context.outbox.send_held(id);
        let unknown = || ControlError::UnknownEvent(id.to_owned());
        sent.then_some(()).ok_or_else(unknown)
    }

    /// Sends held events that were not sent yet, in the order in which they happened, and stops holding.
    pub fn release_webhooks(&self) {
        self.context.outbox.release();
    }

    /// Drops held events, sent or not, and stops holding.
    pub fn lose_webhooks(&self) {
        self.context.outbox.lose();
    }

    /// Restores the initial state: seeded users, no sessions, faults or counts, the system time, the configured
    /// addresses and webhook. The current key stays, retired keys go.
    pub async fn reset(&self) -> Result<(), ControlError> {
        let context = &self.context;
        context.faults.reset();
        context.clock.set_offset(0);
        context.set_issuer(None);
        context.set_other_environment(None);
        context.set_template(TokenTemplate::default());
        context.set_ignores_max_age(false);
        context.set_initiate_login_uri(None);
        context.set_lifetimes(|lifetimes| *lifetimes = Lifetimes::default());
        context.restricted_keys.reset();
        context.outbox.reset();
        context.events.reset();
        context.store.change(|state| {
            // In one step with the state, which holds the addresses registered over the API.
            context.redirect_uris.reset();
            context.sign_out_uris.reset();
            context.cors_origins.reset();
            let mut keys = state.keys.clone();
            keys.rotate_to(state.keys.clone(), false);
            *state = Memory::empty(keys);
            let now = context.clock.now();
            state.apply(context.store.seed(), seed::password_hash(), now);
        });
        Ok(())
    }
}

/// Keys and tokens.
impl Control {
    /// Generates a new signing key and returns its id. With `keep_old`, JWKS still lists the old key.
    pub async fn rotate_keys(&self, keep_old: bool) -> Result<String, ControlError> {
        let now = self.context.clock.now();
        let made = tokio::task::spawn_blocking(move || KeyRing::generate(now)).await;
        let next = made.map_err(|_| ControlError::Interrupted)??;
        let kid = next.kid().to_owned();
        self.context
            .store
            .change(|state| state.keys.rotate_to(next, keep_old));
        Ok(kid)
    }

    /// Adds another environment of the same account, with credentials that are valid there and have no access to this
    /// one.
    pub async fn add_neighbour(&self, client_id: &str, api_key: &str) -> Result<(), ControlError> {
        let now = self.context.clock.now();
        let made = tokio::task::spawn_blocking(move || KeyRing::generate(now)).await;
        self.context.set_other_environment(Some(OtherEnvironment {
            client_id: client_id.to_owned(),
            api_key: api_key.to_owned(),
            keys: made.map_err(|_| ControlError::Interrupted)??,
        }));
        Ok(())
    }

    /// Adds an API key that may call only these endpoints; others answer 403. Also restricts the emulator's own key,
    /// if given. Lasts until the reset.
    pub fn restrict_api_key(&self, api_key: impl Into<String>, allowed: Vec<Endpoint>) {
        self.context.restricted_keys.set(api_key.into(), allowed);
    }

    /// Signs any claims with the current key, as the emulator signs tokens.
    pub fn sign(&self, claims: &Value) -> Result<String, ControlError> {
        let signer = self.context.store.read(|state| state.keys.signer());
        Ok(signer.sign(claims)?)
    }

    /// Signs any header and claims, valid or not, with the current key and RS256.
    pub fn sign_with_header(&self, header: &Value, claims: &Value) -> Result<String, ControlError> {
        Ok(self
            .context
            .store
            .read(|state| state.keys.sign_raw(header, claims))?)
    }

    /// Sets claims to add to access tokens from now on, such as `aud`, of any size; no claims remove them.
    pub fn set_token_template(&self, claims: Map<String, Value>) -> Result<(), ControlError> {
        self.context.set_template(TokenTemplate::new(claims)?);
        Ok(())
    }

    /// Sets the environment's JWT template, in WorkOS's syntax, for access tokens from now on; `None` removes it.
    pub fn set_jwt_template(&self, content: Option<&str>) -> Result<(), ControlError> {
        content.map(jwt_template::check).transpose()?;
        let now = self.context.clock.now();
        self.context.store.change(|state| match content {
            Some(content) => {
                state.set_jwt_template(now, content.to_owned());
            }
            None => state.jwt_template = None,
        });
        Ok(())
    }

    /// The issuer of this emulator's tokens.
    pub fn issuer(&self) -> String {
        self.context.issuer()
    }
}
