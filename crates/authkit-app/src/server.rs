//! [`Server`]: everything an app's process has while it serves, from its settings to its end.
//!
//! [`run`](crate::run) and tests build one. Knows the app by [`App`].

use crate::{
    admit::OnSignIn,
    app::App,
    database::{self, Database, Tables},
    development::{self, Emulator},
    metrics,
    pages::{PageContext, PageSettings, leptos_options},
    protection::protection,
    router::{self, Parts},
    settings::{AuthKitSettings, IS_BUILT, Settings},
    start_error::StartError,
};
use authkit_audit::Sweeping;
use authkit_leptos::server::{AuthKit, Config, UserEvent};
use authkit_live::server::{Live, Store};
use authkit_serve::{Listeners, Readiness, metrics::Exporter};
use std::{io, net::SocketAddr};
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

impl Server {
    /// Listens, opens the database and, in development, starts the emulator.
    ///
    /// # Errors
    /// [`StartError`] with what to change.
    pub async fn build<A: App>(settings: Settings) -> Result<Self, StartError> {
        if matches!(settings.authkit, AuthKitSettings::Missing) {
            // Before a database is made or waited for.
            return Err(Config::nothing_set().into());
        }
        let tables = Tables::of::<A>();
        // Before anybody can connect: this may take long, and nobody would be answered.
        let Database {
            store,
            ledger,
            audit,
        } = database::open(&settings.database, tables, settings.database_wait).await?;
        let sweeping = audit.sweep(settings.audit);
        let listeners = Listeners::bind(settings.addr)?;
        let addr = listeners.addr;
        let exporter = match settings.metrics {
            None => None,
            Some(addr) => Some(metrics::exporter(Listeners::bind(addr)?)?),
        };

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
            let (users, audit, forgetting) = (store.clone(), audit.clone(), audit.clone());
            let proxies = settings.addresses.trusted_proxies.clone();
            let builder = AuthKit::builder(config.clone())
                .ledger(ledger)
                .clock(settings.clock.clone())
                .protection(protection::<A>())
                .publish_claims(A::published_claims().iter().copied())
                .client_address(move |headers, extensions| proxies.client_of(headers, extensions))
                .on_audit_event(move |event| {
                    let audit = audit.clone();
                    async move { audit.follow(event).await }
                })
                .on_user(move |event| {
                    let (users, forgetting) = (users.clone(), forgetting.clone());
                    async move {
                        if let UserEvent::Deleted { user_id } = &event {
                            forgetting.forget(user_id).await?;
                        }
                        authkit_users::follow(event, &users).await
                    }
                });
            let hook = OnSignIn::of(settings.allowed_domains, A::on_sign_in(&store));
            let builder = match hook {
                None => builder,
                Some(hook) => builder.on_sign_in(move |it| hook.ask(it)),
            };
            builder.start().await?
        };
        let pages = PageContext::new(PageSettings {
            options: leptos_options(A::OUTPUT_NAME, &settings.site, addr),
            origin: config.redirect_uri.origin(),
            frame_ancestors: config.frame_ancestors.clone(),
            authkit_origin: config.api_for_browsers().to_owned(),
            emulator_url,
            debug: IS_BUILT && !settings.production,
        });
        let live = Live::builder(store.clone()).features(A::features()).start();
        let hosts = (!settings.production).then(|| {
            let uris = config.redirect_uris();
            uris.fold(settings.development.hosts.clone(), |hosts, uri| {
                hosts.and_origin(&uri.origin())
            })
        });
        let router = router::router::<A>(Parts {
            authkit: &authkit,
            live: &live,
            store: &store,
            audit,
            config: &config,
            readiness: readiness(&authkit, &store, tables),
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
    /// [`drain_for`](crate::ConnectionLimits::drain_for); then new connections are refused, streams end at once, and requests
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
fn readiness(authkit: &AuthKit, store: &Store, tables: Tables) -> Readiness {
    let (authkit, reached, migrated) = (authkit.clone(), store.clone(), store.clone());
    Readiness::new()
        .needs("database", move || {
            let store = reached.clone();
            async move { store.read().await.is_ok() }
        })
        .needs("migrations", move || {
            let store = migrated.clone();
            async move { tables.are_in(&store).await }
        })
        .needs("keys", move || {
            let authkit = authkit.clone();
            async move { authkit.has_keys().await }
        })
}
