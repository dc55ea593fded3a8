//! What the emulator says about itself: its issuer, its keys, and the time.

use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use reqwest::StatusCode;

use crate::support::{Rig, rig, text};

async fn document(rig: &Rig, client_id: &str) -> reqwest::Response {
    let path = format!("/user_management/{client_id}/.well-known/openid-configuration");
    rig.browser.get(rig.url(&path)).send().await.unwrap()
}

#[tokio::test]
async fn the_document_names_the_issuer_that_tokens_have() {
    let rig = rig().await;
    for changed in [
        None,
        Some("https://auth.example.com/user_management/client_1"),
    ] {
        rig.emulator
            .control()
            .set_issuer(changed.map(str::to_owned));
        let found: serde_json::Value = document(&rig, rig.emulator.client_id())
            .await
            .json()
            .await
            .unwrap();
        let granted = rig.tokens_for("ada@example.com").await;
        let claims = rig.verified(text(&granted, "/access_token")).await.unwrap();
        assert_eq!(found["issuer"], claims["iss"]);
        assert!(changed.is_none_or(|changed| claims["iss"] == changed));
        let jwks = text(&found, "/jwks_uri");
        let jwks = rig.browser.get(jwks).send().await.unwrap();
        assert_eq!(jwks.status(), StatusCode::OK, "{found}");
    }
}

#[tokio::test]
async fn an_unknown_client_has_no_document() {
    let rig = rig().await;
    let answer = document(&rig, "client_other").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["code"], "entity_not_found");
}

#[tokio::test]
async fn answers_are_dated_by_the_emulators_clock() {
    let rig = rig().await;
    rig.emulator.control().set_clock_offset(-3600);
    let answer = rig.jwks().await.unwrap();
    let date = answer.headers()["date"].to_str().unwrap();
    let date = rfc2822::DateTimeParser::new().parse_timestamp(date);
    let behind = Timestamp::now().duration_since(date.unwrap());
    assert!(behind > SignedDuration::from_mins(59) && behind < SignedDuration::from_mins(61));
}
