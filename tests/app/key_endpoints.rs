//! Where keys come from: what an endpoint may answer, what it must not, and how often it is asked.

use super::support::App;
use authkit_leptos::server::token::{Algorithm, JwksError, Provider, TokenError, Verifier};
use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderName, StatusCode, header};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::{net::TcpListener, sync::Semaphore};

/// A server that answers as it is told, and counts.
#[derive(Clone)]
struct Endpoint {
    origin: String,
    answers: Arc<Mutex<HashMap<String, Canned>>>,
    calls: Arc<Mutex<Vec<String>>>,
    /// Answers wait for a permit.
    open: Arc<Semaphore>,
}

#[derive(Clone)]
struct Canned {
    status: u16,
    header: (HeaderName, String),
    body: String,
}

impl Endpoint {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Self {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            answers: Arc::default(),
            calls: Arc::default(),
            open: Arc::new(Semaphore::new(1000)),
        };
        let router = Router::new().fallback(answer).with_state(endpoint.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        endpoint
    }

    fn set(&self, path: &str, status: u16, header: (HeaderName, &str), body: impl Into<String>) {
        let header = (header.0, header.1.to_owned());
        let body = body.into();
        let canned = Canned {
            status,
            header,
            body,
        };
        self.answers.lock().unwrap().insert(path.to_owned(), canned);
    }

    fn serve(&self, path: &str, content_type: &str, body: impl Into<String>) {
        self.set(path, 200, (header::CONTENT_TYPE, content_type), body);
    }

    fn calls(&self) -> usize {
        self.calls.lock().unwrap().len()
    }
}

