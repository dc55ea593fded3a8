//! What tests may bend, in process: time, lifetimes, keys, faults, people, sessions. Callers: Rust
//! tests through [`Emulator::control`](super::Emulator::control), and [`http`] for everybody else.
//! It acts on one emulator and must never be needed for an ordinary sign-in.

pub mod http;
mod mint;
mod people;

use std::sync::Arc;

use jiff::SignedDuration;
pub use people::{CreatedUser, NewUser};
use serde_json::{Map, Value};

use super::accounts::EmailTaken;
use super::context::{Context, Lifetimes};
use super::fault::{Calls, Endpoint, Fault};
use super::keys::{KeyError, KeyRing};
use super::neighbour::Neighbour;
use super::store::model::State;
use super::store::seed;
use super::token_template::{ReservedClaim, TokenTemplate};
use super::webhook::{Delivery, HeldWebhook, Webhook};

/// A handle on a running emulator; clones act on the same one.
#[derive(Clone)]
pub struct Control {
    context: Arc<Context>,
}

/// Why control can't do what it is asked to.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No user has this address.
    #[error("there is no user with the email {0}")]
    UnknownUser(String),
    /// No user has this id.
    #[error("there is no user {0}")]
    UnknownUserId(String),
    /// That is nobody's address.
    #[error("that is no email address")]
    InvalidEmail,
    /// No event of this id is held.
    #[error("there is no event {0} being held")]
    UnknownEvent(String),
    /// No organization has this id.
    #[error("there is no organization {0}")]
    UnknownOrganization(String),
    /// The user has no place in this organization.
    #[error("{email} is not a member of {organization_id}")]
    NotAMember {
        /// Whose place it would be.
        email: String,
        /// Where.
        organization_id: String,
    },
    /// Nothing is registered, or not this.
    #[error("the redirect URI is not registered")]
    UnregisteredRedirectUri,
    /// The address belongs to somebody.
    #[error(transparent)]
    EmailTaken(#[from] EmailTaken),
    /// A JWT template sets what it can't.
    #[error(transparent)]
    Template(#[from] ReservedClaim),
    /// A key can't be made or used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The runtime stopped meanwhile.
    #[error("interrupted")]
    Interrupted,
}

/// Time, faults and counts.
impl Control {
    pub(super) fn new(context: Arc<Context>) -> Control {
        Control { context }
    }

    /// Moves the emulator's time by so many seconds; 0 is the system's time again.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.context.clock.set_offset(seconds);
    }

    /// What tokens name as their issuer from now on, and the discovery document with them: at WorkOS it
    /// changes with a domain of one's own. `None` is the default again.
    pub fn set_issuer(&self, issuer: Option<String>) {
        self.context.set_issuer(issuer);
    }

    /// How long access tokens live that are issued from now on; 0 and less make them born expired.
    pub fn set_access_token_lifetime(&self, seconds: i64) {
        self.context
            .set_lifetimes(|it| it.access_token = SignedDuration::from_secs(seconds));
    }

    /// How long refresh tokens live that are issued from now on.
    pub fn set_refresh_token_lifetime(&self, seconds: i64) {
        self.context
            .set_lifetimes(|it| it.refresh_token = SignedDuration::from_secs(seconds));
    }

    /// How long authorization codes live that are issued from now on.
    pub fn set_code_lifetime(&self, seconds: i64) {
        self.context
            .set_lifetimes(|it| it.code = SignedDuration::from_secs(seconds));
    }

    /// How long a browser stays signed in at the emulator from its next sign-in on.
    pub fn set_browser_session_lifetime(&self, seconds: i64) {
        self.context
            .set_lifetimes(|it| it.browser_session = SignedDuration::from_secs(seconds));
    }

    /// Orders a fault. Faults of one endpoint come in the order they were set.
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

    /// Sends events there from now on; what has happened before goes where it was to go.
    pub fn set_webhook(&self, webhook: Option<Webhook>) {
        self.context.webhooks.set(webhook);
    }

    /// What was sent to the webhook since the start or the last reset, in order. An event is listed
    /// once the app has answered, or has not answered in time.
    pub fn webhook_deliveries(&self) -> Vec<Delivery> {
        self.context.webhooks.deliveries()
    }

    /// Keeps events from now on instead of sending them, so that a test can lose them, or send them
    /// late, twice or in another order. Only what has a webhook to go to is kept.
    pub fn hold_webhooks(&self) {
        self.context.webhooks.hold();
    }

    /// What is held, in the order in which it happened.
    pub fn held_webhooks(&self) -> Vec<HeldWebhook> {
        self.context.webhooks.held()
    }

    /// Sends one that is held, signed now. It stays held, so it can be sent again.
    pub fn send_held_webhook(&self, id: &str) -> Result<(), ControlError> {
        let sent = self.context.webhooks.send_held(id);
        let unknown = || ControlError::UnknownEvent(id.to_owned());
        sent.then_some(()).ok_or_else(unknown)
    }

    /// Sends what is held and was not sent yet, in the order in which it happened, and holds no longer.
    pub fn release_webhooks(&self) {
        self.context.webhooks.release();
    }

    /// Forgets what is held, sent or not, and holds no longer.
    pub fn lose_webhooks(&self) {
        self.context.webhooks.lose();
    }

    /// Everything as on the first day: seeded users, no sessions, faults or counts, the system's time,
    /// the addresses and the webhook of the start. The current key stays, retired ones go.
    pub async fn reset(&self) -> Result<(), ControlError> {
        let context = &self.context;
        context.faults.reset();
        context.clock.set_offset(0);
        context.set_issuer(None);
        context.set_neighbour(None);
        context.set_template(TokenTemplate::default());
        context.set_lifetimes(|lifetimes| *lifetimes = Lifetimes::default());
        context.restricted_keys.reset();
        context.webhooks.reset();
        context.store.change(|state| {
            // In one step with the state, which has those that were registered over the API.
            context.redirect_uris.reset();
            context.sign_out_uris.reset();
            context.cors_origins.reset();
            let mut keys = state.keys.clone();
            keys.rotate_to(state.keys.clone(), false);
            *state = State::seeded(keys, seed::password_hash(), context.clock.now());
        });
        Ok(())
    }
}

