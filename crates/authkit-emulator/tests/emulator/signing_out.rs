//! Ending sessions: by the browser's walk through logout, and by the app's server.

use reqwest::{Response, StatusCode};
use serde_json::json;

use crate::support::{Rig, SIGN_OUT_URI, location, parameter, rig, rig_with, text};

async fn logout(rig: &Rig, parameters: &[(&str, &str)]) -> Response {
    let url = rig.url("/user_management/sessions/logout");
    rig.browser.get(url).query(parameters).send().await.unwrap()
}

async fn signed_in(rig: &Rig) -> (String, String) {
    let tokens = rig.tokens_for("ada@example.com").await;
    let claims = rig.verified(text(&tokens, "/access_token")).await.unwrap();
    (
        text(&claims, "/sid").to_owned(),
        text(&tokens, "/refresh_token").to_owned(),
    )
}

#[tokio::test]
async fn signing_out_ends_the_session_and_the_browser_s() {
    let rig = rig().await;
    let (sid, refresh_token) = signed_in(&rig).await;
    let answer = logout(&rig, &[("session_id", &sid), ("return_to", SIGN_OUT_URI)]).await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert_eq!(location(&answer).as_str(), SIGN_OUT_URI);
    assert_eq!(rig.refresh(&refresh_token).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(location(&rig.authorize(&[]).await).path(), "/sign-in");
}

#[tokio::test]
async fn a_kept_copy_of_the_cookie_is_worth_nothing_after_signing_out() {
    let rig = rig().await;
    let (sid, _) = signed_in(&rig).await;
    let elsewhere = crate::support::browser().get(rig.url("/user_management/sessions/logout"));
    elsewhere
        .query(&[("session_id", &sid)])
        .send()
        .await
        .unwrap();
    assert_eq!(location(&rig.authorize(&[]).await).path(), "/sign-in");
}

#[tokio::test]
async fn forgetting_to_sign_out_here_shows() {
    let rig = rig().await;
    let (sid, _) = signed_in(&rig).await;
    let revoke = rig
        .browser
        .post(rig.url("/user_management/sessions/revoke"));
    let revoke = revoke
        .bearer_auth(rig.emulator.api_key())
        .json(&json!({ "session_id": sid }));
    assert_eq!(revoke.send().await.unwrap().status(), StatusCode::OK);
    assert!(parameter(&rig.authorize(&[]).await, "code").is_some());
}

#[tokio::test]
async fn an_address_that_is_not_registered_is_not_returned_to() {
    let rig = rig().await;
    let (sid, refresh_token) = signed_in(&rig).await;
    for uri in [
        "https://evil.example/",
        "http://localhost:3000",
        "http://localhost:3000/?x",
    ] {
        let answer = logout(&rig, &[("session_id", &sid), ("return_to", uri)]).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{uri}");
    }
    assert_eq!(rig.refresh(&refresh_token).await.0, StatusCode::OK);
}

#[tokio::test]
async fn signing_out_needs_a_session_id_but_not_a_known_one() {
    let rig = rig().await;
    assert_eq!(
        logout(&rig, &[]).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let answer = logout(&rig, &[("session_id", "session_unknown")]).await;
    assert_eq!(location(&answer).as_str(), SIGN_OUT_URI);
}

#[tokio::test]
async fn another_s_session_id_does_not_take_this_browser_s_cookie() {
    let rig = rig().await;
    signed_in(&rig).await;
    logout(&rig, &[("session_id", "session_unknown")]).await;
    assert!(parameter(&rig.authorize(&[]).await, "code").is_some());
}

#[tokio::test]
async fn without_an_address_to_return_to_a_page_says_so() {
    let mut config = crate::support::config();
    config.sign_out_uris.clear();
    let rig = rig_with(config).await;
    let answer = logout(&rig, &[("session_id", "session_unknown")]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap().contains("You are signed out"));
}

#[tokio::test]
async fn revoking_needs_the_key_and_a_known_session() {
    let rig = rig().await;
    let (sid, refresh_token) = signed_in(&rig).await;
    let revoke = |key: String, sid: String| {
        let request = rig
            .browser
            .post(rig.url("/user_management/sessions/revoke"));
        request
            .bearer_auth(key)
            .json(&json!({ "session_id": sid }))
            .send()
    };
    let key = rig.emulator.api_key().to_owned();
    assert_eq!(
        revoke("wrong".into(), sid.clone()).await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    let unknown = revoke(key.clone(), "session_unknown".into()).await.unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert_eq!(revoke(key, sid).await.unwrap().status(), StatusCode::OK);
    assert_eq!(rig.refresh(&refresh_token).await.0, StatusCode::BAD_REQUEST);
}
