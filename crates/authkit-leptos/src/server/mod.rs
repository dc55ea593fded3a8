//! The server half of the library, put together in [`AuthKit`].
//!
//! An app makes one [`AuthKit`], puts its [`layer`](AuthKit::layer) around its routes, and asks
//! [`require_user`], [`CurrentUser`] or [`MaybeUser`] who is there. Imports nothing from the app.

pub mod answer;
mod attempts;
mod builder;
mod caller;
pub mod config;
mod cookie_sealer;
mod cookies;
pub mod core;
mod extract;
pub mod flow;
#[cfg(test)]
mod fuzz;
pub mod guard;
mod inspect;
mod layer;
mod ledger;
mod origin;
mod plain_pages;
mod protect;
mod published_keys;
pub mod rate_limit;
mod referer;
mod refresh;
mod request;
mod revocations;
pub mod token;
mod user_event;
mod webhook;
pub mod workos;

pub use answer::{is_form, no_store, redirect, set_status};
#[doc(no_inline)]
pub use authkit_store::{
    SqlitePoolError, Store, StoreError, are_lent, has_no_shared_memory, hears, sqlite_pool,
};
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
pub use ledger::{LEDGER_MIGRATIONS, LEDGER_TABLES, Ledger, LedgerError, SqliteFileError};
pub use origin::{SameOrigin, SameOriginLayer, same_origin_layer};
pub use request::{
    access_token, auth_state, identity, memberships, page_user, require_user, verified_claims,
};
pub(crate) use request::{access_token_for_script, auth_state_for_browser};
pub use revocations::{Ending, SessionWatch};
pub use user_event::{UserEvent, UserSnapshot};

use self::{
    attempts::Attempts,
    caller::Authenticator,
    cookie_sealer::CookieSealer,
    core::{chunks, clock::Clock, seal::Sealer},
    flow::TokenRequests,
    protect::Border,
    refresh::Refresher,
    revocations::Revocations,
    token::{TokenSource, Verifier},
    user_event::{Untold, Users},
    workos::{Failure, TokenResponse, WorkOs},
};
use config::CookieConfig;
use secrecy::SecretString;
use std::{sync::Arc, time::Duration};
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
    cookie_sealer: CookieSealer,
    verifier: Verifier,
    workos: Arc<WorkOs>,
    attempts: Attempts,
    token_requests: TokenRequests,
    authenticator: Authenticator,
    refresher: Arc<Refresher>,
    revocations: Arc<Revocations>,
    users: Users,
    webhook_secret: Option<SecretString>,
    clock: Clock,
    /// Tasks that are finished before the process ends.
    tasks: TaskTracker,
}

/// Why an [`AuthKit`] could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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

impl AuthKit {
    /// Everything set up, the deny list read, WorkOS not contacted yet. `ledger`, whose tables must be there,
    /// is what processes share.
    ///
    /// # Errors
    /// [`BuildError`] when the credentials, the system's TLS or the ledger can't be used.
    pub(crate) async fn start(
        config: &Config,
        ledger: Ledger,
        clock: Clock,
    ) -> Result<Self, BuildError> {
        let verifier = Verifier::new(config.all_providers(), clock.clone())?;
        let sealer = Arc::new(config.sealer());
        let cookie_sealer = CookieSealer::new(Arc::clone(&sealer), config.cookie.name.clone());
        let workos = Arc::new(WorkOs::new(config)?);
        let border = Border::new(config)?;
        let tasks = TaskTracker::new();
        let revocations = Revocations::start(
            ledger.clone(),
            Arc::clone(&workos),
            clock.clone(),
            tasks.clone(),
        )
        .await?;
        let refresher = Arc::new(Refresher::new(refresh::Parts {
            ledger,
            workos: Arc::clone(&workos),
            verifier: verifier.clone(),
            sealer: Arc::clone(&sealer),
            cookie: cookie_sealer.clone(),
            revocations: Arc::clone(&revocations),
            clock: clock.clone(),
            tasks: tasks.clone(),
        }));
        let authenticator = Authenticator {
            cookie: config.cookie.clone(),
            sealer: Arc::clone(&sealer),
            cookie_sealer: cookie_sealer.clone(),
            verifier: verifier.clone(),
            refresher: Arc::clone(&refresher),
            revocations: Arc::clone(&revocations),
            refresh_buffer: config.refresh_buffer,
            clock: clock.clone(),
        };
        let inner = Arc::new(Inner {
            border,
            cookie: config.cookie.clone(),
            bearer_tokens: config.bearer_tokens,
            is_framed: config.frame_ancestors.is_any(),
            attempts: Attempts::new(Arc::clone(&sealer), &config.cookie),
            token_requests: TokenRequests::default(),
            sealer,
            cookie_sealer,
            verifier,
            workos,
            authenticator,
            refresher,
            revocations,
            users: Users::new(tasks.clone()),
            webhook_secret: config.webhook_secret.clone(),
            clock,
            tasks,
        });
        Ok(Self { inner })
    }

