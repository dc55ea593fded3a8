//! The server half of the library, put together in [`AuthKit`].
//!
//! An app makes one [`AuthKit`], puts its [`layer`](AuthKit::layer) around its routes, and asks
//! [`require_user`], [`CurrentUser`] or [`MaybeUser`] who is there. Imports nothing from the app.

pub mod answer;
mod attempts;
mod builder;
mod caller;
mod changes;
pub mod config;
mod cookies;
pub mod core;
mod expiring;
mod extract;
pub mod flow;
#[cfg(test)]
mod fuzz;
pub mod guard;
mod inspect;
mod layer;
mod leaving;
mod ledger;
mod news;
mod origin;
mod plain_pages;
mod protect;
mod published_keys;
pub mod rate_limit;
mod referer;
mod refresh;
mod request;
mod revoked;
pub mod token;
mod user_event;
mod watch;
mod webhook;
pub mod workos;

pub use answer::{is_form, no_store, redirect, set_status};
pub use builder::{Builder, StartError};
pub use caller::{
    BearerError, BearerTokens, Caller, Guarded, IdentityError, SessionCaller, UnknownBearerTokens,
    UserIdentity,
};
pub use config::{Config, Problems};
pub use cookies::AuthCookies;
pub use extract::{CurrentUser, MaybeUser};
pub use guard::Allowed;
pub use inspect::{Inspection, SessionCookie, examine, inspect};
pub use layer::{AuthLayer, AuthService};
pub use ledger::{Ledger, LedgerError, SqliteFileError};
pub use ledger::{are_lent, hears};
pub use origin::{SameOrigin, SameOriginLayer, same_origin_layer};
pub use request::{
    access_token, auth_state, identity, memberships, page_user, require_user, verified_claims,
};
pub(crate) use request::{access_token_for_script, auth_state_for_browser};
pub use user_event::{UserEvent, UserSnapshot};
pub use watch::{Ending, SessionWatch};

use self::{
    attempts::Attempts,
    changes::Changes,
    core::{
        chunks,
        clock::Clock,
        seal::{Salt, Sealer},
        session::{Purpose, Session},
    },
    flow::TokenRequests,
    protect::Border,
    refresh::Refresher,
    revoked::Revoked,
    token::{Claims, TokenError, TokenSource, Verifier},
    user_event::UserListener,
    watch::Watchers,
    workos::{Failure, TokenResponse, WorkOs},
};
use crate::User;
use config::CookieConfig;
use secrecy::SecretString;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio_util::task::TaskTracker;

/// How long a stop waits for what is under way: longer than any call to WorkOS takes.
const FINISH_PATIENCE: Duration = Duration::from_secs(15);

/// AuthKit for one app: configuration, keys and connections. Cheap to clone.
#[derive(Clone)]
pub struct AuthKit {
    inner: Arc<Inner>,
}

struct Inner {
    /// What is put around an app's routes.
    border: Border,
    cookie: CookieConfig,
    bearer_tokens: BearerTokens,
    /// Whether any site may show the app in a frame.
    is_framed: bool,
    sealer: Arc<Sealer>,
    verifier: Verifier,
    workos: WorkOs,
    attempts: Attempts,
    token_requests: TokenRequests,
    refresher: Refresher,
    refresh_buffer: Option<Duration>,
    ledger: Ledger,
    revoked: Revoked,
    changes: Changes,
    /// Who wants to know when a session ends, or has to be renewed.
    watchers: Arc<Watchers>,
    webhook_secret: Option<SecretString>,
    user_listener: OnceLock<UserListener>,
    clock: Clock,
    /// What must be finished before the process ends, whoever waits for it.
    tasks: TaskTracker,
}