/// Keys and tokens.
impl Control {
    /// Makes a new signing key. `keep_old` says whether JWKS goes on listing the old one.
    /// Answers the new key's id.
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

    /// Adds another environment of the same account, with credentials that are good there and see
    /// nothing of this one.
    pub async fn add_neighbour(&self, client_id: &str, api_key: &str) -> Result<(), ControlError> {
        let now = self.context.clock.now();
        let made = tokio::task::spawn_blocking(move || KeyRing::generate(now)).await;
        self.context.set_neighbour(Some(Neighbour {
            client_id: client_id.to_owned(),
            api_key: api_key.to_owned(),
            keys: made.map_err(|_| ControlError::Interrupted)??,
        }));
        Ok(())
    }

    /// Adds an API key that may call these endpoints only; elsewhere it is answered 403. The emulator's
    /// own key can be restricted like that too. Lasts until the reset.
    pub fn restrict_api_key(&self, api_key: impl Into<String>, allowed: Vec<Endpoint>) {
        self.context.restricted_keys.set(api_key.into(), allowed);
    }

    /// Signs any claims with the current key, as a token of this emulator.
    pub fn sign(&self, claims: &Value) -> Result<String, ControlError> {
        let signer = self.context.store.read(|state| state.keys.signer());
        Ok(signer.sign(claims)?)
    }

    /// Signs any header and claims, however wrong, with the current key and RS256.
    pub fn sign_with_header(&self, header: &Value, claims: &Value) -> Result<String, ControlError> {
        Ok(self
            .context
            .store
            .read(|state| state.keys.sign_raw(header, claims))?)
    }

    /// What a JWT template adds to access tokens from now on, an `aud` for one; no claims add nothing again.
    pub fn set_token_template(&self, claims: Map<String, Value>) -> Result<(), ControlError> {
        self.context.set_template(TokenTemplate::new(claims)?);
        Ok(())
    }

    /// The issuer of this emulator's tokens.
    pub fn issuer(&self) -> String {
        self.context.issuer()
    }
}
