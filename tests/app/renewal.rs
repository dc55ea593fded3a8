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
