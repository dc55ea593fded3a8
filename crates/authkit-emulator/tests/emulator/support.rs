//! A browser with cookies, the app's half of a sign-in, and a few questions to ask of answers.

pub use authkit_emulator as emulator;

use emulator::{Config, Emulator, Impersonator, SEEDED_PASSWORD};
use reqwest::{Client, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

pub const REDIRECT_URI: &str = "http://localhost:3000/callback";
pub const SIGN_OUT_URI: &str = "http://localhost:3000/";
/// The pair of RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An emulator and one browser.
pub struct Rig {
    pub emulator: Emulator,
    pub browser: Client,
}

pub fn config() -> Config {
    Config {
        redirect_uris: vec![REDIRECT_URI.to_owned()],
        sign_out_uris: vec![SIGN_OUT_URI.to_owned()],
        ..Config::default()
    }
}

pub fn browser() -> Client {
    Client::builder()
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

pub async fn rig() -> Rig {
    rig_with(config()).await
}

pub async fn rig_with(config: Config) -> Rig {
    Rig {
        emulator: Emulator::start(config).await.unwrap(),
        browser: browser(),
    }
}

/// How many of these answers of the token endpoint grant something.
pub fn successes(answers: &[(StatusCode, Value)]) -> usize {
    let granted = answers.iter().filter(|(status, _)| status.is_success());
    granted.count()
}

impl Rig {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.emulator.base_url())
    }

    /// A good authorization request, with some parameters changed; `None` leaves one out.
    pub fn query(&self, changes: &[(&str, Option<&str>)]) -> String {
        let good = [
            ("client_id", self.emulator.client_id()),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "code"),
            ("provider", "authkit"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("state", "state-1"),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in good {
            if !changes.iter().any(|(changed, _)| *changed == name) {
                query.append_pair(name, value);
            }
        }
        for (name, value) in changes {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }

    pub async fn authorize(&self, changes: &[(&str, Option<&str>)]) -> Response {
        let url = self.url(&format!(
            "/user_management/authorize?{}",
            self.query(changes)
        ));
        self.browser.get(url).send().await.unwrap()
    }

    pub async fn post_page(&self, path: &str, query: &str, form: &[(&str, &str)]) -> Response {
        let url = self.url(&format!("{path}?{query}"));
        self.browser.post(url).form(form).send().await.unwrap()
    }

    /// Signs a seeded user in on the page; answers the code.
    pub async fn code_for(&self, email: &str) -> String {
        let form = [("email", email), ("password", SEEDED_PASSWORD)];
        let answer = self.post_page("/sign-in", &self.query(&[]), &form).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        parameter(&answer, "code").unwrap()
    }

    pub async fn authenticate(&self, body: Value) -> (StatusCode, Value) {
        let mut whole = json!({
            "client_id": self.emulator.client_id(),
            "client_secret": self.emulator.api_key(),
        });
        for (name, value) in body.as_object().unwrap() {
            whole[name] = value.clone();
        }
        let url = self.url("/user_management/authenticate");
        let answer = self.browser.post(url).json(&whole).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    pub async fn exchange(&self, code: &str) -> (StatusCode, Value) {
        let grant = "authorization_code";
        self.authenticate(json!({ "grant_type": grant, "code": code, "code_verifier": VERIFIER }))
            .await
    }

    pub async fn refresh(&self, token: &str) -> (StatusCode, Value) {
        self.authenticate(json!({ "grant_type": "refresh_token", "refresh_token": token }))
            .await
    }

    /// A whole sign-in of a seeded user; answers what the app gets.
    pub async fn tokens_for(&self, email: &str) -> Value {
        let (status, tokens) = self.exchange(&self.code_for(email).await).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        tokens
    }

    pub async fn jwks(&self) -> reqwest::Result<reqwest::Response> {
        // A client of its own: no connection is reused, so nothing is retried silently.
        browser()
            .get(self.url(&format!("/sso/jwks/{}", self.emulator.client_id())))
            .send()
            .await
    }

    /// What a path answers, read as JSON.
    pub async fn get_json<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.browser.get(self.url(path)).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// The code of a session that support has begun as Ada.
    pub fn impersonating_code(&self) -> String {
        let who = Impersonator {
            email: "support@example.com".into(),
            reason: None,
        };
        let control = self.emulator.control();
        let url = control.impersonate("ada@example.com", who, None).unwrap();
        url.split_once("code=").unwrap().1.to_owned()
    }

    /// The claims of a token, if it verifies with the published keys.
    pub async fn verified(&self, token: &str) -> Result<Value, String> {
        use jsonwebtoken::{
            Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet,
        };
        let path = format!("/sso/jwks/{}", self.emulator.client_id());
        let keys: JwkSet = self.get_json(&path).await;
        let kid = decode_header(token).unwrap().kid.unwrap();
        let key = keys.find(&kid).ok_or("the key is not published")?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.required_spec_claims.clear();
        let decoded = decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &rules);
        decoded
            .map(|token| token.claims)
            .map_err(|error| error.to_string())
    }
}

pub fn location(answer: &Response) -> Url {
    let location = answer.headers()["location"].to_str().unwrap();
    answer.url().join(location).unwrap()
}

/// A parameter of the address that an answer redirects to.
pub fn parameter(answer: &Response, name: &str) -> Option<String> {
    let pairs = location(answer);
    pairs
        .query_pairs()
        .find(|(it, _)| it == name)
        .map(|(_, value)| value.into_owned())
}

pub fn text<'a>(json: &'a Value, pointer: &str) -> &'a str {
    json.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer} in {json}"))
}
