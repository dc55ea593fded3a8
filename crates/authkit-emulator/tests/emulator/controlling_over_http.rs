//! The control interface as other languages use it, and whom it refuses.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Rig, rig, text};

async fn post(rig: &Rig, path: &str, body: Value) -> (StatusCode, Value) {
    let request = rig
        .browser
        .post(rig.url(&format!("/_emulator{path}")))
        .json(&body);
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn everything_can_be_bent_over_http() {
    let rig = rig().await;
    let order = json!({ "endpoint": "jwks", "status": 418, "times": 1 });
    assert_eq!(post(&rig, "/faults", order).await.0, StatusCode::OK);
    assert_eq!(rig.jwks().await.unwrap().status().as_u16(), 418);
    let order = json!({ "endpoint": "jwks", "lose_answer": true, "times": 1 });
    assert_eq!(post(&rig, "/faults", order).await.0, StatusCode::OK);
    assert!(rig.jwks().await.is_err());
    let reserved = json!({ "iss": "https://other.example" });
    assert_eq!(
        post(&rig, "/token_template", reserved).await.0,
        StatusCode::BAD_REQUEST
    );
    let misspelt = json!({ "endpoint": "jwks", "stauts": 500 });
    assert_eq!(
        post(&rig, "/faults", misspelt).await.0,
        StatusCode::BAD_REQUEST
    );
    let issuer = json!({ "issuer": "https://auth.example.com/" });
    assert_eq!(post(&rig, "/issuer", issuer).await.0, StatusCode::OK);
    assert_eq!(rig.emulator.control().issuer(), "https://auth.example.com/");
    let (_, user) = post(&rig, "/users", json!({ "email": "new@example.com" })).await;
    assert!(text(&user, "/id").starts_with("user_"));
    let (_, rotated) = post(&rig, "/keys/rotate", json!({ "keep_old": true })).await;
    let (_, signed) = post(&rig, "/sign", json!({ "claims": { "sub": "x" } })).await;
    let header = jsonwebtoken::decode_header(text(&signed, "/token")).unwrap();
    assert_eq!(header.kid.as_deref(), rotated["kid"].as_str());
    let who = json!({ "email": "ada@example.com", "impersonator": { "email": "s@example.com" } });
    assert!(text(&post(&rig, "/impersonations", who).await.1, "/url").contains("?code="));
    rig.tokens_for("new@example.com").await;
    let (_, ended) = post(&rig, "/sessions/end", json!({ "email": "new@example.com" })).await;
    assert_eq!(ended["ended"], 1);
    for (path, body) in [
        ("/clock", json!({ "offset_seconds": 60 })),
        ("/lifetimes", json!({ "access_token": 60 })),
        ("/token_template", json!({ "aud": "my-api" })),
        (
            "/redirect_uris",
            json!({ "redirect_uri": "http://localhost:3001/callback" }),
        ),
        (
            "/api_keys",
            json!({ "api_key": "sk_test_restricted", "allowed": ["redirect_uris"] }),
        ),
        ("/reset", json!({})),
    ] {
        assert_eq!(post(&rig, path, body).await.0, StatusCode::OK, "{path}");
    }
    let calls: Value = rig.get_json("/_emulator/calls").await;
    assert_eq!(calls, json!({}));
}

#[tokio::test]
async fn control_answers_no_page_of_another_site() {
    let rig = rig().await;
    for (name, value, refused) in [
        ("Host", "evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("Origin", "http://evil.example", StatusCode::FORBIDDEN),
        ("Origin", "http://localhost:3000", StatusCode::FORBIDDEN),
        ("Sec-Fetch-Site", "cross-site", StatusCode::FORBIDDEN),
        ("Sec-Fetch-Site", "same-site", StatusCode::FORBIDDEN),
    ] {
        for request in [
            rig.browser.get(rig.url("/_emulator")),
            rig.browser.post(rig.url("/_emulator/reset")),
            rig.browser
                .post(rig.url("/_emulator/sign"))
                .json(&json!({ "claims": {} })),
        ] {
            let answer = request.header(name, value).send().await.unwrap();
            assert_eq!(answer.status(), refused, "{name}: {value}");
        }
    }
    assert_eq!(
        rig.browser
            .get(rig.url("/_emulator"))
            .send()
            .await
            .unwrap()
            .status(),
        StatusCode::OK
    );
}