async fn answer(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    endpoint.calls.lock().unwrap().push(path.clone());
    let _permit = endpoint.open.acquire().await.unwrap();
    let canned = endpoint.answers.lock().unwrap().get(&path).cloned();
    match canned {
        Some(canned) => Response::builder()
            .status(canned.status)
            .header(canned.header.0, canned.header.1)
            .body(canned.body.into())
            .unwrap(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// An issuer whose keys are the emulator's, at an endpoint of the test's.
struct Rig {
    app: App,
    endpoint: Endpoint,
    keys: String,
    verifier: Verifier,
}

impl Rig {
    async fn start() -> Self {
        let endpoint = Endpoint::start().await;
        let jwks = format!("{}/jwks", endpoint.origin);
        let provider = Provider::custom_jwt(&endpoint.origin, None, &jwks, Algorithm::Rs256);
        Self::with(endpoint, provider.unwrap()).await
    }

    async fn with(endpoint: Endpoint, provider: Provider) -> Self {
        let app = App::start().await;
        let keys = app.browser().get("/api/jwks").await.body;
        let verifier = Verifier::new([provider], app.clock.clone()).unwrap();
        Self {
            app,
            endpoint,
            keys,
            verifier,
        }
    }

    fn claims(&self) -> Value {
        let now = self.app.clock.now();
        json!({"iss": self.endpoint.origin, "sub": "s", "aud": "app", "exp": now + 3600})
    }

    async fn verdict(&self) -> Result<(), TokenError> {
        self.verdict_on(&self.app.control.sign(&self.claims()).unwrap())
            .await
    }

    async fn verdict_on(&self, token: &str) -> Result<(), TokenError> {
        match self.verifier.verify(&token.into()).await {
            Ok(_) => Ok(()),
            Err(refusal) => Err(refusal.error),
        }
    }

    async fn failure(&self) -> JwksError {
        match self.verdict().await {
            Err(TokenError::CouldNotCheck(error)) => error,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn both_content_types_of_a_jwk_set_are_read() {
    for content_type in [
        "application/json",
        "application/jwk-set+json",
        "application/jwk-set+json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
    ] {
        let rig = Rig::start().await;
        rig.endpoint.serve("/jwks", content_type, &rig.keys);
        assert_eq!(rig.verdict().await, Ok(()), "{content_type}");
    }
}

#[tokio::test]
async fn any_other_answer_is_refused_by_name() {
    let key = |rig: &Rig| serde_json::from_str::<Value>(&rig.keys).unwrap()["keys"][0].clone();
    let rig = Rig::start().await;
    let many = json!({"keys": vec![key(&rig); 65]}).to_string();
    let json = (header::CONTENT_TYPE, "application/json");
    let html = (header::CONTENT_TYPE, "text/html; charset=utf-8");
    let nothing = (header::SERVER, "test");
    for (status, header, body, sentence) in [
        (
            200,
            html,
            rig.keys.as_str(),
            "answered text/html, not application/json",
        ),
        (
            200,
            nothing,
            rig.keys.as_str(),
            "answered no content type, not",
        ),
        (
            200,
            json.clone(),
            "{\"keys\":",
            "did not answer with a set of keys",
        ),
        (
            200,
            json.clone(),
            "{\"keys\":[]}",
            "has no key this app can use",
        ),
        (200, json.clone(), many.as_str(), "answered with 65 keys"),
        (
            200,
            json.clone(),
            &" ".repeat(300_000),
            "answered with more than 256 kB",
        ),
        (404, json.clone(), "{}", "answered HTTP 404"),
        (500, json.clone(), "{}", "answered HTTP 500"),
    ] {
        let rig = Rig::start().await;
        rig.endpoint.set("/jwks", status, header, body);
        let error = rig.failure().await.to_string();
        assert!(error.contains(sentence), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_is_followed_within_the_origin_and_never_to_another_host() {
    let rig = Rig::start().await;
    rig.endpoint
        .set("/jwks", 302, (header::LOCATION, "/moved"), "");
    rig.endpoint.serve("/moved", "application/json", &rig.keys);
    assert_eq!(rig.verdict().await, Ok(()));

    let rig = Rig::start().await;
    let elsewhere = Endpoint::start().await;
    elsewhere.serve("/jwks", "application/json", &rig.keys);
    let target = format!("{}/jwks", elsewhere.origin);
    rig.endpoint
        .set("/jwks", 302, (header::LOCATION, &target), "");
    assert_eq!(rig.failure().await, JwksError::Redirect(302));
    assert_eq!(elsewhere.calls(), 0);

    let rig = Rig::start().await;
    rig.endpoint
        .set("/jwks", 302, (header::LOCATION, "/jwks"), "");
    assert_eq!(
        rig.failure().await,
        JwksError::Redirect(302),
        "a circle has an end"
    );
}

#[tokio::test]
async fn silence_ends_after_a_while_and_is_not_the_tokens_fault() {
    let rig = Rig::start().await;
    rig.endpoint.open.forget_permits(1000);
    assert_eq!(rig.failure().await, JwksError::TimedOut);
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_once_by_all_and_twice_a_minute_at_most() {
    let rig = Rig::start().await;
    rig.endpoint.serve("/jwks", "application/json", &rig.keys);
    assert_eq!(rig.verdict().await, Ok(()));
    assert_eq!(rig.endpoint.calls(), 1);
    let header = json!({"alg": "RS256", "kid": "new"});
    let token = rig
        .app
        .control
        .sign_with_header(&header, &rig.claims())
        .unwrap();
    // The keys' age is asked for below, to the second.
    rig.app.second_begins().await;
    let ask = || async {
        let verdicts = (0..50).map(|_| rig.verdict_on(&token));
        futures_util::future::join_all(verdicts).await
    };
    for verdict in ask().await {
        assert_eq!(verdict.unwrap_err().code(), "token_kid_unknown");
    }
    assert_eq!(rig.endpoint.calls(), 2, "once for fifty waiters");
    rig.app.advance(29);
    let error = ask().await.remove(0).unwrap_err().to_string();
    assert!(
        error.starts_with("kid \"new\" not in JWKS fetched 29 s ago"),
        "{error}"
    );
    assert_eq!(rig.endpoint.calls(), 2, "not again so soon");
    rig.app.advance(30);
    ask().await;
    assert_eq!(rig.endpoint.calls(), 3);
}

#[tokio::test]
async fn old_keys_are_fetched_again_behind_a_request_that_does_not_wait() {
    let rig = Rig::start().await;
    rig.endpoint.serve("/jwks", "application/json", &rig.keys);
    assert_eq!(rig.verdict().await, Ok(()));
    rig.app.advance(601);
    rig.endpoint.open.forget_permits(1000);
    assert_eq!(rig.verdict().await, Ok(()), "the endpoint has not answered");
    while rig.endpoint.calls() < 2 {
        tokio::task::yield_now().await;
    }
    rig.endpoint.open.add_permits(1000);
}

#[tokio::test]
async fn keys_of_an_hour_ago_are_not_used_before_they_were_asked_for() {
    let rig = Rig::start().await;
    rig.endpoint.serve("/jwks", "application/json", &rig.keys);
    assert_eq!(rig.verdict().await, Ok(()));
    // Down: old keys are better than none, and nobody asks again for every request.
    rig.app.advance(3602);
    let json = (header::CONTENT_TYPE, "application/json");
    rig.endpoint.set("/jwks", 500, json, "{}");
    for _ in 0..3 {
        assert_eq!(rig.verdict().await, Ok(()));
    }
    assert_eq!(rig.endpoint.calls(), 2);
    // Back, and the key is withdrawn: the first who comes by notices.
    let kid = serde_json::from_str::<Value>(&rig.keys).unwrap()["keys"][0]["kid"].clone();
    let others = rig.keys.replace(kid.as_str().unwrap(), "new");
    rig.endpoint.serve("/jwks", "application/json", others);
    rig.app.advance(3602 + 31);
    assert_eq!(rig.verdict().await.unwrap_err().code(), "token_kid_unknown");
}

#[tokio::test]
async fn a_fetch_counts_also_when_nobody_waits_for_it_any_more() {
    let rig = Rig::start().await;
    rig.endpoint.serve("/jwks", "application/json", &rig.keys);
    assert_eq!(rig.verdict().await, Ok(()));
    let header = json!({"alg": "RS256", "kid": "new"});
    let token = rig.app.control.sign_with_header(&header, &rig.claims());
    let token = token.unwrap();
    rig.endpoint.open.forget_permits(1000);
    let asked = async {
        while rig.endpoint.calls() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        verdict = rig.verdict_on(&token) => panic!("nothing was answered: {verdict:?}"),
        () = asked => {}
    }
    // The request is gone, the fetch is under way.
    rig.endpoint.open.add_permits(1000);
    for _ in 0..3 {
        let error = rig.verdict_on(&token).await.unwrap_err();
        assert_eq!(error.code(), "token_kid_unknown");
    }
    assert_eq!(rig.endpoint.calls(), 2);
}

#[tokio::test]
async fn a_name_that_two_keys_have_is_nobodys_until_that_is_put_right() {
    let rig = Rig::start().await;
    let key = serde_json::from_str::<Value>(&rig.keys).unwrap()["keys"][0].clone();
    let twice = json!({"keys": [key, key]}).to_string();
    rig.endpoint.serve("/jwks", "application/json", twice);
    let error = rig.failure().await;
    assert_eq!(
        error,
        JwksError::KidTwice(key["kid"].as_str().unwrap().into())
    );
    assert!(
        error
            .to_string()
            .starts_with("the JWKS has several keys with the kid \""),
        "{error}"
    );
    rig.endpoint.serve("/jwks", "application/json", &rig.keys);
    rig.app.advance(31);
    assert_eq!(rig.verdict().await, Ok(()));
}

#[tokio::test]
async fn discovery_leads_to_no_address_that_the_configuration_may_not_name() {
    let endpoint = Endpoint::start().await;
    let issuer = endpoint.origin.clone();
    for (keys, words) in [
        ("http://keys.example/jwks", "is plain http"),
        ("ftp://localhost/jwks", "is not an https URL"),
    ] {
        let document = json!({"issuer": issuer, "jwks_uri": keys}).to_string();
        let path = "/.well-known/openid-configuration";
        endpoint.serve(path, "application/json", document);
        let provider = Provider::oidc(&issuer, "app", Algorithm::Rs256).unwrap();
        let rig = Rig::with(endpoint.clone(), provider).await;
        let error = rig.failure().await;
        assert!(matches!(error, JwksError::UnsafeAddress(_)), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn an_issuers_keys_are_found_by_discovery() {
    let endpoint = Endpoint::start().await;
    let issuer = endpoint.origin.clone();
    let provider = || Provider::oidc(&issuer, "app", Algorithm::Rs256).unwrap();
    let path = "/.well-known/openid-configuration";
    let document = |issuer: &str| {
        json!({"issuer": issuer, "jwks_uri": format!("{}/keys", endpoint.origin)}).to_string()
    };
    endpoint.serve(path, "application/json", document(&issuer));

    let rig = Rig::with(endpoint.clone(), provider()).await;
    rig.endpoint.serve("/keys", "application/json", &rig.keys);
    assert_eq!(rig.verdict().await, Ok(()));

    endpoint.serve(path, "application/json", document(&format!("{issuer}/")));
    let rig = Rig::with(endpoint.clone(), provider()).await;
    let error = rig.failure().await;
    assert!(matches!(error, JwksError::OtherIssuer { .. }), "{error}");

    endpoint.serve(path, "application/json", "{}");
    let rig = Rig::with(endpoint.clone(), provider()).await;
    assert_eq!(rig.failure().await, JwksError::NotDiscovery);
}

#[tokio::test]
async fn custom_claims_come_through() {
    let rig = Rig::start().await;
    rig.endpoint.serve("/jwks", "application/json", &rig.keys);
    let mut claims = rig.claims();
    claims["https://game.example/level"] = json!({"world": 3, "boss": [true, null]});
    let token = rig.app.control.sign(&claims).unwrap();
    let verified = rig.verifier.verify(&token.as_str().into()).await.unwrap();
    assert_eq!(Value::Object(verified.claims), claims);
}
