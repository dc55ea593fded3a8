//! Tokens that a JWT template has made for another API: signing in, renewing and calls with such a token.

use super::support::{ADA, App};
use http::StatusCode;
use serde_json::{Map, Value, json};

fn template(audience: &Value) -> Map<String, Value> {
    Map::from_iter([("aud".to_owned(), audience.clone())])
}

/// The status of a call with a token that names `audience`.
async fn called_with(app: &App, audience: &Value) -> (StatusCode, String) {
    let now = app.clock.now();
    let token = app.control.sign(&json!({
        "iss": app.control.issuer(), "sub": "user_mobile", "sid": "session_mobile", "iat": now,
        "exp": now + 300, "client_id": "client_emulator", "aud": audience,
    }));
    let authorization = format!("Bearer {}", token.unwrap());
    let header = [("authorization", authorization.as_str())];
    let answer = app.browser().get_with("/api/caller", &header).await;
    let challenge = answer.header("www-authenticate").to_owned();
    (answer.status, challenge)
}

#[tokio::test]
async fn an_audience_that_is_named_signs_in_and_is_renewed_and_no_other_is() {
    let workos = App::start().await;
    let changes = [("WORKOS_TOKEN_AUDIENCE", "https://other.example, my-api")];
    let app = App::start_against(&workos, &changes).await;
    for audience in [
        json!("my-api"),
        json!(["x", "https://other.example"]),
        json!(["my-api", "client_emulator"]),
        json!("client_emulator"),
        Value::Null,
    ] {
        let claims = match &audience {
            Value::Null => Map::new(),
            audience => template(audience),
        };
        app.control.set_token_template(claims).unwrap();
        let mut browser = app.signed_in(ADA).await;
        let before = browser.cookies.clone();
        app.advance(301);
        assert!(browser.is_signed_in().await, "{audience}");
        assert_ne!(browser.cookies, before, "{audience} was renewed");
        app.advance(0);
        if audience.is_null() {
            continue;
        }
        assert_eq!(
            called_with(&app, &audience).await.0,
            StatusCode::OK,
            "{audience}"
        );
    }
    for audience in [
        json!("my-api2"),
        json!("https://other.example/"),
        json!(["x"]),
        json!([]),
        json!("https://other.example, my-api"),
    ] {
        let (status, challenge) = called_with(&app, &audience).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{audience}");
        assert!(challenge.contains("(token_audience)"), "{challenge}");
    }
}

#[tokio::test]
async fn an_audience_that_nobody_has_named_is_told_with_the_setting_that_names_it() {
    let (log, _guard) = super::support::Log::capture("info");
    let app = App::start().await;
    let claims = template(&json!("my-api"));
    app.control.set_token_template(claims).unwrap();
    let mut browser = app.browser();
    let page = browser.sign_in("/sign-in", ADA).await;
    page.explains("authkit_token_refused", 502);
    assert!(!browser.is_signed_in().await);
    let log = log.text();
    assert!(
        log.contains("aud \"my-api\" does not contain \"client_emulator\"")
            && log.contains("WORKOS_TOKEN_AUDIENCE"),
        "{log}"
    );
}