    /// Finishes what is under way: refreshes whose answer would be lost otherwise, and revocations
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

    /// Watches the session of a caller from this moment on; for another provider's caller, the token's expiry.
    #[must_use]
    pub fn watch(&self, caller: &UserIdentity) -> SessionWatch {
        let revocations = &self.inner.revocations;
        revocations.watch(caller, caller.expires_at())
    }

    /// Ends a session, here and at WorkOS, as an administrator or the user in another browser would.
    /// Here it is over when this returns, whatever WorkOS answered, for as long as its access token could
    /// be good; but a session that WorkOS was not told of can be refreshed after that.
    ///
    /// # Errors
    /// [`Failure`] when WorkOS could not be told. Try again.
    pub async fn revoke_session(&self, session_id: &str) -> Result<(), Failure> {
        self.inner.revocations.revoke_session(session_id).await
    }

    /// Tells `listener` of users from now on. Of several listeners only the first counts.
    ///
    /// An event counts as taken when the listener returns `Ok`. A webhook is answered with 200 then, and
    /// with 503 if it returns an error or takes longer than 0.8 seconds, so that WorkOS sends it again. A
    /// sign-in goes on in any case. The listener itself has ten seconds, whoever waits.
    ///
    /// ```
    /// # use authkit_leptos::server::{AuthKit, UserEvent};
    /// # #[derive(Clone)] struct Users;
    /// # impl Users {
    /// #     async fn keep(&self, _: authkit_leptos::User, _: i64) -> std::io::Result<()> { Ok(()) }
    /// #     async fn erase(&self, _: &str) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # fn example(authkit: AuthKit, users: Users) {
    /// authkit.on_user(move |event| {
    ///     let users = users.clone();
    ///     async move {
    ///         match event {
    ///             UserEvent::Deleted { user_id } => users.erase(&user_id).await,
    ///             UserEvent::SignedIn(it) | UserEvent::Created(it) | UserEvent::Updated(it) => {
    ///                 users.keep(it.user, it.updated_at).await
    ///             }
    ///         }
    ///     }
    /// });
    /// # }
    /// ```
    pub fn on_user<F, E>(&self, listener: impl Fn(UserEvent) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Untold>,
    {
        self.inner.users.listen(listener);
    }

    /// The cookies, as name and value, that a browser has once these tokens are its session: for tests
    /// that need many sessions, or one without walking through a sign-in. `None` when the access token
    /// is not one of ours, or the session does not fit into cookies.
    pub async fn session_cookies(&self, granted: TokenResponse) -> Option<Vec<(String, String)>> {
        let TokenResponse {
            user, access_token, ..
        } = &granted;
        let verifier = &self.inner.verifier;
        let claims = verifier.verify_session_of(user, access_token, TokenSource::Provider);
        let claims = claims.await.ok()?;
        let session = granted.into_session(&claims);
        let sealed = self.inner.cookie_sealer.seal(&session).ok()?;
        let chunks = chunks::split(&self.inner.cookie.name, &sealed).ok()?;
        let owned = |(name, value): (String, &str)| (name, value.to_owned());
        Some(chunks.into_iter().map(owned).collect())
    }
}
