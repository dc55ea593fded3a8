//! Guards: who gets in, and what the others are told.

use super::{
    foreign_tokens,
    support::{ADA, App, Browser, Log},
};
use authkit_emulator::{Endpoint, Fault};
use authkit_leptos::{
    AccessToken, AuthError,
    server::{AuthKitClaims, CurrentUser, MaybeUser, claims},
};
use axum::{Router, body::Body, extract::Request, routing::get};
use leptos::{prelude::server, server_fn::ServerFn};
use reqwest::{Method, StatusCode};
use test_support::minted::{Minted, Openssl};
use tower::ServiceExt;

/// Handlers as an app would write them.
fn handlers() -> Router {
    Router::new()
        .route(
            "/must",
            get(|CurrentUser(identity): CurrentUser| async move { identity.user.email }),
        )
        .route(
            "/may",
            get(|MaybeUser(user): MaybeUser| async move {
                user.map_or("nobody".to_owned(), |identity| identity.user.email)
            }),
        )
}

async fn ask(router: &Router, path: &str, cookie: &str) -> (StatusCode, String) {
    let request = Request::get(path)
        .header("cookie", cookie)
        .body(Body::empty());
    let answer = router.clone().oneshot(request.unwrap()).await.unwrap();
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), 10_000)
        .await
        .unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn extractors_tell_signed_in_signed_out_and_unavailable_apart() {
    let app = App::start().await;
    let router = handlers().layer(app.authkit.layer().without_protection());
    let cookie = format!(
        "wos-session={}",
        app.signed_in(ADA).await.cookies["wos-session"]
    );
    for path in ["/must", "/may"] {
        assert_eq!(
            ask(&router, path, &cookie).await,
            (StatusCode::OK, ADA.to_owned())
        );
    }
    assert_eq!(ask(&router, "/must", "").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(
        ask(&router, "/may", "").await,
        (StatusCode::OK, "nobody".to_owned())
    );

    app.advance(400);
    app.control
        .set_fault(Endpoint::Authenticate, Fault::reset());
    for path in ["/must", "/may"] {
        assert_eq!(
            ask(&router, path, &cookie).await.0,
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}

#[tokio::test]
async fn a_server_function_outside_of_the_layer_is_reported_once_per_route() {
    let (log, _guard) = Log::capture("error");
    let router = Router::new()
        .route("/auth/{function}", get(leptos_axum::handle_server_fns))
        .route("/api/caller", get(leptos_axum::handle_server_fns));
    for path in ["/auth/session", "/api/caller", "/auth/session"] {
        let (_, body) = ask(&router, path, "").await;
        assert!(!body.contains(ADA), "{body}");
    }
    let text = log.text();
    let lines: Vec<_> = text
        .lines()
        .filter(|line| line.contains("AuthLayer"))
        .collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[0].contains("/auth/{function}") && lines[1].contains("/api/caller"),
        "{text}"
    );
}

#[tokio::test]
async fn an_extractor_without_the_layer_names_what_is_missing() {
    let (log, _guard) = Log::capture("error");
    let (status, body) = ask(&handlers(), "/must", "").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    // To those who run the server, not to those who call it.
    assert_eq!(body, "Something went wrong on the server.");
    assert!(
        log.text().contains("AuthLayer is missing"),
        "{}",
        log.text()
    );
}

#[tokio::test]
async fn a_protected_page_shows_nothing_to_somebody_signed_out() {
    let app = App::start().await;
    let answer = app.browser().get("/account?x=1").await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.location().path(), "/sign-in");
    assert_eq!(
        answer.parameter("return_to").as_deref(),
        Some("/account?x=1")
    );
    assert!(!answer.body.contains("Session id"));
}

#[tokio::test]
async fn the_access_token_is_given_to_a_script_of_ours_and_to_nobody_else() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let path = "/auth/access-token";
    let accept = ("accept", "application/json");
    let answer = browser.send(Method::POST, path, &[accept], Some(&[])).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("cache-control"),
        "private, no-store, no-transform"
    );
    let token: AccessToken = serde_json::from_str(&answer.body).unwrap();
    assert!((295..=300).contains(&token.expires_in), "{token:?}");
    assert!(!format!("{token:?}").contains(&token.token));

    let form = browser.post(path).await;
    assert!(!form.body.contains(&token.token), "a form is shown nothing");
    let foreign = [
        accept,
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ];
    let answer = browser.send(Method::POST, path, &foreign, Some(&[])).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = browser.get_with(path, &[accept]).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    let mut stranger = app.browser();
    let answer = stranger
        .send(Method::POST, path, &[accept], Some(&[]))
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[derive(serde::Deserialize)]
struct Tenant {
    #[serde(rename = "urn:myapp:tenant")]
    tenant: String,
}

