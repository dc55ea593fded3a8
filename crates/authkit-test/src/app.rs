//! [`App`]: a server of an app with its emulator, each on a port of its own.

use super::browser::{Browser, JSON, set_cookies};
use authkit_app::{
    AddressLimits, AuthKitSettings, ConnectionLimits, DatabaseSettings, DevelopmentSettings,
    EmulatorSettings, Keep, Server, Settings, Site,
};
use authkit_emulator::{self as emulator, Control};
use authkit_leptos::server::{
    AuthKit, BearerTokens, Config,
    config::FrameAncestors,
    core::{clock::Clock, seal::Sealer},
    token::Provider,
};
use reqwest::{Method, StatusCode};
use std::{
    convert::Infallible,
    env,
    marker::PhantomData,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;
use test_support::postgres::{self, free_port};
use tokio::{sync::oneshot, task::JoinHandle};
use tower::{Layer, ServiceExt};
use url::Url;

/// The cookie of the session.
pub const SESSION: &str = "wos-session";

/// Any port of this machine.
pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A running server of an app, with its emulator. Dropping it stops both.
pub struct App<A> {
    /// Where browsers find it.
    pub origin: Url,
    addr: SocketAddr,
    /// What happens at AuthKit: who is there, what fails, what time it is.
    pub control: Control,
    /// The server's clock.
    pub clock: Clock,
    /// The server's login.
    pub authkit: AuthKit,
    /// Where browsers find AuthKit.
    pub emulator_origin: Url,
    stop: Box<dyn Fn() + Send + Sync>,
    running: JoinHandle<()>,
    data: Option<TempDir>,
    of: PhantomData<fn() -> A>,
}

/// A server at any port, on SQLite in this folder, with no limits of addresses.
pub fn settings(data: &TempDir, authkit: AuthKitSettings) -> Settings {
    Settings {
        addr: ANY_PORT,
        site: Site::at(public()),
        database: DatabaseSettings::Sqlite(data.path().join("app.db")),
        database_wait: Duration::ZERO,
        audit: Keep::default(),
        metrics: None,
        production: false,
        authkit,
        providers: Vec::new(),
        bearer_tokens: BearerTokens::default(),
        frame_ancestors: FrameAncestors::default(),
        connections: ConnectionLimits::default(),
        development: DevelopmentSettings::default(),
        // All clients of a test share one address.
        addresses: AddressLimits {
            burst: NonZeroU32::MAX,
            ..AddressLimits::default()
        },
        allowed_domains: None,
        clock: Clock::default(),
    }
}

/// The folder of files of the package that is tested: cargo says where it is.
fn public() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| ".".into());
    PathBuf::from(package).join("public")
}

/// An emulator at any port that remembers nothing.
pub fn emulator_settings() -> AuthKitSettings {
    AuthKitSettings::Emulator(EmulatorSettings {
        addr: ANY_PORT,
        state_dir: None,
    })
}

impl<A: authkit_app::App> App<A> {
    /// A server and an emulator that remember nothing. Unlike in development the emulator sends no
    /// webhooks: what happens there is found out, not told.
    pub async fn start() -> Self {
        let app = Self::start_with_webhooks().await;
        app.control.set_webhook(None);
        app
    }

    /// As in development: the emulator tells the server of sessions that end.
    pub async fn start_with_webhooks() -> Self {
        let data = tempfile::tempdir().unwrap();
        Self::start_with(data, ANY_PORT, ANY_PORT, false, Vec::new()).await
    }

    /// A server on another database than a file of its own.
    pub async fn start_on(database: DatabaseSettings) -> Self {
        let app = Self::start_on_with_webhooks(database).await;
        app.control.set_webhook(None);
        app
    }

    /// One on SQLite, and one on PostgreSQL: for what a feature does.
    pub async fn start_on_each() -> [Self; 2] {
        let url = postgres::shared().await.database().await;
        let postgres = DatabaseSettings::Postgres(url.into());
        [Self::start().await, Self::start_on(postgres).await]
    }

    /// A server on another database than a file of its own, with an emulator that tells it what happens.
    pub async fn start_on_with_webhooks(database: DatabaseSettings) -> Self {
        let data = tempfile::tempdir().unwrap();
        let settings = Settings {
            database,
            ..settings(&data, emulator_settings())
        };
        Self::build(settings, data).await
    }

