//! `POST /user_management/authenticate` with a code: tokens once, for whom they were meant.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{REDIRECT_URI, VERIFIER, rig, successes, text};

fn assert_invalid_grant(answer: &(StatusCode, Value)) {
    assert_eq!(answer.0, StatusCode::BAD_REQUEST, "{}", answer.1);
    assert_eq!(answer.1["error"], "invalid_grant");
}

#[tokio::test]
async fn the_tokens_have_the_production_form() {
    let rig = rig().await;
    let tokens = rig.tokens_for("ada@example.com").await;
    assert_eq!(text(&tokens, "/user/object"), "user");
    assert_eq!(text(&tokens, "/authentication_method"), "Password");
    assert!(tokens.get("impersonator").is_none());
    let claims = rig.verified(text(&tokens, "/access_token")).await.unwrap();
    let issuer = rig.url(&format!("/user_management/{}", rig.emulator.client_id()));
    assert_eq!(claims["iss"], issuer);
    assert_eq!(claims["sub"], tokens["user"]["id"]);
    assert_eq!(claims["client_id"], rig.emulator.client_id());
    assert_eq!(claims["org_id"], tokens["organization_id"]);
    assert_eq!(claims["role"], "admin");
    assert_eq!(claims["roles"], json!(["admin"]));
    assert!(
        claims["permissions"]
            .as_array()
            .is_some_and(|it| !it.is_empty())
    );
    assert!(text(&claims, "/sid").starts_with("session_"));
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        300
    );
    assert!(claims["auth_time"].as_i64().unwrap() <= claims["iat"].as_i64().unwrap());
    assert!(claims.get("aud").is_none() && claims.get("act").is_none());
}

#[tokio::test]
async fn somebody_without_an_organization_has_no_organization_claims() {
    let rig = rig().await;
    let tokens = rig.tokens_for("alan@example.com").await;
    assert_eq!(tokens["organization_id"], Value::Null);
    let claims = rig.verified(text(&tokens, "/access_token")).await.unwrap();
    assert!(
        ["org_id", "role", "roles", "permissions"]
            .iter()
            .all(|it| claims.get(it).is_none())
    );
}

#[tokio::test]
async fn a_code_works_once_and_a_second_use_ends_its_session() {
    let rig = rig().await;
    let code = rig.code_for("ada@example.com").await;
    let (status, tokens) = rig.exchange(&code).await;
    assert_eq!(status, StatusCode::OK);
    let again = rig.exchange(&code).await;
    assert_invalid_grant(&again);
    assert_eq!(
        again.1["error_description"],
        format!("The code '{code}' has expired or is invalid.")
    );
    assert_invalid_grant(&rig.refresh(text(&tokens, "/refresh_token")).await);
}

#[tokio::test]
async fn of_many_exchanges_at_once_one_succeeds() {
    let rig = rig().await;
    let code = rig.code_for("ada@example.com").await;
    let (a, b, c, d) = tokio::join!(
        rig.exchange(&code),
        rig.exchange(&code),
        rig.exchange(&code),
        rig.exchange(&code)
    );
    assert_eq!(successes(&[a, b, c, d]), 1);
}

#[tokio::test]
async fn a_wrong_verifier_gets_nothing_and_has_one_try() {
    let rig = rig().await;
    let code = rig.code_for("ada@example.com").await;
    let grant = json!({ "grant_type": "authorization_code", "code": code });
    let (status, body) = rig.authenticate(grant.clone()).await;
    assert_eq!(
        (status, &body["error"]),
        (StatusCode::BAD_REQUEST, &json!("invalid_request"))
    );
    let mut wrong = grant;
    wrong["code_verifier"] = json!(VERIFIER.to_lowercase());
    assert_invalid_grant(&rig.authenticate(wrong).await);
    assert_invalid_grant(&rig.exchange(&code).await);
}

#[tokio::test]
async fn a_code_expires_after_ten_minutes() {
    let rig = rig().await;
    let (early, late) = (
        rig.code_for("ada@example.com").await,
        rig.code_for("ada@example.com").await,
    );
    rig.emulator.control().set_clock_offset(590);
    assert_eq!(rig.exchange(&early).await.0, StatusCode::OK);
    rig.emulator.control().set_clock_offset(610);
    assert_invalid_grant(&rig.exchange(&late).await);
}

