//! What the emulator says about itself: its issuer, its keys, and the time.

use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use reqwest::StatusCode;
use serde_json::{Value, json};

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
        let found: Value = document(&rig, rig.emulator.client_id())
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
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["code"], "entity_not_found");
}

#[tokio::test]
async fn another_environments_credentials_are_good_and_see_nothing_of_this_one() {
    let rig = rig().await;
    let (client_id, api_key) = ("client_neighbour", "sk_test_neighbour");
    let control = rig.emulator.control();
    control.add_neighbour(client_id, api_key).await.unwrap();
    rig.tokens_for("ada@example.com").await;

    let get = |path: &str| rig.browser.get(rig.url(path)).bearer_auth(api_key).send();
    let listed: Value = get("/user_management/redirect_uris")
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(listed["data"], json!([]));
    let user = get("/user_management/users/user_1").await.unwrap();
    assert_eq!(user.status(), StatusCode::NOT_FOUND);

    let own = rig.emulator.client_id();
    for (id, key, error) in [
        (client_id, api_key, "invalid_grant"),
        (own, api_key, "invalid_client"),
        (client_id, rig.emulator.api_key(), "invalid_client"),
        (own, rig.emulator.api_key(), "invalid_grant"),
    ] {
        let body = json!({
            "client_id": id, "client_secret": key, "grant_type": "refresh_token",
            "refresh_token": "nobody's",
        });
        let url = rig.url("/user_management/authenticate");
        let request = rig.browser.post(url).bearer_auth(key).json(&body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["error"], error, "{id} {key}");
    }
    let theirs = rig
        .browser
        .get(rig.url("/sso/jwks/client_neighbour"))
        .send()
        .await;
    let theirs: Value = theirs.unwrap().json().await.unwrap();
    let ours: Value = rig.jwks().await.unwrap().json().await.unwrap();
    assert_ne!(theirs["keys"][0]["kid"], ours["keys"][0]["kid"]);
    assert_eq!(document(&rig, client_id).await.status(), StatusCode::OK);
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
