//! The endpoint of the keys out of reach: what is known goes on, and a rotation is noticed by nobody.

use super::support::{ADA, App, GRACE};
use authkit_emulator::{Endpoint, Fault};
use serde_json::json;

#[tokio::test]
async fn sessions_with_a_known_key_go_on_while_the_keys_are_out_of_reach_for_an_hour() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.control.set_fault(Endpoint::Jwks, Fault::reset());
    for minute in (4..=60).step_by(4) {
        app.advance(minute * 60);
        assert!(browser.is_signed_in().await, "after {minute} minutes");
    }
    let refreshes = app.control.calls_of(Endpoint::Authenticate) - 1;
    assert_eq!(refreshes, 7, "every other visit finds the token expired");
    // Then they rotate, and are back.
    app.control.clear_faults();
    app.control.rotate_keys(true).await.unwrap();
    app.advance(61 * 60);
    assert!(browser.is_signed_in().await);
    app.advance(66 * 60);
    assert!(
        browser.is_signed_in().await,
        "a token signed with the new key"
    );
}

#[tokio::test]
async fn a_rotation_is_noticed_by_nobody() {
    let app = App::start().await;
    let mut early = app.signed_in(ADA).await;
    for keep_old in [true, false] {
        app.control.rotate_keys(keep_old).await.unwrap();
        assert!(
            early.is_signed_in().await,
            "a token of the old key, keep_old: {keep_old}"
        );
        let mut late = app.signed_in(ADA).await;
        assert!(
            late.is_signed_in().await,
            "a token of the new key, keep_old: {keep_old}"
        );
        assert!(early.is_signed_in().await, "after the new key was fetched");
        app.advance(if keep_old { 400 } else { 800 });
        assert!(early.is_signed_in().await, "renewed, keep_old: {keep_old}");
    }
}

#[tokio::test]
async fn a_token_of_an_unknown_key_while_the_keys_are_out_of_reach_signs_nobody_out() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.control.rotate_keys(true).await.unwrap();
    app.control.set_fault(Endpoint::Jwks, Fault::reset());
    app.advance(400);
    assert_eq!(browser.get("/account").await.status.as_u16(), 503);
    app.control.clear_faults();
    // The keys are asked for again after five seconds.
    app.advance(410);
    assert_eq!(browser.open("/account").await.status.as_u16(), 200);
}

#[tokio::test]
async fn keys_that_rotate_right_after_they_were_fetched_sign_nobody_out() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let fetches = app.control.calls_of(Endpoint::Jwks);
    // After ten minutes they are fetched again, for a request that does not wait for it.
    app.advance(700);
    assert!(browser.is_signed_in().await);
    while app.control.calls_of(Endpoint::Jwks) == fetches {
        tokio::task::yield_now().await;
    }
    app.control.rotate_keys(false).await.unwrap();
    app.advance(700 + 290);
    assert!(browser.is_signed_in().await);
    app.advance(700 + 290 + 400);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_stranger_who_makes_the_server_ask_for_keys_delays_no_new_key() {
    let app = App::start().await;
    let mut early = app.signed_in(ADA).await;
    let now = app.clock.now();
    let claims = json!({
        "iss": app.control.issuer(), "sub": "user_1", "sid": "session_1", "client_id": "client_emulator",
        "iat": now, "exp": now + 7_200,
    });
    let header = json!({"alg": "RS256", "kid": "there_is_no_such_key"});
    let token = app.control.sign_with_header(&header, &claims).unwrap();
    let bearer = format!("Bearer {token}");
    for passed in [100, 400] {
        app.advance(passed);
        // From now on strangers' tokens make it ask no more for half a minute.
        let fetches = app.control.calls_of(Endpoint::Jwks);
        for _ in 0..2 {
            let headers = [("authorization", bearer.as_str())];
            app.browser().get_with("/api/list_numbers", &headers).await;
        }
        assert_eq!(app.control.calls_of(Endpoint::Jwks), fetches + 1);
        app.control.rotate_keys(false).await.unwrap();
        app.advance(passed + 5);
        let mut late = app.signed_in(GRACE).await;
        assert!(late.is_signed_in().await, "signed in with the new key");
        app.control.rotate_keys(false).await.unwrap();
        app.advance(passed + 10);
        assert!(early.is_signed_in().await, "renewed with the new key");
    }
}
