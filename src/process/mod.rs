//! The app's process: settings in, a running server out.
//!
//! `main`, the Rust tests and the end-to-end tests all start this [`Server`]. Knows the app by
//! its routes, and features by the list of them; no feature knows the process.

mod command;
mod database;
#[cfg_attr(
    not(any(debug_assertions, feature = "emulator")),
    path = "development_absent.rs"
)]
mod development;
mod metrics;
mod router;
mod settings;
mod site;

pub use authkit_audit::Keep;
pub use authkit_cli::settings::DevelopmentSettings;
pub use authkit_serve::{
    AddressLimits, ConnectionLimits, Site, TrustedProxies, settings::PublicUrl, stop_signal,
    telemetry,
};
pub use command::Command;
pub use settings::{AuthKitSettings, DatabaseSettings, EmulatorSettings, Settings, SettingsError};

use crate::{
    app,
    document::{PageContext, PageSettings},
    features::features,
    users,
};
use authkit_audit::Sweeping;
use authkit_leptos::server::{AuthKit, Config, Problems, UserEvent};
use authkit_live::server::{Live, Store, StoreError};
use authkit_serve::{
    ListenError, Listeners, Readiness,
    metrics::{Exporter, RecorderError},
};
use database::Database;
use development::{DevelopmentError, Emulator};
use std::{convert::Infallible, future, io, net::SocketAddr};
use tokio_util::task::AbortOnDropHandle;

/// A server that is built and listens.
pub struct Server {
    http: authkit_serve::Server,
    exporter: Option<Exporter>,
    authkit: AuthKit,
    live: Live,
    store: Store,
    sweeping: Sweeping,
    origin: String,
    emulator: Option<Emulator>,
}