/// Why an [`AuthKit`] could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The HTTP client for the keys could not be made.
    #[error("the HTTP client can't be set up")]
    Http(#[from] reqwest::Error),
    /// The credentials can't be used.
    #[error("the WorkOS client can't be set up: {0}")]
    WorkOs(#[from] Failure),
    /// The ledger can't be read.
    #[error("the ledger can't be read: {0}")]
    Ledger(#[from] LedgerError),
    /// The public origin is not one a browser can send.
    #[error("the origin of WORKOS_REDIRECT_URI can't be used: {0}")]
    Origin(#[from] tower_http::csrf::ConfigError),
}

/// Why tokens that WorkOS granted are not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the token's subject is not the user it came with")]
    OtherSubject,
}

/// The system has no randomness to seal with.
#[derive(Debug, thiserror::Error)]
#[error("the system has no randomness")]
pub(crate) struct SealError(#[from] getrandom::Error);

impl AuthKit {
    /// Everything set up, the deny list read, WorkOS not contacted yet. `ledger`, whose tables must be there,
    /// is what processes share.
    ///
    /// # Errors
    /// [`BuildError`] when the credentials, the system's TLS or the ledger can't be used.
    pub async fn start(config: &Config, ledger: Ledger, clock: Clock) -> Result<Self, BuildError> {
        let verifier = Verifier::new(config.all_providers(), clock.clone())?;
        let sealer = Arc::new(config.sealer());
        let tasks = TaskTracker::new();
        let watchers = Arc::new(Watchers::default());
        let inner = Arc::new(Inner {
            border: Border::new(config)?,
            cookie: config.cookie.clone(),
            bearer_tokens: config.bearer_tokens,
            is_framed: config.frame_ancestors.is_any(),
            attempts: Attempts::new(Arc::clone(&sealer), &config.cookie),
            token_requests: TokenRequests::default(),
            sealer,
            verifier,
            workos: WorkOs::new(config)?,
            refresher: Refresher::new(ledger.clone()),
            refresh_buffer: config.refresh_buffer,
            revoked: Revoked::new(ledger.clone(), tasks.clone(), Arc::clone(&watchers)),
            ledger,
            changes: Changes::new(),
            watchers,
            webhook_secret: config.webhook_secret.clone(),
            user_listener: OnceLock::new(),
            clock,
            tasks,
        });
        inner.catch_up().await?;
        tokio::spawn(news::follow(Arc::downgrade(&inner)));
        tokio::spawn(revoked::sweep(Arc::downgrade(&inner)));
        tokio::spawn(leaving::work(Arc::downgrade(&inner)));
        Ok(Self { inner })
    }

    /// Finishes what is under way: refreshes whose answer nobody would know otherwise, and revocations
    /// that are still to be recorded. Call it when the server has stopped, before the process ends; it
    /// takes as long as WorkOS, fifteen seconds at most.
    pub async fn finish(&self) {
        self.inner.tasks.close();
        let finished = tokio::time::timeout(FINISH_PATIENCE, self.inner.tasks.wait()).await;
        if finished.is_err() {
            tracing::warn!(
                reason = "unfinished",
                "stopped while a refresh was under way"
            );
        }
    }

    /// The app's public origin, such as `https://app.example.com`.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.inner.border.origin()
    }

    /// The layer that answers "who is it?" once per request, for everything inside it.
    #[must_use]
    pub fn layer(&self) -> AuthLayer {
        AuthLayer::new(self.clone())
    }

    /// The claims of an access token that came with `user`, if it is one of ours, valid, and theirs.
    pub(crate) async fn check(
        &self,
        access_token: &SecretString,
        user: &User,
        source: TokenSource,
    ) -> Result<Claims, CheckError> {
        let verifier = &self.inner.verifier;
        let claims = verifier.verify_session(access_token, source).await?;
        if claims.sub() != user.id {
            return Err(CheckError::OtherSubject);
        }
        Ok(claims)
    }

    /// The cookies, as name and value, that a browser has once these tokens are its session: for tests
    /// that need many sessions, or one without walking through a sign-in. `None` when the access token
    /// is not one of ours, or the session does not fit into cookies.
    pub async fn session_cookies(&self, granted: TokenResponse) -> Option<Vec<(String, String)>> {
        let claims = self
            .check(&granted.access_token, &granted.user, TokenSource::Provider)
            .await
            .ok()?;
        let sealed = self.seal(&granted.into_session(&claims)).ok()?;
        let chunks = chunks::split(&self.inner.cookie.name, &sealed).ok()?;
        let owned = |(name, value): (String, &str)| (name, value.to_owned());
        Some(chunks.into_iter().map(owned).collect())
    }

    /// The value of the session cookie: without what is there only to be shown, where it would be too long with it.
    pub(crate) fn seal(&self, session: &Session) -> Result<String, SealError> {
        let inner = &self.inner;
        let purpose = Purpose::Cookie(&inner.cookie.name);
        let seal = |session: &Session| {
            Ok::<_, SealError>(session.seal(&inner.sealer, random_salt()?, purpose))
        };
        let sealed = seal(session)?;
        match sealed.len() {
            ..=chunks::LONGEST_VALUE => Ok(sealed),
            _ => seal(&session.bare()),
        }
    }
}

/// A salt to seal with.
pub(crate) fn random_salt() -> Result<Salt, SealError> {
    let mut salt = Salt::default();
    getrandom::fill(&mut salt)?;
    Ok(salt)
}
