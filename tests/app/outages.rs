//! AuthKit unreachable, slow or talking nonsense: the page says so, and nobody is signed out.

use super::support::{ADA, App, SESSION};
use authkit_emulator::{Endpoint, Fault};
use serde_json::json;
use std::time::Duration;

fn html(status: u16) -> Fault {
    Fault::status(status).html("<html>gateway</html>")
}

/// Every way to be out of order, the page's reason and its status.
fn faults() -> Vec<(Fault, &'static str, u16)> {
    vec![
        (Fault::reset(), "authkit_unreachable", 503),
        (
            Fault::latency(Duration::from_secs(6)),
            "authkit_unreachable",
            503,
        ),
        (html(500), "authkit_broken", 502),
        (html(200), "authkit_broken", 502),
        (
            Fault::status(503).json(json!({"message": "down"})),
            "authkit_broken",
            502,
        ),
        (html(429), "authkit_rate_limited", 503),
        (
            Fault::status(401).json(json!({"message": "Unauthorized", "code": "unauthorized"})),
            "authkit_misconfigured",
            502,
        ),
    ]
}

#[tokio::test]
async fn a_sign_in_while_authkit_is_out_of_order_is_explained() {
    let app = App::start().await;
    for (fault, reason, status) in faults() {
        let mut browser = app.browser();
        let page = browser.open("/sign-in?return_to=/account").await;
        let callback = browser.enter_password(&page, ADA).await;
        app.control.set_fault(Endpoint::Authenticate, fault);
        let page = browser.open(callback.as_str()).await;
        page.explains(reason, status);
        assert!(page.body.contains("/sign-in?return_to=/account"));
        assert!(!page.body.contains("gateway"), "nothing of the raw answer");
        app.control.clear_faults();
        assert_eq!(
            browser.open("/account").await.url.path(),
            "/account",
            "works again"
        );
    }
}

#[tokio::test]
async fn an_outage_signs_nobody_out() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    // What a slow answer does is in `renewal`: the next request gets it.
    let faults = faults()
        .into_iter()
        .filter(|(fault, ..)| fault.latency_ms == 0);
    for (fault, _, _) in faults {
        let mut tab = browser.clone();
        app.advance(400);
        app.control.set_fault(Endpoint::Authenticate, fault);
        let page = tab.get("/account").await;
        assert_eq!(page.status.as_u16(), 503);
        assert!(!page.header("retry-after").is_empty());
        assert!(page.body.contains("You have not been signed out"));
        assert!(!page.body.contains("session_0"), "nothing protected");
        assert!(tab.cookies.contains_key(SESSION), "the cookie stays");
        let home = tab.get("/").await;
        assert_eq!(home.status.as_u16(), 200);
        assert!(
            home.body
                .contains("You were Ada Lovelace when it was last checked")
        );
        assert!(home.body.contains("Not verified"));
        app.control.clear_faults();
    }
    // The refresh token was never used up, so that the session comes back by itself.
    let mut tab = browser.clone();
    assert!(tab.is_signed_in().await);
}

#[tokio::test]
async fn a_valid_token_does_not_need_authkit() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    for endpoint in [Endpoint::Authenticate, Endpoint::Jwks, Endpoint::Authorize] {
        app.control.set_fault(endpoint, Fault::reset());
    }
    assert!(browser.is_signed_in().await);
    // About to expire and not to be renewed: still good.
    app.advance(280);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn keys_out_of_reach_at_sign_in_are_explained() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in").await;
    let callback = browser.enter_password(&page, ADA).await;
    app.control.set_fault(Endpoint::Jwks, html(502));
    browser
        .open(callback.as_str())
        .await
        .explains("authkit_unreachable", 503);
}

#[tokio::test]
async fn a_token_that_does_not_verify_or_is_somebody_elses_starts_no_session() {
    let app = App::start().await;
    let now = app.clock.now();
    let good = json!({
        "iss": app.control.issuer(), "sub": "user_1", "sid": "session_1",
        "iat": now, "exp": now + 300, "client_id": "client_emulator",
    });
    for (name, value) in [
        ("sub", json!("user_2")),
        ("iss", json!("https://evil.example")),
        ("client_id", json!("client_other")),
        ("exp", json!(now - 60)),
        ("nbf", json!(now + 60)),
    ] {
        let mut claims = good.clone();
        claims[name] = value;
        let granted = json!({
            "user": {
                "object": "user", "id": "user_1", "email": ADA, "email_verified": true,
                "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
            },
            "access_token": app.control.sign(&claims).unwrap(),
            "refresh_token": "refresh",
        });
        let mut browser = app.browser();
        let page = browser.open("/sign-in").await;
        let callback = browser.enter_password(&page, ADA).await;
        app.control.set_fault(
            Endpoint::Authenticate,
            Fault::status(200).json(granted).times(1),
        );
        browser
            .open(callback.as_str())
            .await
            .explains("authkit_token_refused", 502);
        assert!(!browser.is_signed_in().await, "{name}");
    }
}

#[tokio::test]
async fn the_page_of_a_session_that_cannot_be_checked_shows_the_code_of_its_answer() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.control
        .set_fault(Endpoint::Authenticate, Fault::status(500));
    app.advance(400);
    let page = browser.get("/account").await;
    let code = page.header("x-authkit-reason");
    assert_eq!(code, "unavailable");
    let shown = format!("<code>{code}</code>");
    assert!(page.body.contains(&shown), "{}", page.body);
}

#[tokio::test]
async fn every_page_that_is_a_503_says_when_to_come_back() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let broken = || Fault::status(500);
    app.control
        .set_fault(Endpoint::OrganizationMemberships, broken());
    app.control.set_fault(Endpoint::Authenticate, broken());
    let unlisted = browser.get("/account/organizations").await;
    app.advance(400);
    for answer in [
        unlisted,
        browser.get("/account").await,
        browser.get("/account/organizations").await,
        browser.get("/live").await,
        browser
            .get("/sign-in-failed?reason=authkit_unreachable")
            .await,
    ] {
        assert_eq!(answer.status.as_u16(), 503, "{}", answer.url);
        assert_ne!(answer.header("retry-after"), "", "{}", answer.url);
    }
    let refused = browser.get("/sign-in-failed?reason=code_refused").await;
    assert_eq!(refused.status.as_u16(), 400);
    assert_eq!(refused.header("retry-after"), "");
}
