//! What `AuthKit::builder` and `AuthKit::protect` bring, met over HTTP by an app without Leptos pages.
//!
//! The examples' browser tests sign in; here is what only a stranger or a mistake meets.
#![cfg(feature = "axum")]

use authkit_leptos::server::{AuthKit, Config, CurrentUser, StartError};
use axum::{Router, routing::get};
use http::StatusCode;
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tempfile::TempDir;
use tokio::net::TcpListener;

const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// An app with a login, at an address of its own.
struct App {
    origin: String,
    client: Client,
    /// What it keeps.
    _folder: TempDir,
}

impl App {
    /// With `own` pages, and the callback at `callback`.
    async fn start(own: Router, callback: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind(ANY).await.unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let kept = folder.path().join("authkit");
        let development = move |origin: String| async move {
            let mut variables = authkit_emulator::for_app_with(origin.clone(), ANY, &kept).await?;
            for (name, value) in &mut variables {
                if *name == "WORKOS_REDIRECT_URI" {
                    *value = format!("{origin}{callback}");
                }
            }
            Ok::<_, authkit_emulator::ForAppError>(variables)
        };
        let authkit = AuthKit::builder(None)
            .development(origin.clone(), development)
            .sqlite_file(folder.path().join("data/app.db"))
            .start()
            .await
            .unwrap();
        let app = authkit.protect(own.merge(authkit.routes()));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            origin,
            client: Client::builder().redirect(Policy::none()).build().unwrap(),
            _folder: folder,
        }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.origin))
    }

    /// As a browser goes to a page.
    async fn visit(&self, path: &str) -> Response {
        let navigation = self.get(path).header("sec-fetch-mode", "navigate");
        let navigation = navigation.header("sec-fetch-dest", "document");
        navigation.send().await.unwrap()
    }
}

async fn hello(CurrentUser(identity): CurrentUser) -> String {
    identity.user.display_name()
}

#[tokio::test]
async fn a_stranger_meets_401_and_another_site_403() {
    let app = App::start(Router::new().route("/hello", get(hello)), "/callback").await;
    let answer = app.get("/hello").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.headers()["cache-control"],
        "private, no-store, no-transform"
    );
    let sign_out = app.client.post(format!("{}/sign-out", app.origin));
    let elsewhere = sign_out.header("origin", "https://evil.example");
    let answer = elsewhere.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_form_to_the_login_longer_than_64_kb_is_not_read() {
    let app = App::start(Router::new(), "/callback").await;
    let path = format!("{}/auth/continue-sign-in", app.origin);
    let leads_to = async |length| {
        let form = format!("screen=sign-in&return_to=/{}", "a".repeat(length));
        let request = app.client.post(&path).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.header("accept", "text/html").send().await.unwrap();
        let location = answer.headers().get("location");
        location.map(|to| to.to_str().unwrap().to_owned())
    };
    let led = leads_to(10).await.unwrap();
    assert!(led.contains("/user_management/authorize?"), "{led}");
    let led = leads_to(65 * 1024).await.unwrap_or_default();
    assert!(!led.contains("/user_management/authorize?"), "{led}");
}

#[tokio::test]
async fn pages_of_the_login_are_there_until_the_app_has_its_own() {
    let own = Router::new().route("/signed-out", get(async || "our own"));
    let app = App::start(own, "/callback").await;
    assert_eq!(
        app.visit("/signed-out").await.text().await.unwrap(),
        "our own"
    );

    let answer = app.visit("/sign-in-failed?reason=access_denied").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(answer.text().await.unwrap().contains("Sign-in cancelled"));

    let answer = app
        .visit("/confirm-sign-in?organization_id=org_1&return_to=/hello")
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.unwrap();
    assert!(page.contains("action=\"/auth/continue-sign-in\""), "{page}");
    assert!(
        page.contains("name=\"organization_id\" value=\"org_1\""),
        "{page}"
    );

    let nothing = app.visit("/nothing").await;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    assert_eq!(nothing.text().await.unwrap(), "");
}

#[tokio::test]
async fn the_callback_is_where_the_redirect_uri_leads() {
    let app = App::start(Router::new(), "/api/auth/callback").await;
    let cancelled = "error=access_denied&state=not-ours";
    let answer = app.visit(&format!("/api/auth/callback?{cancelled}")).await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    let leads_to = answer.headers()["location"].to_str().unwrap();
    assert!(
        leads_to.starts_with("/sign-in-failed?reason="),
        "{leads_to}"
    );
}

#[tokio::test]
async fn a_person_with_an_unreadable_link_is_shown_a_page_and_a_program_is_told() {
    let app = App::start(Router::new(), "/callback").await;
    let twice = "/callback?code=a&code=b&state=c";
    let answer = app.visit(twice).await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    let leads_to = answer.headers()["location"].to_str().unwrap();
    assert_eq!(leads_to, "/sign-in-failed?reason=callback_incomplete");

    let asked = app.get(twice).header("accept", "application/json");
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(answer.text().await.unwrap(), "\"BadRequest\"");
}

#[tokio::test]
async fn what_open_pages_ask_is_answered_without_a_session() {
    let app = App::start(Router::new(), "/callback").await;
    let script = |request: RequestBuilder| request.header("accept", "application/json").send();
    let answer = script(app.get("/auth/session")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.text().await.unwrap(), "\"SignedOut\"");

    let post = |path: &str| app.client.post(format!("{}{path}", app.origin));
    for path in ["/auth/access-token", "/auth/switch-organization"] {
        let asked = post(path).form(&[("organization_id", "org_1")]);
        let answer = script(asked).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer", "{path}");
        assert_eq!(answer.text().await.unwrap(), "\"SignedOut\"", "{path}");
    }

    let unreadable = post("/auth/switch-organization").json(&["org_1"]);
    let answer = script(unreadable).await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);

    let form = post("/auth/access-token").header("accept", "text/html");
    let answer = form.send().await.unwrap();
    assert_eq!(
        answer.status(),
        StatusCode::BAD_REQUEST,
        "a token is for scripts"
    );

    let signed_out = post("/sign-out").header("accept", "text/html");
    let answer = signed_out.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], "/signed-out");
}

#[tokio::test]
async fn what_is_missing_is_named_at_the_start() {
    let nothing = AuthKit::builder(None).sqlite_file("never.db").start().await;
    let Err(StartError::Configuration(problems)) = nothing else {
        panic!("started without a configuration");
    };
    assert!(problems.to_string().contains("WORKOS_CLIENT_ID"));

    let variable = |name: &str| {
        Some(match name {
            "WORKOS_CLIENT_ID" => "client_1".to_owned(),
            "WORKOS_API_KEY" => "sk_test_1".to_owned(),
            "WORKOS_REDIRECT_URI" => "http://localhost:3000/callback".to_owned(),
            "WORKOS_COOKIE_PASSWORD" => "hT4vQ0zWm8cYb3NfR6kXs1LdPj7uEg2A".to_owned(),
            _ => return None,
        })
    };
    let config = Config::read(variable).unwrap();
    let refused = AuthKit::builder(config.clone()).start().await;
    assert!(matches!(refused, Err(StartError::NoDatabase)));

    let folder = tempfile::tempdir().unwrap();
    let builder = AuthKit::builder(config).sqlite_file(folder.path());
    let Err(error) = builder.start().await else {
        panic!("a folder was taken for a database");
    };
    let path = folder.path().display().to_string();
    assert!(error.to_string().contains(&path), "{error}");
}
