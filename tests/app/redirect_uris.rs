//! A redirect URI of any path, as apps have registered that come from another framework.

use super::{
    postgres::free_port,
    support::{ADA, ANY_PORT, App, parameter, settings},
};
use authkit_app::{AuthKitSettings, Settings, StartError};
use authkit_leptos::server::Config;
use http::{Method, StatusCode};
use std::net::SocketAddr;

/// An app with a redirect URI of this path, at the emulator of another.
async fn app(workos: &App, path: &str) -> App {
    let addr = SocketAddr::new(ANY_PORT.ip(), free_port());
    let uri = format!("http://localhost:{}{path}", addr.port());
    let changes = [("WORKOS_REDIRECT_URI", uri.as_str())];
    App::start_against_with(workos, &changes, |settings| Settings { addr, ..settings }).await
}

#[tokio::test]
async fn a_sign_in_comes_back_to_any_path_and_every_rule_of_the_callback_holds_there() {
    let workos = App::start().await;
    for path in ["/api/auth/callback", "/auth/return/", "/caf%C3%A9"] {
        let app = app(&workos, path).await;
        let mut browser = app.browser();
        let page = browser.open("/sign-in?return_to=/account").await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        let callback = browser.enter_password(&page, ADA).await;
        assert_eq!(callback.path(), path);

        // What is no navigation takes no step; HEAD has no effect; other methods are none.
        let script = [("sec-fetch-mode", "cors")];
        let answer = browser.get_with(callback.as_str(), &script).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        let answer = browser
            .send(Method::HEAD, callback.as_str(), &[], None)
            .await;
        assert_eq!(answer.set_cookies(), [""; 0], "{path}");
        let answer = browser.post(callback.as_str()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");

        let answer = browser.get(callback.as_str()).await;
        assert_eq!(answer.location().path(), "/account", "{path}");
        assert!(browser.is_signed_in().await);
        // Twice, and without what AuthKit adds.
        let again = browser.get(callback.as_str()).await;
        assert_eq!(again.location().path(), "/account", "{path}");
        browser
            .open(path)
            .await
            .explains("callback_incomplete", 400);
        let mut other = app.browser();
        let state = other.get("/sign-in").await.parameter("state").unwrap();
        let cancelled = format!("{path}?error=access_denied&state={state}");
        other.open(&cancelled).await.explains("access_denied", 400);
    }
}

/// WorkOS, with this redirect URI.
pub fn workos(redirect_uri: &str) -> AuthKitSettings {
    let config = Config::read(|name| {
        let value = match name {
            "WORKOS_CLIENT_ID" => "client_1",
            "WORKOS_API_KEY" => "sk_test_1",
            "WORKOS_REDIRECT_URI" => redirect_uri,
            "WORKOS_COOKIE_PASSWORD" => App::PASSWORD,
            _ => return None,
        };
        Some(value.to_owned())
    });
    AuthKitSettings::WorkOs(Box::new(config.unwrap().unwrap()))
}

#[tokio::test]
async fn a_path_that_the_app_needs_itself_stops_the_start_by_name() {
    let data = tempfile::tempdir().unwrap();
    for path in [
        "/account",
        "/live",
        "/live/stream",
        "/api/caller",
        "/auth/session",
        "/pkg/app.js",
        "/healthz",
    ] {
        let uri = format!("http://localhost:3000{path}");
        let settings = settings(&data, workos(&uri));
        let Err(error) = starter::process::server(settings).await else {
            panic!("started with {path}");
        };
        assert!(
            matches!(&error, StartError::RedirectPath(it) if it == path),
            "{error}"
        );
        assert!(error.to_string().contains(path));
    }
}

/// As a browser at `host` asks, under whatever address it reaches the app.
async fn at_host(app: &App, path: &str, host: &str) -> (StatusCode, String, Vec<String>) {
    let request = app
        .browser()
        .client()
        .get(app.address().join(path).unwrap());
    let request = request.header("host", host).header("accept", "text/html");
    let answer = request.header("sec-fetch-site", "same-origin").send().await;
    let answer = answer.unwrap();
    let location = answer.headers().get("location");
    let location = location.map_or(String::new(), |it| it.to_str().unwrap().to_owned());
    let cookies = answer.headers().get_all("set-cookie").iter();
    let cookies = cookies.map(|it| it.to_str().unwrap().to_owned());
    (answer.status(), location, cookies.collect())
}

#[tokio::test]
async fn a_sign_in_comes_back_to_the_name_that_it_began_under() {
    let workos = App::start().await;
    let changes = [
        ("WORKOS_REDIRECT_URI", "https://app.example/callback"),
        ("WORKOS_REDIRECT_URIS", "https://app.test:8443/callback"),
    ];
    let app = App::start_against(&workos, &changes).await;
    for (host, origin) in [
        ("app.example", "https://app.example"),
        ("app.test:8443", "https://app.test:8443"),
    ] {
        let (status, location, cookies) = at_host(&app, "/sign-in", host).await;
        assert_eq!(status, StatusCode::FOUND, "{host}");
        let authorize: url::Url = location.parse().unwrap();
        let back = parameter(&authorize, "redirect_uri").unwrap();
        assert_eq!(back, format!("{origin}/callback"));
        let [cookie] = &cookies[..] else {
            panic!("{cookies:?}");
        };
        assert!(
            cookie.starts_with("__Host-") && cookie.contains("; Secure"),
            "{cookie}"
        );
    }
    // Development answers to no other host, and what is not listed to the character is another.
    for host in ["evil.example", "app.test.evil.example", "a.app.test:8443"] {
        let (status, _, cookies) = at_host(&app, "/sign-in", host).await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(cookies.is_empty());
    }
    // A listed name with another port is led to the first name, once.
    let (_, location, cookies) = at_host(&app, "/sign-in", "app.test").await;
    assert_eq!(location, "https://app.example/sign-in?led_here=1");
    assert!(cookies.is_empty());
}

#[tokio::test]
async fn a_person_signs_in_and_out_under_the_second_name() {
    let workos = App::start().await;
    let addr = SocketAddr::new(ANY_PORT.ip(), free_port());
    let [first, second] =
        ["localhost", "127.0.0.1"].map(|host| format!("http://{host}:{}/callback", addr.port()));
    let changes = [
        ("WORKOS_REDIRECT_URI", first.as_str()),
        ("WORKOS_REDIRECT_URIS", second.as_str()),
    ];
    let app = App::start_against_with(&workos, &changes, |settings| Settings { addr, ..settings });
    let app = app.await;
    workos.register(&second).await;
    let mut browser = app.browser();
    browser.origin = second.parse().unwrap();
    let page = browser.open("/sign-in?return_to=/account").await;
    let callback = browser.enter_password(&page, ADA).await;
    assert!(callback.as_str().starts_with(&second), "{callback}");
    let page = browser.open(callback.as_str()).await;
    assert_eq!(page.url.path(), "/account");
    assert_eq!(page.url.host_str(), Some("127.0.0.1"));
    assert!(browser.is_signed_in().await);
    let answer = browser.post("/sign-out").await;
    let back = parameter(&answer.location(), "return_to").unwrap();
    assert_eq!(back, second.replace("/callback", "/signed-out"));
}
