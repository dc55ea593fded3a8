//! The tests that docs/testing.md shows: an app with a login and an emulator, each on a port of its own.

use authkit_emulator::{BrowserSignIn, Emulator};
use authkit_leptos::server::{AuthKit, Config, CurrentUser};
use axum::{Router, routing::get};
use reqwest::{Client, StatusCode, Url, cookie::Jar};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;

async fn hello(CurrentUser(identity): CurrentUser) -> String {
    format!("Hello, {}", identity.user.display_name())
}

struct App {
    origin: String,
    emulator: Emulator,
    _data: TempDir,
}

impl App {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let redirect_uri = format!("{origin}/callback");
        let emulated = authkit_emulator::Config {
            redirect_uris: vec![redirect_uri.clone()],
            ..authkit_emulator::Config::default()
        };
        let (client_id, api_key) = (emulated.client_id.clone(), emulated.api_key.clone());
        let emulator = Emulator::start(emulated).await.unwrap();
        let workos = Url::parse(emulator.base_url()).unwrap();

        let config = Config::read(|name| match name {
            "WORKOS_CLIENT_ID" => Some(client_id.clone()),
            "WORKOS_API_KEY" => Some(api_key.clone()),
            "WORKOS_REDIRECT_URI" => Some(redirect_uri.clone()),
            "WORKOS_COOKIE_PASSWORD" => Some("hT4vQ0zWm8cYb3NfR6kXs1LdPj7uEg2A".to_owned()),
            "WORKOS_API_HOSTNAME" => workos.host_str().map(str::to_owned),
            "WORKOS_API_PORT" => workos.port().map(|port| port.to_string()),
            "WORKOS_API_HTTPS" => Some("false".to_owned()),
            _ => None,
        });
        let data = tempfile::tempdir().unwrap();
        let authkit = AuthKit::builder(config.unwrap())
            .sqlite_file(data.path().join("app.db"))
            .start()
            .await
            .unwrap();
        let pages = Router::new().route("/hello", get(hello));
        let app = authkit.protect(pages.merge(authkit.routes()));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            origin,
            emulator,
            _data: data,
        }
    }

    /// A browser whose user has signed in at AuthKit before: the app's sign-in asks for nothing.
    fn browser_of(&self, email: &str) -> Client {
        let control = self.emulator.control();
        let cookie = control
            .open_browser_session(BrowserSignIn {
                email: email.to_owned(),
                ..BrowserSignIn::default()
            })
            .unwrap();
        let jar = Jar::default();
        let pair = format!("{}={}", cookie.name, cookie.value);
        jar.add_cookie_str(&pair, &cookie.url.parse().unwrap());
        let browser = Client::builder().cookie_provider(Arc::new(jar));
        browser.build().unwrap()
    }
}

#[tokio::test]
async fn a_user_is_greeted_and_a_stranger_is_not() {
    let app = App::start().await;
    let url = format!("{}/hello", app.origin);
    let answer = reqwest::get(&url).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);

    let browser = app.browser_of("ada@example.com");
    let sign_in = format!("{}/sign-in?return_to=/hello", app.origin);
    let page = browser.get(sign_in).send().await.unwrap();
    assert_eq!(page.text().await.unwrap(), "Hello, Ada Lovelace");
    let page = browser.get(url).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
}
