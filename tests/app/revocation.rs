//! Sessions that end elsewhere: revoked by the app, or by WorkOS, which says so in a webhook.

use super::{
    raw,
    support::{ADA, ALAN, App, Browser, SESSION},
};
use authkit_emulator::Endpoint;
use serde_json::{Value, json};

pub const SECRET: &str = "whsec_for_tests";

/// An app that accepts webhooks, beside the one with the emulator.
pub async fn with_webhooks() -> (App, App) {
    let host = App::start().await;
    let app = App::start_against(&host, &[("WORKOS_WEBHOOK_SECRET", SECRET)]).await;
    (host, app)
}

pub fn signature(secret: &str, at_ms: u64, body: &str) -> String {
    let timestamp = at_ms.to_string();
    let signature = workos::compute_webhook_signature(secret, &timestamp, body);
    format!("t={timestamp}, v1={signature}")
}

pub async fn deliver(app: &App, signature: Option<&str>, body: String) -> u16 {
    let url = app.address().join("/webhooks/workos").unwrap();
    let mut request = reqwest::Client::new().post(url).body(body);
    if let Some(signature) = signature {
        request = request.header("workos-signature", signature);
    }
    request.send().await.unwrap().status().as_u16()
}

/// Delivers an event as WorkOS does.
pub async fn send(app: &App, event: &str, data: Value) -> u16 {
    let body = json!({"id": "event_1", "event": event, "data": data}).to_string();
    let signature = signature(SECRET, app.clock.now() * 1000, &body);
    deliver(app, Some(&signature), body).await
}

async fn session_id(browser: &mut Browser) -> String {
    browser.id("session_0").await
}

#[tokio::test]
async fn a_session_that_workos_revoked_is_over_at_once() {
    let (_host, app) = with_webhooks().await;
    let mut browser = app.signed_in(ADA).await;
    let mut other = app.signed_in(ADA).await;
    let id = session_id(&mut browser).await;
    assert_eq!(
        send(
            &app,
            "session.revoked",
            json!({"object": "session", "id": id})
        )
        .await,
        200
    );
    assert!(!browser.is_signed_in().await);
    assert!(!browser.cookies.contains_key(SESSION));
    assert!(
        other.is_signed_in().await,
        "another session of the same user goes on"
    );
    assert_eq!(
        send(&app, "session.revoked", json!({"id": id})).await,
        200,
        "a replay"
    );
}

#[tokio::test]
async fn a_deleted_user_is_signed_out_everywhere_and_nobody_else_is() {
    let (_host, app) = with_webhooks().await;
    let mut browsers = [app.signed_in(ADA).await, app.signed_in(ADA).await];
    let mut alan = app.signed_in(ALAN).await;
    let id = browsers[0].id("user_0").await;
    assert_eq!(send(&app, "user.deleted", json!({"id": id})).await, 200);
    for browser in &mut browsers {
        assert!(!browser.is_signed_in().await);
    }
    assert!(alan.is_signed_in().await);
}

