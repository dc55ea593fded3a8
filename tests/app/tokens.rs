//! Access tokens that must not pass, whoever signed them, each refused by a reason of its own.

use super::support::App;
use authkit_leptos::server::{
    Config,
    token::{TokenSource, Verifier},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

struct Rig {
    app: App,
    verifier: Verifier,
}

impl Rig {
    async fn start() -> Self {
        let app = App::start().await;
        let port = app.emulator_origin.port().unwrap().to_string();
        let config = Config::read(|name| {
            let value = match name {
                "WORKOS_CLIENT_ID" => "client_emulator",
                "WORKOS_API_KEY" => "sk_test_emulator_not_a_secret",
                "WORKOS_REDIRECT_URI" => "http://localhost:3000/callback",
                "WORKOS_COOKIE_PASSWORD" => App::PASSWORD,
                "WORKOS_API_HOSTNAME" => "localhost",
                "WORKOS_API_HTTPS" => "false",
                "WORKOS_API_PORT" => &port,
                _ => return None,
            };
            Some(value.to_owned())
        });
        let providers = config.unwrap().unwrap().all_providers();
        let verifier = Verifier::new(providers, app.clock.clone()).unwrap();
        Self { app, verifier }
    }

    /// Good claims, with some changed; `null` leaves one out.
    fn claims(&self, changes: Value) -> Value {
        let now = self.app.clock.now();
        let mut claims = json!({
            "iss": self.app.control.issuer(), "sub": "user_1", "sid": "session_1",
            "iat": now, "exp": now + 300, "client_id": "client_emulator",
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        claims
    }

    /// The reason code of a refusal.
    async fn verdict(&self, token: &str) -> Result<(), &'static str> {
        let token = token.into();
        let checked = self.verifier.verify_session(&token, TokenSource::Request);
        match checked.await {
            Ok(_) => Ok(()),
            Err(error) => Err(error.code()),
        }
    }

    async fn verdict_on(&self, changes: Value) -> Result<(), &'static str> {
        let token = self.app.control.sign(&self.claims(changes)).unwrap();
        self.verdict(&token).await
    }

    /// The header of a good token, whose `kid` is known.
    fn good_header(&self) -> Value {
        let token = self.app.control.sign(&self.claims(json!({}))).unwrap();
        let header = token.split('.').next().unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
    }
}

#[tokio::test]
async fn a_good_token_passes() {
    let rig = Rig::start().await;
    assert_eq!(rig.verdict_on(json!({})).await, Ok(()));
}

#[tokio::test]
async fn claims_decide_by_name() {
    let rig = Rig::start().await;
    let now = rig.app.clock.now();
    for (changes, expected) in [
        (json!({"iss": "https://evil.example"}), "token_issuer"),
        (
            json!({"iss": format!("{}/", rig.app.control.issuer())}),
            "token_issuer",
        ),
        (json!({"iss": null}), "token_issuer"),
        (json!({"client_id": "client_other"}), "token_audience"),
        (json!({"aud": "client_other"}), "token_audience"),
        (json!({"aud": ["client_other"]}), "token_audience"),
        (json!({"aud": 7}), "token_audience"),
        (json!({"exp": now - 60}), "token_expired"),
        (json!({"exp": now - 10}), "token_expired"),
        (json!({"exp": "tomorrow"}), "token_malformed"),
        (json!({"exp": -1}), "token_expired"),
        (json!({"exp": null}), "token_malformed"),
        (json!({"nbf": now + 60}), "token_not_yet_valid"),
        (json!({"iat": now + 360}), "token_not_yet_valid"),
        (json!({"sub": null}), "token_malformed"),
        (json!({"sid": null}), "token_malformed"),
    ] {
        assert_eq!(
            rig.verdict_on(changes.clone()).await,
            Err(expected),
            "{changes}"
        );
    }
    rig.app.second_begins().await;
    let now = rig.app.clock.now();
    for good in [
        json!({"exp": now - 9}),
        json!({"aud": "client_emulator"}),
        json!({"aud": ["other", "client_emulator"]}),
        json!({"client_id": null}),
        json!({"nbf": now + 10}),
        json!({"iat": now + 90}),
    ] {
        assert_eq!(rig.verdict_on(good.clone()).await, Ok(()), "{good}");
    }
}

#[tokio::test]
async fn a_token_with_alg_none_is_refused() {
    let rig = Rig::start().await;
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let mut header = rig.good_header();
    for none in ["none", "None", "NONE"] {
        header["alg"] = json!(none);
        let unsigned = format!("{}.{}.", part(&header), part(&rig.claims(json!({}))));
        assert_eq!(rig.verdict(&unsigned).await, Err("token_algorithm"));
    }
}

#[tokio::test]
async fn hs256_signed_with_the_public_key_is_refused() {
    let rig = Rig::start().await;
    let client_id = "client_emulator";
    let jwks = rig
        .app
        .emulator_origin
        .join(&format!("/sso/jwks/{client_id}"))
        .unwrap();
    let published = reqwest::get(jwks).await.unwrap().text().await.unwrap();
    let set: Value = serde_json::from_str(&published).unwrap();
    let modulus = set["keys"][0]["n"].as_str().unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = rig.good_header()["kid"].as_str().map(str::to_owned);
    let secrets = [
        modulus.as_bytes().to_vec(),
        URL_SAFE_NO_PAD.decode(modulus).unwrap(),
        published.into_bytes(),
    ];
    for secret in secrets {
        let key = EncodingKey::from_secret(&secret);
        let token = jsonwebtoken::encode(&header, &rig.claims(json!({})), &key).unwrap();
        assert_eq!(rig.verdict(&token).await, Err("token_algorithm"));
    }
}

#[tokio::test]
async fn an_unknown_or_missing_kid_is_refused() {
    let rig = Rig::start().await;
    let mut header = rig.good_header();
    header["kid"] = json!("sso_oidc_key_pair_unknown");
    let claims = rig.claims(json!({}));
    let unknown = rig.app.control.sign_with_header(&header, &claims).unwrap();
    assert_eq!(rig.verdict(&unknown).await, Err("token_kid_unknown"));
    header.as_object_mut().unwrap().remove("kid");
    let missing = rig.app.control.sign_with_header(&header, &claims).unwrap();
    assert_eq!(rig.verdict(&missing).await, Err("token_kid_missing"));
}

#[tokio::test]
async fn a_changed_claim_breaks_the_signature() {
    let rig = Rig::start().await;
    let token = rig.app.control.sign(&rig.claims(json!({}))).unwrap();
    let other = rig
        .app
        .control
        .sign(&rig.claims(json!({"sub": "user_2"})))
        .unwrap();
    let parts: Vec<_> = token.split('.').collect();
    let stolen: Vec<_> = other.split('.').collect();
    let mixed = [parts[0], stolen[1], parts[2]].join(".");
    assert_eq!(rig.verdict(&mixed).await, Err("token_signature"));
}

#[tokio::test]
async fn what_is_no_token_is_refused_without_a_panic() {
    let rig = Rig::start().await;
    let long = "a".repeat(20_000);
    for text in [
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        "eyJhbGciOiJSUzI1NiJ9.e30",
        long.as_str(),
    ] {
        assert!(rig.verdict(text).await.is_err(), "{text}");
    }
}

#[tokio::test]
async fn rotated_keys_are_found_once_and_unknown_ones_do_not_hammer() {
    use authkit_emulator::Endpoint;
    let rig = Rig::start().await;
    assert_eq!(rig.verdict_on(json!({})).await, Ok(()));
    let fetched = rig.app.control.calls_of(Endpoint::Jwks);
    rig.app.control.rotate_keys(true).await.unwrap();
    assert_eq!(
        rig.verdict_on(json!({})).await,
        Ok(()),
        "the new key is found"
    );
    assert_eq!(rig.app.control.calls_of(Endpoint::Jwks), fetched + 1);

    let mut header = rig.good_header();
    header["kid"] = json!("unknown");
    let unknown = rig
        .app
        .control
        .sign_with_header(&header, &rig.claims(json!({})))
        .unwrap();
    for _ in 0..20 {
        assert_eq!(rig.verdict(&unknown).await, Err("token_kid_unknown"));
    }
    assert_eq!(rig.app.control.calls_of(Endpoint::Jwks), fetched + 1);
}