/// Why the server can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration of the sign-in is incomplete or wrong.
    #[error("{0}")]
    Configuration(#[from] Problems),
    /// The address can't be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The data folder, the database in it or the database server can't be used.
    #[error("can't open the database {database}: {error}")]
    Database {
        /// Its name, without a password.
        database: String,
        /// The error of the database.
        error: StoreError,
    },
    /// The file system of the SQLite file can't share memory between connections.
    #[error(
        "can't open the database {database}: its file system has no shared memory, which SQLite's WAL needs ({said}). \
         It is a network share, or a folder of macOS or Windows that Docker mounts: name a folder of this machine in \
         DATA_DIR, in a container one on a volume, or a PostgreSQL in DATABASE_URL"
    )]
    NoSharedMemory {
        /// Its name, without a password.
        database: String,
        /// The error of the database.
        said: String,
    },
    /// A pooler in front of PostgreSQL loses prepared statements.
    #[error(
        "can't use the database {database}: a pooler in transaction mode is before it and loses prepared statements \
         ({said}): {}",
        database::POOLER_FIX
    )]
    Pooler {
        /// Its name, without a password.
        database: String,
        /// The error of the database.
        said: String,
    },
    /// The library could not be set up.
    #[error(transparent)]
    AuthKit(#[from] authkit_leptos::server::StartError),
    /// The app has another route at the path of the redirect URI.
    #[error(
        "WORKOS_REDIRECT_URI leads to {0}, where this app has something else: choose a path that is free, such as \
         /callback or /api/auth/callback, here and at WorkOS"
    )]
    RedirectPath(String),
    /// The public origin is none that a browser sends.
    #[error("the origin of WORKOS_REDIRECT_URI can't be used: {0}")]
    Origin(#[from] tower_http::csrf::ConfigError),
    /// Nothing can be counted.
    #[error(transparent)]
    Metrics(#[from] RecorderError),
    /// The development AuthKit could not start.
    #[error(transparent)]
    Development(#[from] DevelopmentError),
}

impl Server {
    /// Listens, opens the database and, in development, starts the emulator.
    ///
    /// # Errors
    /// [`StartError`] with what to change.
    pub async fn build(settings: Settings) -> Result<Self, StartError> {
        if matches!(settings.authkit, AuthKitSettings::Missing) {
            // Before a database is made or waited for.
            return Err(Config::nothing_set().into());
        }
        // Before anybody can connect: this may take long, and nobody would be answered.
        let Database {
            store,
            ledger,
            audit,
        } = database::open(&settings.database, settings.database_wait).await?;
        let sweeping = audit.sweep(settings.audit);
        let listeners = Listeners::bind(settings.addr)?;
        let addr = listeners.addr;
        let exporter = settings.metrics.map(metrics::exporter).transpose()?;

        let (mut config, emulator) = match settings.authkit {
            AuthKitSettings::WorkOs(ref config) => ((**config).clone(), None),
            AuthKitSettings::Emulator(ref emulator) => {
                let (config, emulator) =
                    development::start(emulator, &settings.development, addr).await?;
                (config, Some(emulator))
            }
            AuthKitSettings::Missing => return Err(Config::nothing_set().into()),
        };
        let emulator_url = emulator
            .as_ref()
            .map(|emulator| emulator.public_url().to_owned());
        config.providers.extend(settings.providers.iter().cloned());
        config.bearer_tokens = settings.bearer_tokens;
        config.frame_ancestors = settings.frame_ancestors.clone();
        let authkit = {
            let (store, audit, forgetting) = (store.clone(), audit.clone(), audit.clone());
            let proxies = settings.addresses.trusted_proxies.clone();
            let builder = AuthKit::builder(config.clone())
                .ledger(ledger)
                .clock(settings.clock.clone())
                .protection(app::protection())
                .client_address(move |headers, extensions| proxies.client_of(headers, extensions))
                .on_audit_event(move |event| {
                    let audit = audit.clone();
                    async move { audit.follow(event).await }
                })
                .on_user(move |event| {
                    let (store, forgetting) = (store.clone(), forgetting.clone());
                    async move {
                        if let UserEvent::Deleted { user_id } = &event {
                            forgetting.forget(user_id).await?;
                        }
                        users::follow(event, &store).await
                    }
                });
            let builder = match settings.allowed_domains {
                None => builder,
                Some(domains) => builder.on_sign_in(move |it| {
                    future::ready(Ok::<_, Infallible>(users::admit(&it, &domains)))
                }),
            };
            builder.start().await?
        };
        let pages = PageContext::new(PageSettings {
            options: site::leptos_options(&settings.site, addr),
            origin: config.redirect_uri.origin(),
            frame_ancestors: config.frame_ancestors.clone(),
            authkit_origin: config.api_for_browsers().to_owned(),
            emulator_url,
            debug: development::IS_BUILT && !settings.production,
        });
        let live = Live::builder(store.clone()).features(features()).start();
        let hosts = (!settings.production).then(|| {
            let uris = config.redirect_uris();
            uris.fold(settings.development.hosts.clone(), |hosts, uri| {
                hosts.and_origin(&uri.origin())
            })
        });
        let router = router::router(router::Parts {
            authkit: &authkit,
            live: &live,
            audit,
            config: &config,
            readiness: readiness(&authkit, &store),
            is_measured: exporter.is_some(),
            addresses: settings.addresses,
            pages,
            hosts,
        })?;
        Ok(Self {
            http: authkit_serve::Server::new(listeners, router, settings.connections),
            exporter: exporter.map(|it| metrics::of(it, &authkit, &live)),
            authkit,
            live,
            store,
            sweeping,
            origin: config.redirect_uri.origin(),
            emulator,
        })
    }

    /// The address where Prometheus asks, if there is one.
    #[must_use]
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.exporter.as_ref().map(Exporter::addr)
    }

    /// The address the server listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.http.addr()
    }

    /// The public origin, such as `http://localhost:3000`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The library, as this server set it up.
    #[must_use]
    pub fn authkit(&self) -> &AuthKit {
        &self.authkit
    }

    /// The live queries of this server, and its database.
    #[must_use]
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// The emulator of this server, if it has one.
    #[must_use]
    pub fn emulator(&self) -> Option<&Emulator> {
        self.emulator.as_ref()
    }

    /// A function that ends [`run`](Self::run). The server first drains, for
    /// [`drain_for`](ConnectionLimits::drain_for); then new connections are refused, streams end at once, and requests
    /// in flight have ten seconds.
    pub fn stopper(&self) -> impl Fn() + Send + Sync + 'static + use<> {
        self.http.stopper()
    }

    /// Serves until stopped. Nothing has the database open afterwards.
    ///
    /// # Errors
    /// When the listener breaks.
    pub async fn run(self) -> io::Result<()> {
        let live = self.live.clone();
        let shown = self
            .exporter
            .map(|it| AbortOnDropHandle::new(tokio::spawn(metrics::show(it))));
        let served = self.http.run(async move { live.close().await }).await;
        drop(shown);
        self.authkit.finish().await;
        drop(self.sweeping);
        self.store.close().await;
        served?;
        if let Some(emulator) = self.emulator {
            emulator.shutdown().await;
        }
        Ok(())
    }
}

/// What a request may need: the database as this program knows it, and AuthKit's keys.
fn readiness(authkit: &AuthKit, store: &Store) -> Readiness {
    let (authkit, reached, migrated) = (authkit.clone(), store.clone(), store.clone());
    Readiness::new()
        .needs("database", move || {
            let store = reached.clone();
            async move { store.read().await.is_ok() }
        })
        .needs("migrations", move || {
            let store = migrated.clone();
            async move { database::is_migrated(&store).await }
        })
        .needs("keys", move || {
            let authkit = authkit.clone();
            async move { authkit.has_keys().await }
        })
}