#[tokio::test]
async fn an_event_of_another_kind_ends_nothing() {
    let (_host, app) = with_webhooks().await;
    let mut browser = app.signed_in(ADA).await;
    let id = session_id(&mut browser).await;
    for event in ["session.created", "user.updated", "from.the.future"] {
        assert_eq!(send(&app, event, json!({"id": id})).await, 200, "{event}");
    }
    assert_eq!(
        send(&app, "session.revoked", json!({})).await,
        200,
        "without an id"
    );
    let text = "hello".to_owned();
    let signed = signature(SECRET, app.clock.now() * 1000, &text);
    assert_eq!(
        deliver(&app, Some(&signed), text).await,
        200,
        "not an event at all"
    );
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_webhook_that_is_not_signed_by_workos_is_refused() {
    let (_host, app) = with_webhooks().await;
    let mut browser = app.signed_in(ADA).await;
    let id = session_id(&mut browser).await;
    let body = json!({"id": "event_1", "event": "session.revoked", "data": {"id": id}}).to_string();
    let now = app.clock.now() * 1000;
    let good = signature(SECRET, now, &body);
    for (name, signature, body) in [
        ("no signature", None, body.clone()),
        ("an empty one", Some(String::new()), body.clone()),
        ("not of the form", Some("v1".to_owned()), body.clone()),
        (
            "another secret",
            Some(signature("other", now, &body)),
            body.clone(),
        ),
        (
            "another body",
            Some(good.clone()),
            body.replace("revoked", "created"),
        ),
        (
            "too old",
            Some(signature(SECRET, now - 181_000, &body)),
            body.clone(),
        ),
        (
            "from the future",
            Some(signature(SECRET, now + 240_000, &body)),
            body.clone(),
        ),
    ] {
        let status = deliver(&app, signature.as_deref(), body).await;
        assert_eq!(status, 400, "{name}");
    }
    let long = "x".repeat(2 * 1024 * 1024);
    assert_eq!(deliver(&app, Some(&good), long).await, 413);
    assert!(browser.is_signed_in().await);
    assert_eq!(deliver(&app, Some(&good), body).await, 200, "the good one");
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn without_a_secret_no_webhook_is_read() {
    let host = App::start().await;
    let app = App::start_against(&host, &[]).await;
    let body = json!({"event": "session.revoked", "data": {"id": "session_1"}}).to_string();
    let signature = signature("", app.clock.now() * 1000, &body);
    assert_eq!(deliver(&app, Some(&signature), body).await, 404);
}

/// Says that 900 kB follow, and sends none of them. The answer's head.
async fn announce_900_kb(app: &App, headers: &str) -> String {
    let request = format!(
        "POST /webhooks/workos HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900000\r\n{headers}\r\n"
    );
    raw::send(app, request.as_bytes()).await.head().await
}

#[tokio::test]
async fn a_900_kb_webhook_without_a_signature_is_refused_before_its_body_is_read() {
    let (host, app) = with_webhooks().await;
    let now = app.clock.now() * 1000;
    let old = format!(
        "workos-signature: {}\r\n",
        signature(SECRET, now - 181_000, "")
    );
    for headers in ["", "workos-signature: v1=a\r\n", old.as_str()] {
        let head = announce_900_kb(&app, headers).await;
        assert!(head.starts_with("HTTP/1.1 400 "), "{headers}: {head}");
    }
    let app = App::start_against(&host, &[]).await;
    let head = announce_900_kb(&app, "").await;
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
}

#[tokio::test]
async fn a_session_the_app_revokes_is_over_here_and_at_workos() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let id = session_id(&mut browser).await;
    app.authkit.revoke_session(&id).await.unwrap();
    assert_eq!(app.control.calls_of(Endpoint::Revoke), 1);
    let page = browser.get("/account").await;
    assert_eq!(page.location().path(), "/sign-in");
    app.authkit.revoke_session(&id).await.unwrap();
}

#[tokio::test]
async fn a_session_is_over_here_also_when_workos_can_not_be_told() {
    use authkit_emulator::Fault;
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let id = session_id(&mut browser).await;
    app.control.set_fault(Endpoint::Revoke, Fault::reset());
    assert!(app.authkit.revoke_session(&id).await.is_err());
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_session_is_over_when_the_same_browser_signs_in_again() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let copy = browser.clone();
    browser.open("/sign-in").await;
    assert!(browser.is_signed_in().await);
    assert_ne!(browser.cookies[SESSION], copy.cookies[SESSION]);
    assert!(
        !copy.clone().is_signed_in().await,
        "a late answer could bring it back"
    );
}

#[tokio::test]
async fn a_denial_lasts_as_long_as_tokens_live() {
    let app = App::start().await;
    // Tokens of two days: longer than any denial would last by itself.
    let two_days = 2 * 24 * 60 * 60;
    app.control.set_access_token_lifetime(two_days);
    let mut browser = app.signed_in(ADA).await;
    let copy = browser.clone();
    assert!(browser.is_signed_in().await);
    browser.post("/sign-out").await;
    app.advance(two_days - 120);
    assert!(!copy.clone().is_signed_in().await);
}

#[tokio::test]
async fn a_denial_lasts_as_long_as_tokens_live_also_if_they_were_seen_before_a_restart() {
    let app = App::start_remembering().await;
    app.control.set_webhook(None);
    let two_days = 2 * 24 * 60 * 60;
    app.control.set_access_token_lifetime(two_days);
    let mut browser = app.signed_in(ADA).await;
    let id = session_id(&mut browser).await;
    let app = app.restart().await;
    app.control.set_webhook(None);
    // This process has seen no token yet.
    app.authkit.revoke_session(&id).await.unwrap();
    app.advance(two_days - 120);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn in_development_the_emulator_tells_of_sessions_that_end() {
    let app = App::start_with_webhooks().await;
    let mut browser = app.signed_in(ADA).await;
    let mut alan = app.signed_in(ALAN).await;
    app.control.end_sessions_of(ADA).unwrap();
    let over = async { while browser.is_signed_in().await {} };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(5), over).await;
    assert!(waited.is_ok(), "{:?}", app.control.webhook_deliveries());
    assert!(alan.is_signed_in().await);
    app.control.delete_user(ALAN).unwrap();
    let over = async { while alan.is_signed_in().await {} };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(5), over).await;
    assert!(waited.is_ok(), "{:?}", app.control.webhook_deliveries());
    assert_eq!(
        app.control.calls_of(Endpoint::Authenticate),
        2,
        "and asks for no new token"
    );
}