#[tokio::test]
async fn a_code_is_bound_to_its_redirect_uri() {
    let rig = rig().await;
    for (uri, expected) in [
        (REDIRECT_URI, StatusCode::OK),
        ("http://localhost:3000/", StatusCode::BAD_REQUEST),
    ] {
        let (status, _) = rig
            .authenticate(json!({
                "grant_type": "authorization_code",
                "code": rig.code_for("ada@example.com").await,
                "code_verifier": VERIFIER,
                "redirect_uri": uri,
            }))
            .await;
        assert_eq!(status, expected, "{uri}");
    }
}

#[tokio::test]
async fn without_the_client_s_secret_nobody_gets_tokens() {
    let rig = rig().await;
    let code = rig.code_for("ada@example.com").await;
    for secret in [json!("sk_test_wrong"), json!(""), Value::Null] {
        let (status, body) = rig
            .authenticate(json!({
                "client_secret": secret,
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": VERIFIER,
            }))
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            body,
            json!({ "message": "Unauthorized", "code": "unauthorized" })
        );
    }
    let wrong_bearer = rig
        .browser
        .post(rig.url("/user_management/authenticate"))
        .bearer_auth("sk_test_wrong")
        .json(&json!({ "client_id": rig.emulator.client_id(), "client_secret": rig.emulator.api_key() }));
    assert_eq!(
        wrong_bearer.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        rig.exchange(&code).await.0,
        StatusCode::OK,
        "a refused client used the code up"
    );
}

#[tokio::test]
async fn what_is_malformed_is_an_invalid_request() {
    let rig = rig().await;
    for body in [
        json!({}),
        json!({ "grant_type": "authorization_code" }),
        json!({ "grant_type": "refresh_token" }),
        json!({ "grant_type": "password", "email": "ada@example.com" }),
        json!({ "grant_type": "authorization_code", "code": 7 }),
    ] {
        let (status, answer) = rig.authenticate(body.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer["error"], "invalid_request", "{body}");
    }
    let no_json = rig
        .browser
        .post(rig.url("/user_management/authenticate"))
        .body("{")
        .send();
    assert_eq!(no_json.await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_form_is_taken_as_well_as_json() {
    let rig = rig().await;
    let code = rig.code_for("ada@example.com").await;
    let form = [
        ("client_id", rig.emulator.client_id()),
        ("client_secret", rig.emulator.api_key()),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ];
    let answer = rig
        .browser
        .post(rig.url("/user_management/authenticate"))
        .form(&form)
        .send()
        .await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn a_user_can_be_fetched_with_the_key_only() {
    let rig = rig().await;
    let tokens = rig.tokens_for("ada@example.com").await;
    let url = rig.url(&format!(
        "/user_management/users/{}",
        text(&tokens, "/user/id")
    ));
    assert_eq!(
        rig.browser.get(&url).send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    let get = |url: String| {
        rig.browser
            .get(url)
            .bearer_auth(rig.emulator.api_key())
            .send()
    };
    let user: Value = get(url).await.unwrap().json().await.unwrap();
    assert_eq!(user, tokens["user"]);
    let unknown = get(rig.url("/user_management/users/user_0")).await.unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_keys_are_published_for_this_client_only() {
    let rig = rig().await;
    let path = format!("/sso/jwks/{}", rig.emulator.client_id());
    let keys: Value = rig.get_json(&path).await;
    let key = &keys["keys"][0];
    assert_eq!(
        (&key["kty"], &key["use"], &key["alg"]),
        (&json!("RSA"), &json!("sig"), &json!("RS256"))
    );
    assert!(text(key, "/kid").starts_with("sso_oidc_key_pair_"));
    assert!(key.get("d").is_none() && key.get("p").is_none());
    let other = rig
        .browser
        .get(rig.url("/sso/jwks/client_other"))
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
    assert!(other.json::<Value>().await.unwrap()["message"].is_string());
}
