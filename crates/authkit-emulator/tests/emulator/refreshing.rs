//! `POST /user_management/authenticate` with a refresh token: each works once.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::{rig, successes, text};

#[tokio::test]
async fn a_refresh_token_works_once() {
    let rig = rig().await;
    let first = rig.tokens_for("ada@example.com").await;
    let (status, second) = rig.refresh(text(&first, "/refresh_token")).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let (status, body) = rig.refresh(text(&first, "/refresh_token")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let expected = "Refresh token already exchanged.";
    assert_eq!(
        body,
        json!({ "error": "invalid_grant", "error_description": expected })
    );
    assert_eq!(
        rig.refresh(text(&second, "/refresh_token")).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn of_many_refreshes_at_once_one_succeeds() {
    let rig = rig().await;
    let tokens = rig.tokens_for("ada@example.com").await;
    let token = text(&tokens, "/refresh_token");
    let (a, b, c, d) = tokio::join!(
        rig.refresh(token),
        rig.refresh(token),
        rig.refresh(token),
        rig.refresh(token)
    );
    assert_eq!(successes(&[a, b, c, d]), 1);
}

#[tokio::test]
async fn a_refresh_keeps_the_session_and_when_it_began() {
    let rig = rig().await;
    let first = rig.tokens_for("ada@example.com").await;
    let before = rig.verified(text(&first, "/access_token")).await.unwrap();
    rig.emulator.control().set_clock_offset(120);
    let (_, second) = rig.refresh(text(&first, "/refresh_token")).await;
    let after = rig.verified(text(&second, "/access_token")).await.unwrap();
    assert_eq!(
        (&before["sid"], &before["auth_time"]),
        (&after["sid"], &after["auth_time"])
    );
    assert!(after["iat"].as_i64().unwrap() >= before["iat"].as_i64().unwrap() + 120);
    assert_ne!(before["jti"], after["jti"]);
}

#[tokio::test]
async fn unknown_and_expired_tokens_are_told_apart() {
    let rig = rig().await;
    let (_, body) = rig.refresh("no such token").await;
    assert_eq!(body["error_description"], "Invalid refresh token.");
    let tokens = rig.tokens_for("ada@example.com").await;
    rig.emulator.control().set_clock_offset(31 * 24 * 3600);
    let (status, body) = rig.refresh(text(&tokens, "/refresh_token")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["error_description"], "Refresh token has expired.");
}

#[tokio::test]
async fn a_session_moves_to_an_organization_of_its_user_only() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let (theirs, others) = (
        control.create_organization("Theirs"),
        control.create_organization("Others"),
    );
    control
        .add_member("alan@example.com", &theirs, "admin")
        .unwrap();
    let tokens = rig.tokens_for("alan@example.com").await;
    let into = |organization: String, token: String| {
        let grant = "refresh_token";
        json!({ "grant_type": grant, "refresh_token": token, "organization_id": organization })
    };
    let token = text(&tokens, "/refresh_token").to_owned();
    let (status, body) = rig.authenticate(into(others, token.clone())).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["code"], "organization_membership_not_found");
    let (status, body) = rig.authenticate(into(theirs.clone(), token)).await;
    assert_eq!(
        status,
        StatusCode::OK,
        "the refused switch used the token up"
    );
    assert_eq!(text(&body, "/organization_id"), theirs);
}
