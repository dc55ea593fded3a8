//! A server with its emulator, and a browser that keeps cookies and follows redirects when told to.

use authkit_app::{
    AddressLimits, AuthKitSettings, ConnectionLimits, DatabaseSettings, DevelopmentSettings,
    EmulatorSettings, Keep, Server, Settings, Site,
};
use authkit_emulator::{self as emulator, Control, SEEDED_PASSWORD};
use authkit_leptos::paths;
use authkit_leptos::server::{
    AuthKit, BearerTokens, Config,
    config::FrameAncestors,
    core::{clock::Clock, seal::Sealer},
    token::Provider,
};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    sync::{Arc, Mutex, Once},
    time::Duration,
};
use tempfile::TempDir;
use test_support::postgres::{self, free_port};
use tokio::{sync::oneshot, task::JoinHandle};
use tower::{Layer, ServiceExt};
use tracing_subscriber::fmt::MakeWriter;
use url::Url;

pub const ADA: &str = "ada@example.com";
pub const ALAN: &str = "alan@example.com";
pub const GRACE: &str = "grace@example.com";
/// What programs and scripts want.
const JSON: (&str, &str) = ("accept", "application/json");
pub const SESSION: &str = "wos-session";

pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A running server with its emulator.
pub struct App {
    pub origin: Url,
    addr: SocketAddr,
    pub control: Control,
    pub clock: Clock,
    pub authkit: AuthKit,
    pub emulator_origin: Url,
    stop: Box<dyn Fn() + Send + Sync>,
    running: JoinHandle<()>,
    data: Option<TempDir>,
}

pub fn settings(data: &TempDir, authkit: AuthKitSettings) -> Settings {
    Settings {
        addr: ANY_PORT,
        site: Site::at(test_support::root().join("public")),
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

/// An emulator at any port that remembers nothing.
pub fn emulator_settings() -> AuthKitSettings {
    AuthKitSettings::Emulator(EmulatorSettings {
        addr: ANY_PORT,
        state_dir: None,
    })
}

impl App {
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

    /// The same, with an emulator that tells the server what happens.
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
        Self::of(
            starter::process::server(settings).await.unwrap(),
            clock,
            data,
        )
    }

    /// A server with an emulator of its own, running.
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
    pub async fn start_against(other: &App, changes: &[(&str, &str)]) -> Self {
        Self::start_against_on(other, changes, None).await
    }

    /// The same, on this database.
    pub async fn start_against_on(
        other: &App,
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
        other: &App,
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
        let server = starter::process::server(settings).await.unwrap();
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
        Browser {
            origin: self.origin.clone(),
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
            cookies: BTreeMap::new(),
        }
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

fn set_cookies(headers: &HeaderMap) -> Vec<String> {
    let cookies = headers.get_all("set-cookie").iter();
    cookies
        .map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect()
}

impl Drop for App {
    fn drop(&mut self) {
        (self.stop)();
        self.running.abort();
    }
}

/// A browser: cookies are shared by all ports of localhost, as in a real one.
#[derive(Clone)]
pub struct Browser {
    pub origin: Url,
    client: reqwest::Client,
    pub cookies: BTreeMap<String, String>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub url: Url,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> Url {
        self.url.join(self.header("location")).unwrap()
    }

    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.location(), name)
    }

    pub fn set_cookies(&self) -> Vec<String> {
        set_cookies(&self.headers)
    }

    /// The body of an answer that is JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let json = serde_json::from_str(&self.body);
        json.unwrap_or_else(|_| panic!("{} with no JSON: {}", self.status, self.body))
    }

    /// Asserts that this is the page that explains a failed sign-in, with this reason and status.
    #[track_caller]
    pub fn explains(&self, reason: &str, status: u16) {
        assert_eq!(self.url.path(), "/sign-in-failed", "{}", self.url);
        assert!(
            self.body.contains(&format!("<code>{reason}</code>")),
            "no {reason} in {}",
            self.body
        );
        assert_eq!(self.status.as_u16(), status);
        assert!(self.body.contains("Try again"));
    }
}

pub fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

impl Browser {
    /// Asks a query of a feature, as programs do.
    pub async fn query(&mut self, name: &str) -> Answer {
        self.get_with(&format!("/api/{name}"), &[JSON]).await
    }

    /// Asks for a mutation of a feature, as programs do.
    pub async fn mutate(&mut self, name: &str, arguments: &[(&str, &str)]) -> Answer {
        let path = format!("/api/{name}");
        self.send(Method::POST, &path, &[JSON], Some(arguments))
            .await
    }

