//! Access tokens live five minutes, sessions longer: the server renews, once per refresh token.

use super::support::{ADA, App, SESSION};
use authkit_leptos::emulator::{Endpoint, Fault};
use std::time::Duration;

#[tokio::test]
async fn an_expired_token_is_renewed_without_anybody_noticing() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let before = browser.cookies[SESSION].clone();
    app.advance(400);
    assert!(browser.is_signed_in().await);
    assert_ne!(browser.cookies[SESSION], before);
    assert!(browser.is_signed_in().await, "the new cookie works");
    assert_eq!(
        app.control.calls_of(Endpoint::Authenticate),
        2,
        "sign-in and one refresh"
    );
}

#[tokio::test]
async fn a_token_about_to_expire_is_renewed_ahead_of_time() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.advance(260);
    browser.is_signed_in().await;
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 1);
    app.advance(280);
    browser.is_signed_in().await;
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 2);
}

#[tokio::test]
async fn parallel_requests_on_an_expired_token_cause_one_refresh() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.advance(400);
    app.control.set_fault(
        Endpoint::Authenticate,
        Fault::latency(Duration::from_millis(300)),
    );
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let mut tab = browser.clone();
        requests.spawn(async move { tab.is_signed_in().await });
    }
    let answers = requests.join_all().await;
    assert_eq!(answers, [true; 50]);
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 2);

    let mut late = browser.clone();
    assert!(
        late.is_signed_in().await,
        "a late request with the old cookie"
    );
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 2);
}

#[tokio::test]
async fn a_session_ended_at_authkit_ends_here_at_the_next_renewal() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.control.end_sessions_of(ADA).unwrap();
    app.advance(400);
    assert!(!browser.is_signed_in().await);
    assert!(
        !browser.cookies.contains_key(SESSION),
        "the cookie is cleared"
    );
}

#[tokio::test]
async fn a_browser_that_hangs_up_during_a_renewal_loses_nothing() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.advance(400);
    app.control.set_fault(
        Endpoint::Authenticate,
        Fault::latency(Duration::from_millis(500)),
    );
    let mut hasty = browser.clone();
    let gave_up = tokio::time::timeout(Duration::from_millis(200), hasty.get("/")).await;
    assert!(gave_up.is_err(), "the first request is cut off");
    let mut patient = browser.clone();
    assert!(patient.is_signed_in().await);
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 2);
}

#[tokio::test]
async fn an_answer_that_comes_too_late_for_one_request_serves_the_next() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.advance(400);
    app.control.set_fault(
        Endpoint::Authenticate,
        Fault::latency(Duration::from_millis(5_500)),
    );
    let mut tab = browser.clone();
    assert_eq!(tab.get("/account").await.status.as_u16(), 503);
    assert!(tab.cookies.contains_key(SESSION));
    assert!(tab.is_signed_in().await);
    assert_eq!(
        app.control.calls_of(Endpoint::Authenticate),
        2,
        "asked once"
    );
}

#[tokio::test]
async fn a_renewal_refused_ahead_of_time_costs_nothing_while_the_token_is_good() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.control.end_sessions_of(ADA).unwrap();
    app.advance(280);
    assert!(browser.is_signed_in().await);
    assert!(browser.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn a_token_whose_key_is_gone_is_renewed() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.control.rotate_keys(false).await.unwrap();
    app.advance(2_000);
    // Another user's sign-in makes the server fetch the new keys.
    app.signed_in(super::support::ALAN).await;
    let mut tab = browser.clone();
    assert!(tab.is_signed_in().await);
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 3);
}

#[tokio::test]
async fn a_refusal_that_is_not_about_the_token_signs_nobody_out() {
    use serde_json::json;
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.advance(400);
    for (status, code) in [(403, "forbidden"), (404, "not_found"), (422, "invalid")] {
        let fault = Fault::status(status).json(json!({"code": code, "message": "no"}));
        app.control.set_fault(Endpoint::Authenticate, fault);
        let mut tab = browser.clone();
        assert_eq!(tab.get("/account").await.status.as_u16(), 503, "{code}");
        assert!(tab.cookies.contains_key(SESSION), "{code}");
    }
}
