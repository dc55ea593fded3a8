//! `/user_management/redirect_uris` and `/cors_origins`: as the SDK uses them, and what they refuse.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{REDIRECT_URI, Rig, rig};

const REDIRECT_URIS: &str = "/user_management/redirect_uris";
const CORS_ORIGINS: &str = "/user_management/cors_origins";

async fn send(rig: &Rig, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
    let request = match body {
        Some(body) => rig.browser.post(rig.url(path)).json(body),
        None => rig.browser.get(rig.url(path)),
    };
    let answer = request
        .bearer_auth(rig.emulator.api_key())
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_redirect_uri_counts_as_soon_as_it_is_registered() {
    let rig = rig().await;
    let uri = "https://new.example/callback";
    let before = rig.authorize(&[("redirect_uri", Some(uri))]).await;
    assert_eq!(before.status(), StatusCode::BAD_REQUEST);
    let (status, made) = send(&rig, REDIRECT_URIS, Some(&json!({"uri": uri}))).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(
        (&made["object"], &made["uri"]),
        (&json!("redirect_uri"), &json!(uri))
    );
    let after = rig.authorize(&[("redirect_uri", Some(uri))]).await;
    assert_eq!(after.status(), StatusCode::FOUND);

    let (status, again) = send(&rig, REDIRECT_URIS, Some(&json!({"uri": uri}))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(again["code"], "redirect_uri_already_exists");
    rig.emulator.control().reset().await.unwrap();
    let forgotten = rig.authorize(&[("redirect_uri", Some(uri))]).await;
    assert_eq!(forgotten.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let rig = rig().await;
    for number in 1..=11 {
        let body = json!({"uri": format!("https://{number}.example/callback")});
        send(&rig, REDIRECT_URIS, Some(&body)).await;
    }
    let (_, first) = send(&rig, REDIRECT_URIS, None).await;
    assert_eq!(first["data"].as_array().unwrap().len(), 10);
    assert_eq!(first["data"][0]["uri"], "https://11.example/callback");
    let after = first["list_metadata"]["after"].as_str().unwrap();
    let (_, second) = send(&rig, &format!("{REDIRECT_URIS}?after={after}"), None).await;
    assert_eq!(second["data"].as_array().unwrap().len(), 2);
    assert_eq!(second["data"][1]["uri"], REDIRECT_URI);
    assert_eq!(second["data"][1]["default"], true);
    assert_eq!(second["list_metadata"]["after"], Value::Null);
}

#[tokio::test]
async fn an_origin_is_registered_once_and_nothing_but_an_origin() {
    let rig = rig().await;
    let good = json!({"origin": "https://new.example"});
    let (status, made) = send(&rig, CORS_ORIGINS, Some(&good)).await;
    assert_eq!(
        (status, &made["object"]),
        (StatusCode::CREATED, &json!("cors_origin"))
    );
    let (_, again) = send(&rig, CORS_ORIGINS, Some(&good)).await;
    assert_eq!(again["code"], "cors_origin_already_exists");
    let (_, listed) = send(&rig, CORS_ORIGINS, None).await;
    assert_eq!(listed["data"][0]["origin"], "https://new.example");
    for bad in [
        json!({"origin": "https://new.example/"}),
        json!({"origin": "https://new.example/path"}),
        json!({"origin": "http://new.example"}),
        json!({"origin": "*"}),
        json!({"origin": "null"}),
        json!({"uri": "https://new.example"}),
    ] {
        let (status, _) = send(&rig, CORS_ORIGINS, Some(&bad)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
}

#[tokio::test]
async fn an_address_no_browser_should_be_sent_to_is_refused() {
    let rig = rig().await;
    let long = format!("https://new.example/{}", "a".repeat(3000));
    for bad in [
        "callback",
        "/callback",
        "http://new.example/callback",
        "https://new.example/callback#part",
        "https://*.example/callback",
        "https://user@new.example/callback",
        "javascript:alert(1)",
        "myapp://callback",
        "",
        &long,
    ] {
        let (status, answer) = send(&rig, REDIRECT_URIS, Some(&json!({"uri": bad}))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert_eq!(answer["errors"][0]["field"], "uri", "{bad}");
    }
    for malformed in [
        json!({}),
        json!({"uri": 7}),
        json!({"uri": "https://a.example", "default": true}),
    ] {
        let (status, _) = send(&rig, REDIRECT_URIS, Some(&malformed)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{malformed}");
    }
}

#[tokio::test]
async fn without_the_api_key_nothing_is_listed_or_registered() {
    let rig = rig().await;
    for path in [REDIRECT_URIS, CORS_ORIGINS] {
        for request in [
            rig.browser.get(rig.url(path)),
            rig.browser.post(rig.url(path)),
        ] {
            let answer = request.bearer_auth("sk_test_wrong").send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        }
    }
}