    pub async fn send(
        &mut self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        form: Option<&[(&str, &str)]>,
    ) -> Answer {
        let url = self.origin.join(url).unwrap();
        let mut request = self.client.request(method, url.clone());
        if !headers.iter().any(|(name, _)| *name == "accept") {
            request = request.header("accept", "text/html,application/xhtml+xml");
        }
        // Sign-ins are begun by links of the app, unless a test says otherwise.
        let begins = [paths::SIGN_IN, paths::SIGN_UP].contains(&url.path());
        let says_who = ["sec-fetch-site", "referer"];
        if begins && !headers.iter().any(|(name, _)| says_who.contains(name)) {
            request = request.header("sec-fetch-site", "same-origin");
        }
        if !self.cookies.is_empty() {
            request = request.header("cookie", self.cookie_header());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(form) = form {
            request = request.form(form);
        }
        let response = request.send().await.unwrap();
        let answer = Answer {
            url,
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        };
        self.keep(&answer);
        answer
    }

    /// What it sends requests with.
    pub fn client(&self) -> reqwest::Client {
        self.client.clone()
    }

    /// Its cookies, as it sends them.
    pub fn cookie_header(&self) -> String {
        let pairs = self.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.set_cookies() {
            let cookie = cookie::Cookie::parse(line).unwrap();
            if cookie.max_age().is_some_and(|age| age.is_zero()) {
                self.cookies.remove(cookie.name());
            } else {
                let (name, value) = (cookie.name().to_owned(), cookie.value().to_owned());
                self.cookies.insert(name, value);
            }
        }
    }

    /// The first id on the account page that begins like this: of the session, the user, the organization.
    pub async fn id(&mut self, prefix: &str) -> String {
        let page = self.get("/account").await;
        let start = page.body.find(prefix).unwrap();
        let id = page.body[start..].chars();
        id.take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect()
    }

    /// One request; redirects are not followed.
    pub async fn get(&mut self, url: &str) -> Answer {
        self.send(Method::GET, url, &[], None).await
    }

    pub async fn get_with(&mut self, url: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, url, headers, None).await
    }

    pub async fn post(&mut self, url: &str) -> Answer {
        self.send(Method::POST, url, &[], Some(&[])).await
    }

    /// Follows redirects from `answer` to the first answer that is none.
    pub async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..12 {
            if !answer.status.is_redirection() {
                return answer;
            }
            answer = self.get(answer.location().as_str()).await;
        }
        panic!("a redirect loop, last at {}", answer.url);
    }

    /// Goes to `url` as a person would, redirects and all.
    pub async fn open(&mut self, url: &str) -> Answer {
        let answer = self.get(url).await;
        self.follow(answer).await
    }

    /// From a link that starts a sign-in to where it ends.
    pub async fn sign_in(&mut self, link: &str, email: &str) -> Answer {
        let page = self.open(link).await;
        let callback = self.enter_password(&page, email).await;
        self.open(callback.as_str()).await
    }

    /// Fills in AuthKit's form, and gives the callback it leads to without going there.
    pub async fn enter_password(&mut self, page: &Answer, email: &str) -> Url {
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let mut form_url = page.url.clone();
        form_url.set_path("/sign-in");
        let form = [("email", email), ("password", SEEDED_PASSWORD)];
        let origin = page.url.origin().ascii_serialization();
        let answer = self
            .send(
                Method::POST,
                form_url.as_str(),
                &[("origin", origin.as_str())],
                Some(&form),
            )
            .await;
        assert!(answer.status.is_redirection(), "{}", answer.body);
        answer.location()
    }

    pub fn attempts(&self) -> usize {
        let names = self.cookies.keys();
        names.filter(|name| name.contains("-attempt-")).count()
    }

    pub async fn is_signed_in(&mut self) -> bool {
        let page = self.get("/").await;
        assert_eq!(page.status, StatusCode::OK);
        match (
            page.body.contains("action=\"/sign-out\""),
            page.body.contains("Sign in to this page"),
        ) {
            (true, false) => true,
            (false, true) => false,
            mixed => panic!("{mixed:?} in {}", page.body),
        }
    }
}

/// What was logged on this thread, where a test's server runs too.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Captures what `filter` lets through, until the guard is dropped.
    pub fn capture(filter: &str) -> (Self, tracing::subscriber::DefaultGuard) {
        // Somebody who is always there and interested in everything. Without them, a log line that
        // another test's thread comes across first may be switched off for the whole process.
        static EVERYTHING: Once = Once::new();
        EVERYTHING.call_once(|| {
            let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
        });
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(log.clone())
            .with_ansi(false)
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}
