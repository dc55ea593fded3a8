//! [`Builder`]: an [`AuthKit`] in the making. See [`AuthKit::builder`].
//!
//! Called by an app's `main`, once. Opens the database and, in development, waits for what stands in for WorkOS; never
//! calls WorkOS itself.

use super::{
    audit_trail::ClientAddress,
    authkit::{AuthKit, BuildError},
    caller::PublishedClaims,
    config::{Config, Problems},
    core::clock::Clock,
    hooks::{Admit, AuditEvent, RefreshFailed, Refreshed, SignIn, SignInError},
    ledger::{Ledger, SqliteFileError},
    protection::{Protection, ProtectionError, Rules},
    user_event::{Untold, UserEvent},
};
use crate::paths::ReturnTo;
use futures_util::future::BoxFuture;
use http::{Extensions, HeaderMap};
use std::{net::IpAddr, path::PathBuf, sync::Arc};

/// The variables of a development AuthKit, by WorkOS's names.
type Variables = Vec<(&'static str, String)>;
/// Gives an AuthKit a listener or a hook of the app.
type Listening = Box<dyn FnOnce(&AuthKit) + Send>;

/// An [`AuthKit`] in the making.
#[must_use = "call start()"]
pub struct Builder {
    config: Option<Config>,
    development: Option<BoxFuture<'static, Result<Variables, Untold>>>,
    database: Option<Database>,
    clock: Clock,
    listening: Vec<Listening>,
    protection: Option<Protection>,
    published_claims: PublishedClaims,
    client_address: Option<ClientAddress>,
}

enum Database {
    Ledger(Ledger),
    SqliteFile(PathBuf),
}

/// Why an [`AuthKit`] could not be started by its [`Builder`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No `WORKOS` variable is set, and nothing stands in for WorkOS.
    #[error("{0}")]
    Configuration(#[from] Problems),
    /// What stands in for WorkOS in development did not start.
    #[error("the development AuthKit can't start: {0}")]
    Development(#[source] Untold),
    /// The app has named no database.
    #[error(
        "AuthKit has no database: call sqlite_file(\"data/app.db\") or ledger(…) before start()"
    )]
    NoDatabase,
    /// The SQLite file can't be used.
    #[error(transparent)]
    SqliteFile(#[from] SqliteFileError),
    /// The credentials, the system's TLS or the ledger can't be used.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The protection by path has patterns that are none.
    #[error(transparent)]
    Protection(#[from] ProtectionError),
}

impl AuthKit {
    /// An AuthKit of this configuration; `None`, as [`Config::from_env`] gives it when no `WORKOS` variable is set, has
    /// to be made up for by [`Builder::development`].
    ///
    /// ```no_run
    /// # use authkit_leptos::server::{AuthKit, Config};
    /// # async fn body() -> Result<(), Box<dyn std::error::Error>> {
    /// let authkit = AuthKit::builder(Config::from_env()?)
    ///     .development("http://localhost:3000", authkit_emulator::for_app)
    ///     .sqlite_file("data/app.db")
    ///     .start()
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub fn builder(config: impl Into<Option<Config>>) -> Builder {
        Builder {
            config: config.into(),
            development: None,
            database: None,
            clock: Clock::default(),
            listening: Vec::new(),
            protection: None,
            published_claims: PublishedClaims::default(),
            client_address: None,
        }
    }
}

impl Builder {
    /// What stands in for WorkOS where no `WORKOS` variable is set: called with the app's `origin`, such as
    /// `http://localhost:3000`, it gives WorkOS's variables. `authkit_emulator::for_app` is one. Keep it out of release
    /// builds (`#[cfg(debug_assertions)]`): they should fail to start instead.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::{AuthKit, Config};
    /// # fn body(config: Option<Config>) {
    /// let builder = AuthKit::builder(config);
    /// #[cfg(debug_assertions)]
    /// let builder = builder.development("http://localhost:3000", authkit_emulator::for_app);
    /// # }
    /// ```
    pub fn development<F, Fut, E>(mut self, origin: impl Into<String>, start: F) -> Self
    where
        F: FnOnce(String) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Variables, E>> + Send + 'static,
        E: Into<Untold>,
    {
        let origin = origin.into();
        self.development = Some(Box::pin(
            async move { start(origin).await.map_err(Into::into) },
        ));
        self
    }

    /// Keeps what processes share in this SQLite file, for processes of one machine. The file, its folder and the
    /// tables are made where they are missing.
    pub fn sqlite_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.database = Some(Database::SqliteFile(path.into()));
        self
    }

    /// Keeps what processes share in the app's own database. The ledger's tables must be there: [`Ledger::migrate`].
    pub fn ledger(mut self, ledger: Ledger) -> Self {
        self.database = Some(Database::Ledger(ledger));
        self
    }

    /// Tells `tell` what becomes of users: see [`AuthKit::on_user`].
    ///
    /// ```no_run
    /// # use authkit_leptos::server::{AuthKit, Config, UserEvent};
    /// # fn body(config: Option<Config>) {
    /// let builder = AuthKit::builder(config).on_user(async |event: UserEvent| {
    ///     println!("{} has changed", event.user_id());
    ///     Ok::<_, std::io::Error>(())
    /// });
    /// # }
    /// ```
    pub fn on_user<F, Fut, E>(mut self, tell: F) -> Self
    where
        F: Fn(UserEvent) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Untold>,
    {
        self.listening
            .push(Box::new(move |authkit| authkit.on_user(tell)));
        self
    }

    /// Asks `ask` whether to let somebody in who signs in: see [`AuthKit::on_sign_in`].
    pub fn on_sign_in<F, Fut, E>(mut self, ask: F) -> Self
    where
        F: Fn(SignIn) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Admit, E>> + Send + 'static,
        E: Into<Untold>,
    {
        self.listening
            .push(Box::new(move |authkit| authkit.on_sign_in(ask)));
        self
    }

    /// Tells `ask` of sign-ins that failed, which may lead elsewhere: see [`AuthKit::on_sign_in_error`].
    pub fn on_sign_in_error<F, Fut, E>(mut self, ask: F) -> Self
    where
        F: Fn(SignInError) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<ReturnTo>, E>> + Send + 'static,
        E: Into<Untold>,
    {
        self.listening
            .push(Box::new(move |authkit| authkit.on_sign_in_error(ask)));
        self
    }

    /// Tells `tell` of sessions that got a new access token: see [`AuthKit::on_refresh`].
    pub fn on_refresh<F, Fut, E>(mut self, tell: F) -> Self
    where
        F: Fn(Refreshed) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Untold>,
    {
        self.listening
            .push(Box::new(move |authkit| authkit.on_refresh(tell)));
        self
    }

    /// Tells `tell` of sessions that could not be renewed: see [`AuthKit::on_refresh_error`].
    pub fn on_refresh_error<F, Fut, E>(mut self, tell: F) -> Self
    where
        F: Fn(RefreshFailed) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Untold>,
    {
        self.listening
            .push(Box::new(move |authkit| authkit.on_refresh_error(tell)));
        self
    }

    /// Tells `tell` who did what, and who was refused: see [`AuthKit::on_audit_event`].
    pub fn on_audit_event<F, Fut, E>(mut self, tell: F) -> Self
    where
        F: Fn(AuditEvent) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Untold>,
    {
        self.listening
            .push(Box::new(move |authkit| authkit.on_audit_event(tell)));
        self
    }

    /// Finds a client's address, by the headers of a request and what the app's layers have put into it: audit events have it
    /// then. Which proxies are believed is the app's to decide.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::{AuthKit, Config};
    /// # use axum::extract::ConnectInfo;
    /// # use std::net::SocketAddr;
    /// # fn body(config: Option<Config>) {
    /// let builder = AuthKit::builder(config).client_address(|_, extensions| {
    ///     let connection = extensions.get::<ConnectInfo<SocketAddr>>()?;
    ///     Some(connection.0.ip())
    /// });
    /// # }
    /// ```
    pub fn client_address(
        mut self,
        find: impl Fn(&HeaderMap, &Extensions) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        self.client_address = Some(Arc::new(find));
        self
    }

    /// Protects the app's routes by path: everything needs a sign-in that `protection` does not list. Without one, who may
    /// see a page is up to the page.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::{AuthKit, Config, Protection};
    /// # fn body(config: Option<Config>) {
    /// let builder = AuthKit::builder(config)
    ///     .protection(Protection::new().unauthenticated_paths(["/", "/pkg/**"]));
    /// # }
    /// ```
    pub fn protection(mut self, protection: Protection) -> Self {
        self.protection = Some(protection);
        self
    }

    /// Lets pages know what the access token says by these names, beside what an [`Identity`](crate::Identity) has anyway:
    /// read it there with `use_token_claims`. At most 1,024 bytes of JSON in all; of more, nothing is published. It becomes
    /// part of each page's HTML, so name what the user may read.
    ///
    /// ```no_run
    /// # use authkit_leptos::server::{AuthKit, Config};
    /// # fn body(config: Option<Config>) {
    /// let builder = AuthKit::builder(config).publish_claims(["urn:myapp:tenant"]);
    /// # }
    /// ```
    pub fn publish_claims(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.published_claims = PublishedClaims::new(names);
        self
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Everything set up, WorkOS not contacted yet.
    ///
    /// # Errors
    /// [`StartError`] with what to change.
    pub async fn start(self) -> Result<AuthKit, StartError> {
        let config = match (self.config, self.development) {
            (Some(config), _) => config,
            (None, Some(development)) => {
                let variables = development.await.map_err(StartError::Development)?;
                Config::of_development(&variables)?
            }
            (None, None) => return Err(Config::nothing_set().into()),
        };
        let redirect_uri = &config.redirect_uri;
        let rules =
            |protection| Rules::new(protection, redirect_uri.path(), &redirect_uri.origin());
        let rules = self.protection.map(rules).transpose()?;
        let ledger = match self.database {
            Some(Database::Ledger(ledger)) => ledger,
            Some(Database::SqliteFile(path)) => Ledger::sqlite_file(&path).await?,
            None => return Err(StartError::NoDatabase),
        };
        let published = self.published_claims;
        let authkit = AuthKit::start(
            &config,
            ledger,
            self.clock,
            rules,
            published,
            self.client_address,
        )
        .await?;
        for listen in self.listening {
            listen(&authkit);
        }
        Ok(authkit)
    }
}
