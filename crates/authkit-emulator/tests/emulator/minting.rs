//! Users and sessions by the thousand: made without the pages, and as real as the others.

use std::collections::HashSet;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{rig, text};

#[tokio::test]
async fn a_grant_is_what_a_sign_in_gives() {
    let rig = rig().await;
    let granted = rig.emulator.control().grant("Ada@example.com").unwrap();
    let signed_in = rig.tokens_for("ada@example.com").await;
    let names = |tokens: &Value| -> HashSet<String> {
        tokens.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names(&granted), names(&signed_in));
    assert_eq!(granted["user"]["id"], signed_in["user"]["id"]);
    assert_eq!(granted["organization_id"], signed_in["organization_id"]);
    let granted_claims = rig.verified(text(&granted, "/access_token")).await.unwrap();
    let claims = rig
        .verified(text(&signed_in, "/access_token"))
        .await
        .unwrap();
    assert_ne!(granted_claims["sid"], claims["sid"]);
    assert_eq!(granted_claims["role"], claims["role"]);
    let (status, _) = rig.refresh(text(&granted, "/refresh_token")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(rig.emulator.control().grant("nobody@example.com").is_err());
}

#[tokio::test]
async fn ten_thousand_users_are_added_and_can_sign_in() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let mut users = control.add_users(9_000);
    users.extend(control.add_users(1_000));
    let ids: HashSet<_> = users.iter().map(|user| &user.id).collect();
    let emails: HashSet<_> = users.iter().map(|user| &user.email).collect();
    assert_eq!((ids.len(), emails.len()), (10_000, 10_000));
    let tokens = rig.tokens_for(&users[9_999].email).await;
    assert_eq!(text(&tokens, "/user/id"), users[9_999].id);
}

#[tokio::test]
async fn one_of_many_sessions_ends_alone() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let users = control.add_users(2);
    let mine: Vec<Value> = (0..3)
        .map(|_| control.grant(&users[0].email).unwrap())
        .collect();
    let other = control.grant(&users[1].email).unwrap();
    let claims = rig.verified(text(&mine[0], "/access_token")).await.unwrap();
    assert!(control.end_session(text(&claims, "/sid")));
    let refreshed = |tokens: &Value| text(tokens, "/refresh_token").to_owned();
    assert_eq!(
        rig.refresh(&refreshed(&mine[0])).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(rig.refresh(&refreshed(&mine[1])).await.0, StatusCode::OK);
    assert_eq!(control.end_sessions_of(&users[0].email).unwrap(), 2);
    assert_eq!(
        rig.refresh(&refreshed(&mine[2])).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(rig.refresh(&refreshed(&other)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_used_token_is_known_as_used_a_day_later_among_many() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let tokens = control.grant("ada@example.com").unwrap();
    let token = text(&tokens, "/refresh_token");
    assert_eq!(rig.refresh(token).await.0, StatusCode::OK);
    control.set_clock_offset(24 * 3600 - 60);
    let (_, body) = rig.refresh(token).await;
    assert_eq!(
        body["error_description"],
        "Refresh token already exchanged."
    );
}

#[tokio::test]
async fn minting_works_over_http() {
    let rig = rig().await;
    let post = async |path: &str, body: Value| -> Value {
        let request = rig.browser.post(rig.url(path)).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    };
    let users = post("/_emulator/users/many", json!({ "count": 2 })).await;
    let email = text(&users, "/1/email");
    let tokens = post("/_emulator/grants", json!({ "email": email })).await;
    assert_eq!(text(&tokens, "/user/email"), email);
}

#[tokio::test]
async fn a_jwt_template_adds_claims_to_tokens_until_the_reset() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let template = json!({ "team": "engines", "permissions": ["a", "b"] });
    let template = template.as_object().unwrap();
    control.set_token_template(template.clone()).unwrap();
    let claims = async || {
        let tokens = rig.tokens_for("ada@example.com").await;
        rig.verified(text(&tokens, "/access_token")).await.unwrap()
    };
    let with = claims().await;
    assert_eq!(
        (&with["team"], &with["permissions"]),
        (&template["team"], &template["permissions"])
    );
    for reserved in ["iss", "sub", "exp", "iat", "nbf", "jti"] {
        let claims = std::iter::once((reserved.to_owned(), json!("x"))).collect();
        assert!(control.set_token_template(claims).is_err(), "{reserved}");
    }
    control.reset().await.unwrap();
    assert_eq!(claims().await["team"], Value::Null);
}
