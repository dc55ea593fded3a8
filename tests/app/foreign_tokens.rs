//! Tokens that `openssl` and npm's `jose` have signed, for providers in a list, open a protected server
//! function of a running server.

use super::support::{ADA, App};
use authkit_leptos::server::token::Provider;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use starter::account::functions::Caller;
use std::time::{SystemTime, UNIX_EPOCH};

use test_support::minted::{Minted, Openssl, mint_with_jose};

pub fn claims(issuer: &str) -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    json!({"iss": issuer, "sub": "player 1", "aud": ["other", "my-app"], "iat": now, "exp": now + 600,
        "name": "Player One", "level": 7})
}

/// A list as somebody writes it into `auth.toml`, with the keys in it.
pub fn list(issuer: &str, algorithm: &str, jwks: &str) -> Vec<Provider> {
    let jwks = percent_encoding::utf8_percent_encode(jwks, percent_encoding::NON_ALPHANUMERIC);
    let list = format!(
        "[[providers]]\ntype = 'custom_jwt'\nissuer = '{issuer}'\napplication_id = 'my-app'\n\
         jwks = 'data:application/json,{jwks}'\nalgorithm = '{algorithm}'\n"
    );
    Provider::parse(&list).unwrap()
}

async fn assert_opens(issuer: &str, algorithm: &str, Minted { token, jwks }: Minted) {
    let app = App::start_accepting(list(issuer, algorithm, &jwks)).await;
    let ask = async |token: &str| {
        let authorization = format!("Bearer {token}");
        let header = [("authorization", authorization.as_str())];
        app.browser().get_with("/api/caller", &header).await
    };
    let answer = ask(&token).await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "{algorithm} {:?}",
        answer.headers
    );
    let caller: Caller = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(caller.token_identifier, format!("{issuer}|player 1"));
    assert_eq!(caller.name.as_deref(), Some("Player One"));

    let without_signature = token.rsplit_once('.').unwrap().0;
    let forged = format!("{without_signature}.{}", "A".repeat(86));
    assert_eq!(ask(&forged).await.status, StatusCode::UNAUTHORIZED);

    // And the same app does not take it for a session.
    let header = [("authorization", format!("Bearer {token}"))];
    let header = [(header[0].0, header[0].1.as_str())];
    let account = app.browser().get_with("/account", &header).await;
    assert_eq!(account.status, StatusCode::FORBIDDEN);
    // Nor for one of the users that numbers have.
    for (method, path, form) in [
        (Method::GET, "/api/list_numbers", None),
        (Method::POST, "/api/add_number", Some(("value", "1"))),
        (Method::POST, "/api/remove_number", Some(("id", "x"))),
    ] {
        let form = form.as_ref().map(std::slice::from_ref);
        let answer = app.browser().send(method, path, &header, form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn the_sid_of_a_foreign_token_ends_nobodys_session() {
    let issuer = "https://game.example";
    let key = Openssl::key("EdDSA");
    let jwks = key.mint("openssl", &claims(issuer)).jwks;
    let app = App::start_accepting(list(issuer, "EdDSA", &jwks)).await;
    let mut victim = app.signed_in(ADA).await;
    let own = {
        let accept = [("accept", "application/json")];
        let path = "/auth/access-token";
        let answer = victim.send(Method::POST, path, &accept, Some(&[])).await;
        serde_json::from_str::<Value>(&answer.body).unwrap()["session_id"].clone()
    };
    let mut forged = claims(issuer);
    forged["sid"] = own;
    let authorization = format!("Bearer {}", key.mint("openssl", &forged).token);
    let header = [("authorization", authorization.as_str())];
    let answer = app
        .browser()
        .send(Method::POST, "/sign-out", &header, Some(&[]))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(
        answer
            .header("www-authenticate")
            .contains("insufficient_scope")
    );
    assert!(victim.is_signed_in().await);
}

#[tokio::test]
async fn a_token_of_openssl_opens_a_protected_server_function() {
    for algorithm in ["ES256", "EdDSA"] {
        let issuer = "https://game.example";
        let minted = Openssl::key(algorithm).mint("openssl", &claims(issuer));
        assert_opens(issuer, algorithm, minted).await;
    }
}

#[tokio::test]
async fn a_token_of_jose_opens_a_protected_server_function() {
    for algorithm in ["ES256", "EdDSA"] {
        let issuer = "https://service.example/";
        let minted = mint_with_jose(algorithm, "jose", &claims(issuer));
        assert_opens(issuer, algorithm, minted).await;
    }
}
