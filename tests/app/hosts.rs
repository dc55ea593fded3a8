//! Which hosts a server answers to: in development those of this machine and those it is told of, in
//! production any.

use super::support::{App, emulator_settings, settings};
use authkit_app::{DevelopmentSettings, Settings};
use authkit_local::hosts::Hosts;
use reqwest::{Method, StatusCode};

async fn asked(app: &App, method: Method, path: &str, host: &str) -> (StatusCode, String) {
    let client = app.browser().client();
    let request = client.request(method, app.address().join(path).unwrap());
    let answer = request.header("Host", host).send().await.unwrap();
    assert!(answer.headers().get("set-cookie").is_none());
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    (answer.status(), answer.text().await.unwrap())
}

async fn started(changed: impl FnOnce(Settings) -> Settings) -> App {
    let data = tempfile::tempdir().unwrap();
    let settings = changed(settings(&data, emulator_settings()));
    App::build(settings, data).await
}

#[tokio::test]
async fn another_name_for_this_machine_gets_no_answer_in_development() {
    let app = started(|settings| settings).await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/healthz"),
        (Method::GET, "/favicon.svg"),
        (Method::GET, "/nowhere"),
        (Method::GET, "/debug/auth"),
        (Method::GET, "/auth/session"),
        (Method::GET, "/api/list_numbers"),
        (Method::POST, "/api/add_number"),
        (Method::POST, "/webhooks/workos"),
    ] {
        let (status, said) = asked(&app, method, path, "evil.example:3000").await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{path}");
        assert!(said.contains("set DEV_HOSTS=evil.example and"), "{said}");
    }
}

#[tokio::test]
async fn every_name_of_this_machine_is_answered() {
    let app = started(|settings| settings).await;
    for host in [
        "localhost",
        "localhost:3000",
        "127.0.0.1:3000",
        "[::1]:3000",
        "app.localhost",
    ] {
        let (status, _) = asked(&app, Method::GET, "/healthz", host).await;
        assert_eq!(status, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn hosts_it_is_told_of_are_answered_by_app_and_emulator() {
    let hosts = Hosts::parse("tunnel.example, app").unwrap();
    let app = started(|settings| Settings {
        development: DevelopmentSettings {
            hosts,
            ..DevelopmentSettings::default()
        },
        ..settings
    })
    .await;
    let keys = app.emulator_origin.join("/sso/jwks/client_emulator");
    let keys = keys.unwrap();
    for host in ["tunnel.example", "app:3000"] {
        let (status, _) = asked(&app, Method::GET, "/healthz", host).await;
        assert_eq!(status, StatusCode::OK, "{host}");
        let request = app.browser().client().get(keys.clone());
        let answer = request.header("Host", host).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn the_host_of_the_redirect_uri_is_answered() {
    let host = App::start().await;
    let https = ("WORKOS_REDIRECT_URI", "https://app.example/callback");
    let app = App::start_against(&host, &[https]).await;
    let (status, _) = asked(&app, Method::GET, "/healthz", "app.example").await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = asked(&app, Method::GET, "/healthz", "evil.example").await;
    assert_eq!(status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn production_answers_to_any_name() {
    let app = started(|settings| Settings {
        production: true,
        ..settings
    })
    .await;
    let (status, _) = asked(&app, Method::GET, "/healthz", "10.0.0.8").await;
    assert_eq!(status, StatusCode::OK);
}