#[tokio::test]
async fn typed_claims_are_the_apps_and_a_claim_of_another_type_is_the_apps_mistake_not_a_default() {
    let app = App::start().await;
    let router = Router::new().route(
        "/tenant",
        get(|AuthKitClaims(it): AuthKitClaims<Tenant>| async move { it.tenant }),
    );
    let router = router.layer(app.authkit.layer());
    let (log, _guard) = Log::capture("error");
    let expected = [
        (serde_json::json!("acme"), StatusCode::OK),
        (serde_json::json!(7), StatusCode::INTERNAL_SERVER_ERROR),
        (serde_json::json!(null), StatusCode::INTERNAL_SERVER_ERROR),
    ];
    for (tenant, status) in expected {
        let template = serde_json::json!({"urn:myapp:tenant": tenant, "secret": "s3cr3t"});
        let template = template.as_object().unwrap().clone();
        app.control.set_token_template(template).unwrap();
        let cookie = app.signed_in(ADA).await.cookie_header();
        let (found, body) = ask(&router, "/tenant", &cookie).await;
        assert_eq!(found, status, "{tenant}");
        assert!(status != StatusCode::OK || body == "acme");
    }
    assert_eq!(
        ask(&router, "/tenant", "").await.0,
        StatusCode::UNAUTHORIZED
    );
    let log = log.text();
    assert!(
        log.contains("claim_mismatch") && log.contains("urn:myapp:tenant"),
        "{log}"
    );
    assert!(!log.contains("s3cr3t"));
}

/// As an app would write it.
#[server(prefix = "/api/tests", endpoint = "tenant_of_caller")]
async fn tenant_of_caller() -> Result<String, AuthError> {
    Ok(claims::<Tenant>()?.tenant)
}

#[tokio::test]
async fn a_server_function_reads_typed_claims_of_this_apps_users_and_of_no_others() {
    let issuer = "https://game.example";
    let mut foreign = foreign_tokens::claims(issuer);
    foreign["urn:myapp:tenant"] = "acme".into();
    let Minted { token, jwks } = Openssl::key("EdDSA").mint("openssl", &foreign);
    let app = App::start_accepting(foreign_tokens::list(issuer, "EdDSA", &jwks)).await;
    let template = |tenant| {
        let template = serde_json::json!({ "urn:myapp:tenant": tenant });
        let template = template.as_object().unwrap().clone();
        app.control.set_token_template(template).unwrap();
    };
    let tenant = async |browser: &mut Browser, bearer: Option<&str>| {
        let authorization = bearer.map(|token| format!("Bearer {token}"));
        let authorization = authorization.as_ref().map(|it| ("authorization", &**it));
        let headers: Vec<_> = [("accept", "application/json")]
            .into_iter()
            .chain(authorization)
            .collect();
        let path = TenantOfCaller::PATH;
        let answer = browser.send(Method::POST, path, &headers, Some(&[])).await;
        (answer.status, answer.body)
    };
    template(serde_json::json!("acme"));
    let acme = (StatusCode::OK, "\"acme\"".to_owned());
    let granted = app.control.grant(ADA).unwrap();
    let own = granted["access_token"].as_str();
    assert_eq!(tenant(&mut app.signed_in(ADA).await, None).await, acme);
    assert_eq!(tenant(&mut app.browser(), own).await, acme);
    let (status, body) = tenant(&mut app.browser(), Some(&token)).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    assert!(!body.contains("acme"), "{body}");
    let (status, _) = tenant(&mut app.browser(), None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    template(serde_json::json!(7));
    let (status, body) = tenant(&mut app.signed_in(ADA).await, None).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{body}");
}

#[tokio::test]
async fn workos_own_sdk_asks_with_the_apps_credentials_and_each_request_once() {
    let app = App::start().await;
    let id = app.control.user_id(ADA).unwrap();
    let users = app.authkit.workos().user_management();
    assert_eq!(users.get_user(&id).await.unwrap().email, ADA);
    assert_eq!(app.control.calls_of(Endpoint::Users), 1);
    app.control.set_fault(Endpoint::Users, Fault::status(500));
    assert!(users.get_user(&id).await.is_err());
    assert_eq!(app.control.calls_of(Endpoint::Users), 2, "it is sent once");
}