    /// A server that accepts these providers' tokens, too.
    pub async fn start_accepting(providers: Vec<Provider>) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self::start_with(data, ANY_PORT, ANY_PORT, false, providers).await
    }

    /// A server and an emulator at these addresses that keep what they know in `data`.
    async fn start_in(data: TempDir, addr: SocketAddr, emulator: SocketAddr) -> Self {
        Self::start_with(data, addr, emulator, true, Vec::new()).await
    }

    async fn start_with(
        data: TempDir,
        addr: SocketAddr,
        emulator: SocketAddr,
        remembers: bool,
        providers: Vec<Provider>,
    ) -> Self {
        let emulator = AuthKitSettings::Emulator(EmulatorSettings {
            addr: emulator,
            state_dir: remembers.then(|| data.path().to_owned()),
        });
        let settings = Settings {
            addr,
            providers,
            ..settings(&data, emulator)
        };
        Self::build(settings, data).await
    }

    /// A server with these settings and an emulator of its own, running.
    pub async fn build(settings: Settings, data: TempDir) -> Self {
        let clock = settings.clock.clone();
        Self::of(Server::build::<A>(settings).await.unwrap(), clock, data)
    }

    /// Runs a server that has been built, with an emulator of its own.
    pub fn of(server: Server, clock: Clock, data: TempDir) -> Self {
        let emulator = server.emulator().unwrap();
        let control = emulator.control().clone();
        let emulator_origin = emulator.base_url().parse().unwrap();
        Self::run(server, clock, control, emulator_origin, data)
    }

    /// The cookie password of [`start_against`](Self::start_against).
    pub const PASSWORD: &str = "hT4vQ0zWm8cYb3NfR6kXs1LdPj7uEg2A";

    /// What opens the cookies of a server with [`PASSWORD`](Self::PASSWORD).
    pub fn sealer() -> Sealer {
        Sealer::new(&Self::PASSWORD.to_owned().into(), [])
    }

    /// Another server that signs in at the emulator of `other`, as at WorkOS: configured by
    /// variables, some of them changed.
    pub async fn start_against(other: &Self, changes: &[(&str, &str)]) -> Self {
        Self::start_against_on(other, changes, None).await
    }

    /// The same, on this database.
    pub async fn start_against_on(
        other: &Self,
        changes: &[(&str, &str)],
        database: Option<DatabaseSettings>,
    ) -> Self {
        Self::start_against_with(other, changes, |settings| Settings {
            database: database.unwrap_or(settings.database),
            ..settings
        })
        .await
    }

    /// The same, with other settings.
    pub async fn start_against_with(
        other: &Self,
        changes: &[(&str, &str)],
        changed: impl FnOnce(Settings) -> Settings,
    ) -> Self {
        let addr = SocketAddr::new(ANY_PORT.ip(), free_port());
        let redirect_uri = format!("http://localhost:{}/callback", addr.port());
        let port = other.emulator_origin.port().unwrap().to_string();
        let emulator::Config {
            client_id, api_key, ..
        } = emulator::Config::default();
        let config = Config::read(|name| {
            let good = [
                ("WORKOS_CLIENT_ID", client_id.as_str()),
                ("WORKOS_API_KEY", api_key.as_str()),
                ("WORKOS_REDIRECT_URI", redirect_uri.as_str()),
                ("WORKOS_COOKIE_PASSWORD", Self::PASSWORD),
                ("WORKOS_API_HOSTNAME", "localhost"),
                ("WORKOS_API_HTTPS", "false"),
                ("WORKOS_API_PORT", port.as_str()),
            ];
            let mut all = changes.iter().chain(&good);
            all.find(|(variable, _)| *variable == name)
                .map(|(_, value)| (*value).to_owned())
        });
        let config = config.unwrap().unwrap();
        other.register(config.redirect_uri.as_str()).await;
        let data = tempfile::tempdir().unwrap();
        let settings = changed(Settings {
            addr,
            ..settings(&data, AuthKitSettings::WorkOs(Box::new(config)))
        });
        let clock = settings.clock.clone();
        let server = Server::build::<A>(settings).await.unwrap();
        let emulator_origin = other.emulator_origin.clone();
        Self::run(server, clock, other.control.clone(), emulator_origin, data)
    }

    fn run(
        server: Server,
        clock: Clock,
        control: Control,
        emulator_origin: Url,
        data: TempDir,
    ) -> Self {
        Self {
            origin: server.origin().parse().unwrap(),
            addr: server.addr(),
            control,
            emulator_origin,
            clock,
            authkit: server.authkit().clone(),
            stop: Box::new(server.stopper()),
            running: tokio::spawn(async move { server.run().await.unwrap() }),
            data: Some(data),
            of: PhantomData,
        }
    }

    /// Stops the server and starts one like it, with the same data and at the same addresses.
    pub async fn restart(self) -> Self {
        let addr = |url: &Url| SocketAddr::new(ANY_PORT.ip(), url.port().unwrap());
        let (server, emulator) = (addr(&self.origin), addr(&self.emulator_origin));
        let data = self.stop().await;
        Self::start_in(data, server, emulator).await
    }

    /// A server and an emulator that can be [`restart`](Self::restart)ed.
    pub async fn start_remembering() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), ANY_PORT, ANY_PORT).await
    }

    /// Registers a redirect URI at the emulator, as one does in WorkOS's dashboard.
    pub async fn register(&self, redirect_uri: &str) {
        let url = self
            .emulator_origin
            .join("/_emulator/redirect_uris")
            .unwrap();
        let body = serde_json::json!({ "redirect_uri": redirect_uri });
        let answer = reqwest::Client::new()
            .post(url)
            .json(&body)
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// Where the server really listens, whatever its public origin.
    pub fn address(&self) -> Url {
        format!("http://{}", self.addr).parse().unwrap()
    }

    /// The folder that its database is in.
    pub fn data(&self) -> &std::path::Path {
        self.data.as_ref().unwrap().path()
    }

    /// Stops the server as Ctrl-C does, and waits until it has.
    pub async fn stop(mut self) -> TempDir {
        (self.stop)();
        (&mut self.running).await.unwrap();
        self.data.take().unwrap()
    }

    /// A new browser, with no cookies.
    pub fn browser(&self) -> Browser {
        Browser::at(self.origin.clone())
    }

    /// A browser in which the user has signed in.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.sign_in("/sign-in", email).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(browser.cookies.keys().any(|name| name.starts_with(SESSION)));
        browser
    }

    /// Moves the session of `browser` to another organization of its user, by its name.
    pub async fn switch_organization(&self, browser: &mut Browser, organization: &str) {
        let id = self.control.organization_id(organization).unwrap();
        let form = [("organization_id", id.as_str())];
        let path = "/auth/switch-organization";
        let answer = browser.send(Method::POST, path, &[JSON], Some(&form)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }

    /// A request of `browser` that has been authenticated, and whose answer is still being made.
    pub async fn late_answer(&self, browser: &Browser) -> LateAnswer {
        let (finish, finished) = oneshot::channel();
        let (arrive, arrived) = oneshot::channel();
        let told = Arc::new(Mutex::new(Some((arrive, finished))));
        let handler = tower::service_fn(move |_: axum::extract::Request| {
            let told = told.lock().unwrap().take();
            async move {
                let (arrive, finished) = told.unwrap();
                arrive.send(()).unwrap();
                let _ = finished.await;
                Ok::<_, Infallible>(axum::response::Response::new(axum::body::Body::empty()))
            }
        });
        let request = axum::extract::Request::get("/slow")
            .header("cookie", browser.cookie_header())
            .body(axum::body::Body::empty())
            .unwrap();
        let service = self.authkit.layer().without_protection().layer(handler);
        let answer = tokio::spawn(service.oneshot(request));
        arrived.await.unwrap();
        LateAnswer { finish, answer }
    }

    /// Waits until a second has just begun: ages that are said in whole seconds are exact for a while.
    pub async fn second_begins(&self) {
        let before = self.clock.now();
        while self.clock.now() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Lets time pass, for the server and the emulator alike.
    pub fn advance(&self, seconds: i64) {
        self.clock.set_offset(seconds);
        self.control.set_clock_offset(seconds);
    }
}

/// An answer that is still being made.
pub struct LateAnswer {
    finish: oneshot::Sender<()>,
    answer: JoinHandle<Result<axum::response::Response, Infallible>>,
}

impl LateAnswer {
    /// Finishes it. The cookies it sets.
    pub async fn set_cookies(self) -> Vec<String> {
        self.finish.send(()).unwrap();
        let answer = self.answer.await.unwrap().unwrap();
        set_cookies(answer.headers())
    }
}

impl<A> Drop for App<A> {
    fn drop(&mut self) {
        (self.stop)();
        self.running.abort();
    }
}
