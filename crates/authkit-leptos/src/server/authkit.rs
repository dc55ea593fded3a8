//! [`AuthKit`]: the login of one app, put together: the front door to all of the server half.
//!
//! An app makes one with its [`Builder`](super::Builder) and puts it around its routes. Hands everything on to the parts,
//! which get their own parts here, once; decides nothing.

use super::{
    attempts::Attempts,
    audit_trail::{AuditTrail, ClientAddress},
    border::Border,
    caller::{
        Authenticator, Latest, NotAllowed, PublishedClaims, Remembered, RememberedStats,
        UserIdentity,
    },
    config::{BearerTokens, Config, CookieConfig, RedirectUris},
    cookie_sealer::CookieSealer,
    cookies::{AuthCookies, CookieError},
    core::{chunks, clock::Clock, seal::Sealer, session::Session},
    feature_flags::{FeatureFlags, FlagsOptions},
    flow::{self, Exchange, Flow, Lent, TokenRequestParts, TokenRequests},
    hooks::{Admit, AuditEvent, Hooks, RefreshFailed, Refreshed, SignIn, SignInError, hook},
    layer::{self, AuthLayer},
    ledger::{Ledger, LedgerError},
    metrics, plain_pages,
    protection::{PathGuard, Rules},
    published_keys,
    refresh::{self, Refresher},
    revocations::{Revocations, SessionWatch},
    routes,
    sign_in_notice::SignInNotices,
    sign_out_target::SignOutTarget,
    token::{Examination, TokenSource, Verifier},
    user_event::{Untold, UserEvent, Users},
    webhook::Webhooks,
    workos::{Failure, TokenResponse, WorkOs},
};
use crate::{auth::Identity, error::AuthError, membership::Membership, paths::ReturnTo};
use axum::Router;
use http::request::Parts;
use secrecy::SecretString;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// How long a stop waits for what is under way: longer than any call to WorkOS takes.
const FINISH_PATIENCE: Duration = Duration::from_secs(15);

/// AuthKit for one app: configuration, keys and connections. Cheap to clone.
#[derive(Clone)]
pub struct AuthKit {
    inner: Arc<Inner>,
}

