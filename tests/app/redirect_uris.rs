//! A redirect URI of any path, as apps have registered that come from another framework.

use super::{
    postgres::free_port,
    support::{ADA, ANY_PORT, App, settings},
};
use authkit_leptos::server::Config;
use http::{Method, StatusCode};
use starter::process::{AuthKitSettings, Server, Settings, StartError};
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
        let config = Config::read(|name| {
            let value = match name {
                "WORKOS_CLIENT_ID" => "client_1",
                "WORKOS_API_KEY" => "sk_test_1",
                "WORKOS_REDIRECT_URI" => uri.as_str(),
                "WORKOS_COOKIE_PASSWORD" => App::PASSWORD,
                _ => return None,
            };
            Some(value.to_owned())
        });
        let config = Box::new(config.unwrap().unwrap());
        let settings = settings(&data, AuthKitSettings::WorkOs(config));
        let Err(error) = Server::build(settings).await else {
            panic!("started with {path}");
        };
        assert!(
            matches!(&error, StartError::RedirectPath(it) if it == path),
            "{error}"
        );
        assert!(error.to_string().contains(path));
    }
}
