//! [`Context`]: the emulator's parts, shared by all handlers behind an `Arc`. Made once at start; control changes parts
//! of it. It stands on the data of `state` and `bend` and must never import a handler, a middleware or a task: those
//! take it. It holds no request's data.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::UnboundedReceiver;
use url::Url;

use crate::bend::faults::Faults;
use crate::bend::other_environment::OtherEnvironment;
use crate::bend::outbox::{Message, Outbox};
use crate::bend::restricted_keys::RestrictedKeys;
use crate::state::clock::{self, Clock};
use crate::state::config::Config;
use crate::state::event_log::EventLog;
use crate::state::random;
use crate::state::registered::Registered;
use crate::state::store::Store;
use crate::state::store::model::Session;
use crate::state::token_template::TokenTemplate;

/// The emulator's identity, memory and adjustable parts.
pub struct Context {
    pub base_url: String,
    /// Address that browsers use, where it differs from `base_url`.
    pub public_url: Option<String>,
    /// Name of the cookie that holds a browser's session.
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
    pub outbox: Outbox,
    pub events: EventLog,
    lifetimes: RwLock<Lifetimes>,
    /// Issuer of tokens, if changed from the default.
    issuer: RwLock<Option<String>>,
    /// Claims that the JWT template adds to access tokens.
    template: RwLock<TokenTemplate>,
    /// Whether `authorize` ignores `max_age`.
    ignores_max_age: AtomicBool,
    /// Where sign-ins begin that the app did not start, if set.
    initiate_login_uri: RwLock<Option<Url>>,
    /// Another environment of the account, if one was added.
    other_environment: RwLock<Option<OtherEnvironment>>,
}

/// Lifetimes of what the emulator issues.
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
    /// Puts the parts together. The receiver is for the task that delivers events.
    pub fn new(
        config: &Config,
        base_url: String,
        clock: Clock,
        store: Store,
    ) -> (Context, UnboundedReceiver<Message>) {
        let now = clock.now();
        let (redirect_uris, cors_origins) =
            store.read(|state| (state.redirect_uris.clone(), state.cors_origins.clone()));
        let (outbox, messages) = Outbox::new(config.webhook.clone());
        let context = Context {
            base_url,
            public_url: config.public_url.clone(),
            browser_cookie: browser_cookie(config.state_file.as_deref()),
            client_id: config.client_id.clone(),
            api_key: config.api_key.clone(),
            restricted_keys: RestrictedKeys::default(),
            redirect_uris: Registered::new("redir", &config.redirect_uris, redirect_uris, now),
            sign_out_uris: Registered::new("logout", &config.sign_out_uris, Vec::new(), now),
            cors_origins: Registered::new("cors_origin", &[], cors_origins, now),
            clock,
            store,
            faults: Faults::default(),
            outbox,
            events: EventLog::default(),
            lifetimes: RwLock::default(),
            issuer: RwLock::default(),
            template: RwLock::default(),
            ignores_max_age: AtomicBool::default(),
            initiate_login_uri: RwLock::default(),
            other_environment: RwLock::default(),
        };
        (context, messages)
    }

    /// The current lifetimes.
    pub fn lifetimes(&self) -> Lifetimes {
        *self
            .lifetimes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// When a session ends at the latest: an impersonation by itself, any other with its refresh tokens.
    pub fn session_ends_at(&self, session: &Session) -> Timestamp {
        let lifetime = self.lifetimes().refresh_token;
        let end = session.ends_at();
        end.unwrap_or_else(|| clock::after(session.created_at, lifetime))
    }

    /// Changes lifetimes for what is issued from now on.
    pub fn set_lifetimes(&self, change: impl FnOnce(&mut Lifetimes)) {
        change(
            &mut self
                .lifetimes
                .write()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// The issuer of access tokens, in WorkOS's production form unless changed.
    pub fn issuer(&self) -> String {
        let changed = self.issuer.read().unwrap_or_else(PoisonError::into_inner);
        changed
            .clone()
            .unwrap_or_else(|| format!("{}/user_management/{}", self.base_url, self.client_id))
    }

    /// Whether `authorize` ignores `max_age`.
    pub fn ignores_max_age(&self) -> bool {
        self.ignores_max_age.load(Ordering::Relaxed)
    }

    /// Makes `authorize` ignore `max_age`, or obey it.
    pub fn set_ignores_max_age(&self, ignores: bool) {
        self.ignores_max_age.store(ignores, Ordering::Relaxed);
    }

    /// Where sign-ins begin that the app did not start, if set.
    pub fn initiate_login_uri(&self) -> Option<Url> {
        let uri = self.initiate_login_uri.read();
        uri.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes where sign-ins begin that the app did not start.
    pub fn set_initiate_login_uri(&self, uri: Option<Url>) {
        let current = self.initiate_login_uri.write();
        *current.unwrap_or_else(PoisonError::into_inner) = uri;
    }

    /// The other environment of the account, if one was added.
    pub fn other_environment(&self) -> Option<OtherEnvironment> {
        let other = self.other_environment.read();
        other.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds or removes the other environment.
    pub fn set_other_environment(&self, other: Option<OtherEnvironment>) {
        let current = self.other_environment.write();
        *current.unwrap_or_else(PoisonError::into_inner) = other;
    }

    /// The JWT template of access tokens; by default it adds no claims.
    pub fn template(&self) -> TokenTemplate {
        let template = self.template.read();
        template.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the JWT template for access tokens issued from now on.
    pub fn set_template(&self, template: TokenTemplate) {
        let current = self.template.write();
        *current.unwrap_or_else(PoisonError::into_inner) = template;
    }

    /// Changes the issuer of tokens issued from now on; `None` restores the default.
    pub fn set_issuer(&self, issuer: Option<String>) {
        *self.issuer.write().unwrap_or_else(PoisonError::into_inner) = issuer;
    }
}

/// Name of the session cookie of an emulator with this state file. All ports of a host share cookies (RFC 6265 §8.5), so
/// the name must differ from those of apps and of other projects' emulators.
fn browser_cookie(state_file: Option<&Path>) -> String {
    const NAME: &str = "authkit-emulator-session";
    let Some(file) = state_file.and_then(|file| std::path::absolute(file).ok()) else {
        return NAME.to_owned();
    };
    let project = random::fingerprint(&file.to_string_lossy());
    format!("{NAME}-{}", &project[..8])
}
