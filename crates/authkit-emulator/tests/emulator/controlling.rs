//! The control interface, in process and over HTTP: each bend does what it says, and undoes.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::json;

use crate::support::emulator::{Endpoint, Fault, Impersonator, NewUser};
use crate::support::{parameter, rig, text};

#[tokio::test]
async fn a_fault_answers_so_many_times_and_calls_are_counted() {
    let rig = rig().await;
    let control = rig.emulator.control();
    control.set_fault(
        Endpoint::Jwks,
        Fault::status(503)
            .html("<h1>Bad</h1>")
            .retry_after(7)
            .times(2),
    );
    for _ in 0..2 {
        let answer = rig.jwks().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["retry-after"], "7");
        assert!(
            answer.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html")
        );
    }
    assert_eq!(rig.jwks().await.unwrap().status(), StatusCode::OK);
    assert_eq!(control.calls_of(Endpoint::Jwks), 3);
    assert_eq!(control.calls_of(Endpoint::Authorize), 0);
}

#[tokio::test]
async fn a_broken_connection_gives_no_answer() {
    let rig = rig().await;
    rig.emulator
        .control()
        .set_fault(Endpoint::Jwks, Fault::reset().times(1));
    let error = rig.jwks().await.unwrap_err();
    assert!(error.is_request() && error.status().is_none(), "{error:?}");
    assert_eq!(rig.jwks().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn latency_delays_the_real_answer() {
    let rig = rig().await;
    let latency = Duration::from_millis(150);
    rig.emulator
        .control()
        .set_fault(Endpoint::Jwks, Fault::latency(latency).times(1));
    let start = Instant::now();
    assert_eq!(rig.jwks().await.unwrap().status(), StatusCode::OK);
    assert!(start.elapsed() >= latency);
    // Longer than any answer takes without a fault.
    let latency = Duration::from_secs(10);
    rig.emulator
        .control()
        .set_fault(Endpoint::Jwks, Fault::latency(latency));
    rig.emulator.control().clear_faults();
    let start = Instant::now();
    rig.jwks().await.unwrap();
    assert!(start.elapsed() < latency);
}

#[tokio::test]
async fn a_fault_leaves_a_refresh_token_unused() {
    let rig = rig().await;
    let tokens = rig.tokens_for("ada@example.com").await;
    let fault = Fault::status(500)
        .json(json!({ "message": "boom" }))
        .times(1);
    rig.emulator
        .control()
        .set_fault(Endpoint::Authenticate, fault);
    let token = text(&tokens, "/refresh_token");
    assert_eq!(
        rig.refresh(token).await,
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            json!({ "message": "boom" })
        )
    );
    assert_eq!(rig.refresh(token).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_callback_can_lose_its_state() {
    let rig = rig().await;
    rig.code_for("alan@example.com").await;
    rig.emulator
        .control()
        .set_fault(Endpoint::Authorize, Fault::drop_state().times(1));
    let answer = rig.authorize(&[]).await;
    assert!(parameter(&answer, "code").is_some() && parameter(&answer, "state").is_none());
    assert!(parameter(&rig.authorize(&[]).await, "state").is_some());
}

#[tokio::test]
async fn after_a_rotation_old_tokens_verify_if_the_old_key_is_kept() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let first = rig.tokens_for("ada@example.com").await;
    let first = text(&first, "/access_token");
    control.rotate_keys(true).await.unwrap();
    assert!(rig.verified(first).await.is_ok());
    let second = control.sign(&json!({ "sub": "anybody" })).unwrap();
    control.rotate_keys(false).await.unwrap();
    assert!(rig.verified(first).await.is_err() && rig.verified(&second).await.is_err());
    let third = control.sign(&json!({ "sub": "anybody" })).unwrap();
    assert_eq!(
        rig.verified(&third).await.unwrap(),
        json!({ "sub": "anybody" })
    );
}

#[tokio::test]
async fn any_header_can_be_signed() {
    let rig = rig().await;
    let header = json!({ "alg": "none", "kid": "other" });
    let token = rig
        .emulator
        .control()
        .sign_with_header(&header, &json!({ "sub": 7 }))
        .unwrap();
    assert_eq!(token.split('.').count(), 3);
    assert!(jsonwebtoken::decode_header(&token).is_err());
}

#[tokio::test]
async fn the_lifetime_of_access_tokens_can_be_set() {
    let rig = rig().await;
    rig.emulator.control().set_access_token_lifetime(-10);
    let tokens = rig.tokens_for("ada@example.com").await;
    let claims = rig.verified(text(&tokens, "/access_token")).await.unwrap();
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        -10
    );
}

#[tokio::test]
async fn an_impersonation_arrives_without_state_and_names_who_acts() {
    let rig = rig().await;
    let who = Impersonator {
        email: "support@example.com".into(),
        reason: Some("ticket 7".into()),
    };
    let url = rig
        .emulator
        .control()
        .impersonate("ada@example.com", who, None)
        .unwrap();
    let url = url::Url::parse(&url).unwrap();
    let query: Vec<_> = url.query_pairs().collect();
    assert_eq!(query.len(), 1);
    let grant = json!({ "grant_type": "authorization_code", "code": query[0].1 });
    let (status, tokens) = rig.authenticate(grant).await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!({ "email": "support@example.com", "reason": "ticket 7" });
    assert_eq!(tokens["impersonator"], expected);
    let claims = rig.verified(text(&tokens, "/access_token")).await.unwrap();
    assert_eq!(claims["act"], json!({ "sub": "support@example.com" }));
}

#[tokio::test]
async fn a_code_without_a_challenge_takes_no_verifier() {
    let rig = rig().await;
    let code = rig.impersonating_code();
    assert_eq!(rig.exchange(&code).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn ending_a_user_s_sessions_ends_all_of_them() {
    let rig = rig().await;
    let (a, b) = (
        rig.tokens_for("ada@example.com").await,
        rig.tokens_for("ada@example.com").await,
    );
    assert_eq!(
        rig.emulator
            .control()
            .end_sessions_of("ada@example.com")
            .unwrap(),
        2
    );
    for tokens in [a, b] {
        assert_eq!(
            rig.refresh(text(&tokens, "/refresh_token")).await.0,
            StatusCode::BAD_REQUEST
        );
    }
    assert!(parameter(&rig.authorize(&[("prompt", Some("none"))]).await, "error").is_some());
}

#[tokio::test]
async fn a_reset_brings_the_first_day_back() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let new = NewUser {
        email: "new@example.com".into(),
        ..NewUser::default()
    };
    control.create_user(new.clone()).await.unwrap();
    rig.code_for("new@example.com").await;
    control.set_clock_offset(3600);
    control.set_fault(Endpoint::Jwks, Fault::status(500));
    control.reset().await.unwrap();
    assert_eq!(rig.jwks().await.unwrap().status(), StatusCode::OK);
    assert_eq!(control.calls_of(Endpoint::Jwks), 1);
    assert_eq!(
        rig.authorize(&[("prompt", Some("none"))]).await.status(),
        StatusCode::FOUND
    );
    control.create_user(new.clone()).await.unwrap();
    assert!(
        control.create_user(new).await.is_err(),
        "two users with one address"
    );
    rig.tokens_for("ada@example.com").await;
}

#[tokio::test]
async fn a_lost_answer_has_used_the_refresh_token_up() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let tokens = rig.tokens_for("ada@example.com").await;
    let fault = Fault::lost_answer()
        .after(Duration::from_millis(1))
        .times(1);
    control.set_fault(Endpoint::Authenticate, fault);
    let body = json!({
        "client_id": rig.emulator.client_id(),
        "client_secret": rig.emulator.api_key(),
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
    });
    let before = control.calls_of(Endpoint::Authenticate);
    // A client of its own: no connection is reused, so nothing is retried silently.
    let request = crate::support::browser()
        .post(rig.url("/user_management/authenticate"))
        .json(&body);
    let error = request.send().await.unwrap_err();
    assert!(error.is_request() && error.status().is_none(), "{error:?}");
    assert_eq!(control.calls_of(Endpoint::Authenticate), before + 1);
    let (status, again) = rig.refresh(text(&tokens, "/refresh_token")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        again["error_description"],
        "Refresh token already exchanged."
    );
    rig.tokens_for("ada@example.com").await;
}