struct Inner {
    border: Border,
    authenticator: Arc<Authenticator>,
    bearer_tokens: BearerTokens,
    /// Whether any site may show the app in a frame.
    is_framed: bool,
    flow: Arc<Flow>,
    cookie: CookieConfig,
    sealer: Arc<Sealer>,
    cookie_sealer: CookieSealer,
    verifier: Verifier,
    workos: Arc<WorkOs>,
    revocations: Arc<Revocations>,
    users: Arc<Users>,
    hooks: Arc<Hooks>,
    audit: AuditTrail,
    webhooks: Webhooks,
    clock: Clock,
    feature_flags: OnceLock<FeatureFlags>,
    protection: Option<Arc<Rules>>,
    /// Tasks that are finished before the process ends.
    tasks: TaskTracker,
    /// Ends what goes on for ever, when the process does.
    stop: CancellationToken,
    _stopped_with_this: DropGuard,
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
    /// The operating system has no random numbers.
    #[error("there are no random numbers: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The public origin is not one a browser can send.
    #[error("the origin of WORKOS_REDIRECT_URI can't be used: {0}")]
    Origin(#[from] tower_http::csrf::ConfigError),
}

impl AuthKit {
    /// Everything set up, the deny list read, WorkOS not contacted yet. `ledger`, whose tables must be there,
    /// is what processes share; `protection` is by path.
    ///
    /// # Errors
    /// [`BuildError`] when the credentials, the system's TLS or the ledger can't be used.
    pub(crate) async fn start(
        config: &Config,
        ledger: Ledger,
        clock: Clock,
        protection: Option<Rules>,
        published_claims: PublishedClaims,
        client_address: Option<ClientAddress>,
    ) -> Result<Self, BuildError> {
        let border = Border::new(config)?;
        let verifier = Verifier::new(config.all_providers(), clock.clone())?;
        let sealer = Arc::new(config.sealer());
        let cookie = config.cookie.clone();
        let cookie_sealer = CookieSealer::new(Arc::clone(&sealer), cookie.name.clone());
        let workos = Arc::new(WorkOs::new(config)?);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let users = Arc::new(Users::new(tasks.clone()));
        let hooks = Arc::new(Hooks::default());
        let audit = AuditTrail::new(Arc::clone(&hooks), client_address, tasks.clone());
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
            hooks: Arc::clone(&hooks),
            clock: clock.clone(),
            tasks: tasks.clone(),
        }));
        let token_requests = TokenRequests::new(
            TokenRequestParts {
                workos: Arc::clone(&workos),
                verifier: verifier.clone(),
                cookie_sealer: cookie_sealer.clone(),
                users: Arc::clone(&users),
                clock: clock.clone(),
                hooks: Arc::clone(&hooks),
                audit: audit.clone(),
                revocations: Arc::clone(&revocations),
            },
            tasks.clone(),
        );
        let flow = Arc::new(Flow {
            redirect_uris: RedirectUris::new(config.redirect_uris()),
            cookie: cookie.clone(),
            sealer: Arc::clone(&sealer),
            workos: Arc::clone(&workos),
            attempts: Attempts::new(Arc::clone(&sealer), &cookie),
            sign_in_notices: SignInNotices::new(&cookie),
            sign_out_target: SignOutTarget::new(&cookie),
            token_requests,
            refresher: Arc::clone(&refresher),
            revocations: Arc::clone(&revocations),
            hooks: Arc::clone(&hooks),
            audit: audit.clone(),
            clock: clock.clone(),
            published_claims: published_claims.clone(),
            tasks: tasks.clone(),
        });
        let authenticator = Arc::new(Authenticator {
            cookie: cookie.clone(),
            sealer: Arc::clone(&sealer),
            cookie_sealer: cookie_sealer.clone(),
            verifier: verifier.clone(),
            refresher,
            revocations: Arc::clone(&revocations),
            refresh_buffer: config.refresh_buffer,
            clock: clock.clone(),
            published_claims,
            sessions: Remembered::new()?,
            programs: Remembered::new()?,
        });
        let webhooks = Webhooks {
            secret: config.webhook_secret.clone(),
            revocations: Arc::clone(&revocations),
            audit: audit.clone(),
            users: Arc::clone(&users),
            clock: clock.clone(),
        };
        let inner = Arc::new(Inner {
            authenticator,
            bearer_tokens: config.bearer_tokens,
            is_framed: config.frame_ancestors.is_any(),
            flow,
            border,
            cookie,
            sealer,
            cookie_sealer,
            verifier,
            workos,
            revocations,
            users,
            hooks,
            audit,
            webhooks,
            clock,
            feature_flags: OnceLock::new(),
            protection: protection.map(Arc::new),
            tasks,
            _stopped_with_this: stop.clone().drop_guard(),
            stop,
        });
        Ok(Self { inner })
    }

    /// Finishes what is under way: refreshes whose answer would be lost otherwise, and revocations
    /// that are still to be recorded. Call it when the server has stopped, before the process ends; it
    /// takes as long as WorkOS, fifteen seconds at most.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::AuthKit;
    /// # async fn body(authkit: AuthKit, listener: tokio::net::TcpListener, app: axum::Router) -> std::io::Result<()> {
    /// let stopped = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    /// axum::serve(listener, app).with_graceful_shutdown(stopped).await?;
    /// authkit.finish().await;
    /// # Ok(()) }
    /// ```
    pub async fn finish(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        let finished = tokio::time::timeout(FINISH_PATIENCE, self.inner.tasks.wait()).await;
        if finished.is_err() {
            tracing::warn!(
                reason = "unfinished",
                "stopped while a refresh was under way"
            );
        }
    }

    /// The app's public origin, such as `https://app.example.com`: that of `WORKOS_REDIRECT_URI`.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.inner.border.origin()
    }

    /// What this process remembers of callers, for metrics.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::AuthKit;
    /// # fn body(authkit: AuthKit) {
    /// println!("{} callers known", authkit.remembered().callers);
    /// # }
    /// ```
    #[must_use]
    pub fn remembered(&self) -> RememberedStats {
        self.inner.authenticator.remembered()
    }

    /// Whether AuthKit's keys, which verify sessions, are there. Fetches them if that was not done yet, no more than once in
    /// five seconds: for a process that is asked whether it is ready.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::AuthKit;
    /// # async fn body(authkit: AuthKit) {
    /// let is_ready = authkit.has_keys().await;
    /// # }
    /// ```
    pub async fn has_keys(&self) -> bool {
        let Some((authkit, keys)) = self.inner.verifier.authkit() else {
            return false;
        };
        let has_keys = keys.has_key_for(authkit.algorithm()).await;
        has_keys.unwrap_or(false)
    }

    /// Sets the gauges among the [`metrics`](super::metrics), as they are now: for who is asked for them.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::{AuthKit, metrics};
    /// # async fn body(authkit: AuthKit) {
    /// metrics::describe(); // once, when there is a recorder
    /// authkit.measure().await; // each time, before the figures are shown
    /// # }
    /// ```
    pub async fn measure(&self) {
        for (provider, keys) in self.inner.verifier.providers() {
            if let Some(seconds) = keys.age().await {
                metrics::keys_age(provider.issuer(), seconds);
            }
        }
        let RememberedStats { callers, hits } = self.remembered();
        metrics::remembered(callers, hits);
    }

    /// The app with a login around it: [`layer`](Self::layer), which knows who asks, and keeps the
    /// [protection by path](super::Builder::protection); a refusal of what other sites
    /// post; the callback at the path of `WORKOS_REDIRECT_URI`; [`webhooks`](Self::webhooks) and
    /// [`published_keys`](Self::published_keys); and plain pages at `/signed-out`, `/sign-in-failed` and
    /// `/confirm-sign-in`, where the app has none of its own. Everything that `app` answers by now is inside, its
    /// fallback too. What is added to the router afterwards is outside, where no request has a user.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::AuthKit;
    /// # use axum::{Router, routing::get};
    /// # fn body(authkit: AuthKit) {
    /// let app: Router = Router::new().route("/", get(|| async { "Hello" }));
    /// let app = authkit.protect(app);
    /// # }
    /// ```
    pub fn protect(&self, app: Router) -> Router {
        let outside = self.webhooks().merge(self.published_keys());
        self.inner.border.around(app, self.layer(), outside)
    }

    /// The layer that answers "who is it?" once per request, for everything inside it, and keeps the
    /// [protection by path](super::Builder::protection) if there is one.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::{AuthKit, MaybeUser};
    /// # use axum::{Router, routing::get};
    /// # fn body(authkit: AuthKit) {
    /// let inside: Router = Router::new()
    ///     .route("/", get(async |MaybeUser(user): MaybeUser| format!("{}", user.is_some())))
    ///     .layer(authkit.layer());
    /// let app = Router::new().route("/healthz", get(async || "up")).merge(inside);
    /// # }
    /// ```
    #[must_use]
    pub fn layer(&self) -> AuthLayer {
        let inner = &self.inner;
        let (authkit, flow) = (self.clone(), Arc::clone(&inner.flow));
        let guard = inner.protection.as_ref().map(|rules| {
            let rules = Arc::clone(rules);
            let (clock, audit) = (inner.clock.clone(), inner.audit.clone());
            PathGuard::new(rules, clock, audit, inner.is_framed)
        });
        let parts = layer::Parts {
            authenticator: Arc::clone(&inner.authenticator),
            bearer_tokens: inner.bearer_tokens,
            is_framed: inner.is_framed,
            sign_out_target: inner.flow.sign_out_target.clone(),
            lend: Box::new(move |extensions, cookies| {
                extensions.insert(authkit.clone());
                extensions.insert(Latest::default());
                extensions.insert(Lent {
                    flow: Arc::clone(&flow),
                    cookies,
                });
            }),
        };
        AuthLayer::new(parts, guard)
    }

    /// The routes of the login: sign-in, sign-up, callback, sign-out and what open pages ask. For an app without Leptos
    /// pages; one with them has these as server functions. Merge them before [`protect`](Self::protect).
    ///
    /// ```no_run
    /// # use authkit_leptos::server::{AuthKit, MaybeUser};
    /// # use axum::{Router, routing::get};
    /// # fn body(authkit: AuthKit) {
    /// let hello = async |MaybeUser(user): MaybeUser| match user {
    ///     Some(identity) => format!("Hello, {}", identity.user.display_name()),
    ///     None => "Hello, stranger".to_owned(),
    /// };
    /// let app = Router::new().route("/", get(hello)).merge(authkit.routes());
    /// let app: Router = authkit.protect(app);
    /// # }
    /// ```
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        routes::routes()
    }

    /// Answers at the path of the redirect URI what [`CALLBACK`](crate::paths::CALLBACK) answers. Put it around all
    /// routes: inside of them a request has its handler already. [`protect`](Self::protect) does.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::AuthKit;
    /// # use axum::Router;
    /// # fn body(authkit: AuthKit, app: Router) {
    /// // With WORKOS_REDIRECT_URI=https://app.example.com/api/auth/callback.
    /// let app = authkit.callback_at_redirect_uri(app);
    /// # }
    /// ```
    pub fn callback_at_redirect_uri(&self, app: Router) -> Router {
        self.inner.border.callback_at_redirect_uri(app)
    }

    /// Shows plain pages at `/signed-out`, `/sign-in-failed` and `/confirm-sign-in`, where `app` answers a browser 404. Put
    /// it inside of [`layer`](Self::layer). [`protect`](Self::protect) does.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::AuthKit;
    /// # use axum::Router;
    /// # fn body(authkit: AuthKit, pages: Router) {
    /// let app = authkit.plain_pages(pages).layer(authkit.layer());
    /// # }
    /// ```
    pub fn plain_pages<S: Clone + Send + Sync + 'static>(&self, app: Router<S>) -> Router<S> {
        plain_pages::around(app)
    }

    /// The route for WorkOS's webhooks. Merge it into the app's router **outside** of
    /// [`layer`](Self::layer) and [`same_origin_layer`](super::same_origin_layer).
    ///
    /// Without `WORKOS_WEBHOOK_SECRET` it answers 404.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::AuthKit;
    /// # use axum::Router;
    /// # fn body(authkit: AuthKit, pages: Router) {
    /// let app = Router::new().merge(authkit.webhooks()).merge(pages.layer(authkit.layer()));
    /// # }
    /// ```
    pub fn webhooks<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.inner.webhooks.clone().route()
    }

    /// AuthKit's public keys once more, at [`JWKS`](crate::paths::JWKS). Merge it into the app's router outside of
    /// [`layer`](Self::layer): the answer is the same for every request.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::AuthKit;
    /// # use axum::Router;
    /// # fn body(authkit: AuthKit, pages: Router) {
    /// let app = Router::new().merge(authkit.published_keys()).merge(pages.layer(authkit.layer()));
    /// # }
    /// ```
    pub fn published_keys<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        published_keys::route(self.inner.verifier.clone())
    }

    /// What each provider says of `token`, to explain why it is refused.
    ///
    /// ```
    /// # use authkit_leptos::server::AuthKit;
    /// # async fn body(authkit: AuthKit, token: secrecy::SecretString) {
    /// match authkit.examine(&token).await.refusal() {
    ///     None => println!("accepted"),
    ///     Some(refusal) => println!("refused: {}", refusal.error.code()),
    /// }
    /// # }
    /// ```
    pub async fn examine(&self, token: &SecretString) -> Examination {
        self.inner.verifier.examine(token).await
    }

    /// Seconds since the epoch, by the library's clock.
    pub(super) fn now(&self) -> u64 {
        self.inner.clock.now()
    }

    /// The organizations that a user belongs to, a hundred at most, as WorkOS had them some seconds ago at most.
    ///
    /// ```
    /// # use authkit_leptos::server::{AuthKit, CurrentUser};
    /// # use axum::extract::Extension;
    /// async fn organizations(Extension(authkit): Extension<AuthKit>, CurrentUser(me): CurrentUser) -> String {
    ///     match authkit.memberships(&me.user.id).await {
    ///         Ok(list) => list.iter().map(|it| it.organization_name.as_str()).collect::<Vec<_>>().join(", "),
    ///         Err(failure) => failure.code().to_owned(),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Failure`] when WorkOS does not answer.
    pub async fn memberships(&self, user_id: &str) -> Result<Vec<Membership>, Failure> {
        self.inner.workos.memberships(user_id).await
    }

    /// WorkOS's feature flags as they are now. The token of a session knows them as well (`feature_flags`, the guard
    /// [`HasFeatureFlag`](super::guard::HasFeatureFlag)), as they were when it was issued, some minutes ago at most; these follow
    /// within `interval`, and know the flags of users who are not here.
    ///
    /// The first call starts a task that asks WorkOS until [`finish`](Self::finish); the options of later calls don't count.
    ///
    /// ```
    /// # use authkit_leptos::server::{AuthKit, FlagContext, FlagsOptions};
    /// # use std::time::Duration;
    /// # async fn body(authkit: AuthKit) {
    /// let flags = authkit.feature_flags(FlagsOptions::default());
    /// flags.wait_until_ready(Duration::from_secs(2)).await;
    /// if flags.is_enabled("maintenance", FlagContext::default(), false) {
    ///     println!("back in an hour");
    /// }
    /// # }
    /// ```
    pub fn feature_flags(&self, options: FlagsOptions) -> FeatureFlags {
        let Inner {
            feature_flags,
            workos,
            stop,
            ..
        } = &*self.inner;
        let start = || FeatureFlags::start(Arc::clone(workos), options, stop.clone());
        feature_flags.get_or_init(start).clone()
    }

    /// Tells the audit trail that the caller of this request may not do what it asks for.
    pub(super) fn tell_refused(&self, why: &NotAllowed, request: &Parts) {
        let audit = &self.inner.audit;
        audit.tell_refused(why, &request.headers, &request.extensions);
    }

    /// The name of the session cookie.
    pub(super) fn cookie_name(&self) -> &str {
        &self.inner.cookie.name
    }

    /// What the session cookie of a request holds.
    pub(super) fn open_session(
        &self,
        cookies: &AuthCookies,
    ) -> Result<Option<Session>, CookieError> {
        cookies.session(&self.inner.cookie, &self.inner.sealer)
    }

    /// A new access token for the session of `request`, however old the present one is: with the rights, the organization and
    /// the user as WorkOS has them now. With an organization, the session moves there. The answer to the request sets the
    /// cookie. For handlers of axum; server functions of Leptos have `server::refresh_session`.
    ///
    /// Of calls for one session within five seconds one asks WorkOS, and the others get what it got.
    ///
    /// ```
    /// # use authkit_leptos::server::AuthKit;
    /// # use axum::{extract::Extension, response::IntoResponse};
    /// # use http::{StatusCode, request::Parts};
    /// async fn reload_rights(Extension(authkit): Extension<AuthKit>, request: Parts) -> String {
    ///     match authkit.refresh_session(&request, None).await {
    ///         Ok(me) => me.permissions.join(", "),
    ///         Err(error) => error.to_string(),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::SignedOut`] without a session. [`AuthError::Unavailable`] when WorkOS does not answer: the session is as it
    /// was. [`AuthError::Forbidden`] when the user is not a member of the organization, when that asks for more than the session
    /// has, or when the request brought a token instead of a session;
    /// [`AuthError::BadRequest`] for what is no organization's id; [`AuthError::Internal`] where the layer is missing.
    pub async fn refresh_session(
        &self,
        request: &Parts,
        organization_id: Option<&str>,
    ) -> Result<Identity, AuthError> {
        let exchange = Exchange::of(&Arc::new(request.clone())).map_err(|refusal| refusal.error)?;
        let organization_id = organization_id.map(str::to_owned);
        let answer = flow::refresh_session(exchange, organization_id).await;
        answer
            .map(|answer| answer.value)
            .map_err(|refusal| refusal.error)
    }

    /// Watches the session of a caller from this moment on; for another provider's caller, the token's expiry.
    ///
    /// ```
    /// # use authkit_leptos::server::{AuthKit, Ending, guard::{Guarded, Identified}};
    /// # async fn send_the_next_event() {}
    /// async fn stream(authkit: AuthKit, caller: Guarded<Identified>) {
    ///     let watch = authkit.watch(&caller);
    ///     loop {
    ///         tokio::select! {
    ///             ending = watch.ended() => match ending {
    ///                 Ending::Expiring => return println!("connect again, with a new token"),
    ///                 _ => return println!("signed out"),
    ///             },
    ///             () = send_the_next_event() => {}
    ///         }
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn watch(&self, caller: &UserIdentity) -> SessionWatch {
        let revocations = &self.inner.revocations;
        revocations.watch(caller, caller.expires_at())
    }

    /// Ends a session, here and at WorkOS, as an administrator or the user in another browser would.
    /// Here it is over when this returns, whatever WorkOS answered, for as long as its access token could
    /// be good; but a session that WorkOS was not told of can be refreshed after that.
    ///
    /// ```
    /// # use authkit_leptos::server::{AuthKit, workos::Failure};
    /// # async fn body(authkit: AuthKit) -> Result<(), Failure> {
    /// authkit.revoke_session("session_01HQ").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Failure`] when WorkOS could not be told. Try again.
    pub async fn revoke_session(&self, session_id: &str) -> Result<(), Failure> {
        if !self.inner.revocations.denies(session_id) {
            self.inner.audit.tell(AuditEvent::ended(session_id, "app"));
        }
        self.inner.revocations.revoke_session(session_id).await
    }

    /// Deletes a user, at WorkOS and here: their sessions are over at once, in each process and open page, and the app is told
    /// ([`UserEvent::Deleted`]), as when somebody deletes them in WorkOS's dashboard. It can't be undone: ask whether it is
    /// really the user, with [`SignedInWithin`](super::guard::SignedInWithin) and
    /// [`NotImpersonated`](super::guard::NotImpersonated).
    ///
    /// ```
    /// # use authkit_leptos::server::{AuthKit, guard::{AuthKitUser, Guarded, NotImpersonated, SignedInWithin}};
    /// # use axum::{extract::Extension, http::StatusCode};
    /// async fn delete_account(
    ///     Extension(authkit): Extension<AuthKit>,
    ///     caller: Guarded<(AuthKitUser, SignedInWithin<300>, NotImpersonated)>,
    /// ) -> StatusCode {
    ///     match authkit.delete_user(&caller.subject).await {
    ///         Ok(()) => StatusCode::NO_CONTENT,
    ///         Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Failure`] when WorkOS did not say that it was done. Nothing has happened here then: try again, a user who is gone
    /// counts as deleted.
    pub async fn delete_user(&self, user_id: &str) -> Result<(), Failure> {
        self.inner.workos.delete_user(user_id).await?;
        let Inner {
            revocations,
            users,
            audit,
            ..
        } = &*self.inner;
        // Here it is over at once; WorkOS refuses to renew the sessions wherever that can't be recorded.
        if let Err(error) = revocations.deny_everywhere(user_id.to_owned()).await {
            tracing::warn!(reason = "ledger_unavailable", problem = %error, "a deleted user could not be recorded");
        }
        audit.tell(AuditEvent::ended(user_id, "app"));
        let user_id = user_id.to_owned();
        users.tell(UserEvent::Deleted { user_id }).await;
        Ok(())
    }

    /// Tells `listener` of users from now on. Of several listeners only the first counts.
    ///
    /// An event counts as taken when the listener returns `Ok`. A webhook is answered with 200 then, and
    /// with 503 if it returns an error or takes longer than 0.8 seconds, so that WorkOS sends it again. A
    /// sign-in goes on in any case. The listener itself is given ten seconds.
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
    ///             _ => Ok(()),
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

    /// Asks `hook` from now on whether to let somebody in who signs in. Of several hooks only the first counts.
    ///
    /// It runs once for each sign-in, when everything is verified and before anything is set or stored. With
    /// [`Admit::No`] nobody is signed in, the browser gets a page with the app's sentence (HTTP 403), and the session
    /// ends at WorkOS. So it does when the hook returns an error, panics or takes longer than three seconds: the page is
    /// then that of `hook_failed` (500), and the log says what happened. A session that the browser had before goes on.
    ///
    /// ```
    /// # use authkit_leptos::server::{Admit, AuthKit, Refusal};
    /// # #[derive(Clone)] struct Guests;
    /// # impl Guests { async fn knows(&self, _: &str) -> std::io::Result<bool> { Ok(true) } }
    /// # fn example(authkit: AuthKit, guests: Guests) {
    /// authkit.on_sign_in(move |it| {
    ///     let guests = guests.clone();
    ///     async move {
    ///         Ok::<_, std::io::Error>(match guests.knows(&it.user.email).await? {
    ///             true => Admit::Yes,
    ///             false => Admit::No(Refusal {
    ///                 code: "not_invited",
    ///                 sentence: format!("{} is not invited yet. Ask the host.", it.user.email),
    ///             }),
    ///         })
    ///     }
    /// });
    /// # }
    /// ```
    pub fn on_sign_in<F, E>(&self, ask: impl Fn(SignIn) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<Admit, E>> + Send + 'static,
        E: Into<Untold>,
    {
        self.inner.hooks.sign_in.set(hook(ask));
    }

    /// Tells `hook` from now on of sign-ins that failed. It may lead the browser elsewhere than to the page about it. Of
    /// several hooks only the first counts; one that fails or takes longer than three seconds is logged, and the page is
    /// shown.
    ///
    /// ```
    /// # use authkit_leptos::{ReturnTo, SignInFailure, server::AuthKit};
    /// # fn example(authkit: AuthKit) {
    /// authkit.on_sign_in_error(async |it| {
    ///     println!("a sign-in failed: {}", it.reason);
    ///     let cancelled = it.failure == SignInFailure::Cancelled;
    ///     Ok::<_, std::io::Error>(if cancelled { ReturnTo::parse("/pricing") } else { None })
    /// });
    /// # }
    /// ```
    pub fn on_sign_in_error<F, E>(&self, ask: impl Fn(SignInError) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<Option<ReturnTo>, E>> + Send + 'static,
        E: Into<Untold>,
    {
        self.inner.hooks.sign_in_error.set(hook(ask));
    }

    /// Tells `hook` from now on of sessions that got a new access token: once for each, in the process that asked WorkOS for
    /// it. Nobody waits for the hook, which has ten seconds. Of several hooks only the first counts.
    ///
    /// ```
    /// # use authkit_leptos::server::AuthKit;
    /// # fn example(authkit: AuthKit) {
    /// authkit.on_refresh(async |it| {
    ///     println!("{} is still there", it.user_id);
    ///     Ok::<_, std::io::Error>(())
    /// });
    /// # }
    /// ```
    pub fn on_refresh<F, E>(&self, tell: impl Fn(Refreshed) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Untold>,
    {
        self.inner.hooks.refresh.set(hook(tell));
    }

    /// Tells `hook` from now on of sessions that could not be renewed, and whether they are over: as
    /// [`on_refresh`](Self::on_refresh).
    ///
    /// ```
    /// # use authkit_leptos::server::AuthKit;
    /// # fn example(authkit: AuthKit) {
    /// authkit.on_refresh_error(async |it| {
    ///     if !it.is_transient {
    ///         println!("the session of {} is over: {}", it.user_id, it.reason);
    ///     }
    ///     Ok::<_, std::io::Error>(())
    /// });
    /// # }
    /// ```
    pub fn on_refresh_error<F, E>(&self, tell: impl Fn(RefreshFailed) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Untold>,
    {
        self.inner.hooks.refresh_error.set(hook(tell));
    }

    /// Tells `hook` from now on who did what, and who was refused: for an audit trail. Nobody waits for the hook, which has ten
    /// seconds; an event that it does not take is lost, and the log says so. The same refusal of the same user is told once
    /// a minute. Of several hooks only the first counts.
    ///
    /// ```
    /// # use authkit_leptos::server::AuthKit;
    /// # fn example(authkit: AuthKit) {
    /// authkit.on_audit_event(async |it| {
    ///     println!("{} {}", it.action, it.user_id.unwrap_or_default());
    ///     Ok::<_, std::io::Error>(())
    /// });
    /// # }
    /// ```
    pub fn on_audit_event<F, E>(&self, tell: impl Fn(AuditEvent) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Untold>,
    {
        self.inner.hooks.audit.set(hook(tell));
    }

    /// WorkOS's own SDK, with this app's credentials, for whatever the library has no name for. It sends each request once and
    /// waits ten seconds. Never log one of its errors whole: they hold what WorkOS answered.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::AuthKit;
    /// # async fn body(authkit: AuthKit) -> Result<(), workos::Error> {
    /// let organization = authkit.workos().organizations().get_organization("org_01HQ").await?;
    /// println!("{}", organization.name);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn workos(&self) -> &workos::Client {
        self.inner.workos.sdk()
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
