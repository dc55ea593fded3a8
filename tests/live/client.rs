//! A program that calls mutations as programs should: with a key, and again until it knows.

use crate::support::Browser;
use reqwest::header::HeaderValue;
use serde_json::Value;
use std::time::Duration;
use tokio::time::sleep;
use url::Url;

/// Longer than a server takes for any answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client with a session.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    cookie: String,
}

/// What a server has answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// The id of the number that was added.
    #[track_caller]
    pub fn id(&self) -> &str {
        assert_eq!(self.status, 200, "{}", self.body);
        let answer = &self.body["answer"];
        let id = answer.as_str().or_else(|| answer["id"].as_str());
        id.expect("an id")
    }

    /// That it is a refusal with this status and code.
    #[track_caller]
    pub fn is_refused(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["code"], code, "{}", self.body);
        assert!(self.body["message"].is_string(), "{}", self.body);
    }

    /// Whether the client knows now what became of its request. Else it has to ask again.
    fn is_known(&self) -> bool {
        ![502, 503].contains(&self.status)
    }
}

impl Client {
    /// With the session of this browser.
    pub fn of(browser: &Browser) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(PATIENCE)
            .build();
        Self {
            http: http.unwrap(),
            cookie: browser.cookie_header(),
        }
    }

    /// One call, with these values of `Idempotency-Key`. An error where there is no answer, or not all of it.
    pub async fn send(
        &self,
        server: &Url,
        mutation: &str,
        keys: &[&[u8]],
        form: &[(&str, &str)],
    ) -> reqwest::Result<Answer> {
        let request = self.request(server, mutation, keys).form(form);
        Self::answer(request).await
    }

    /// The same with a JSON object. One call with a key, that is answered.
    pub async fn call_with_json(
        &self,
        server: &Url,
        mutation: &str,
        key: &str,
        json: &Value,
    ) -> Answer {
        let request = self.request(server, mutation, &[key.as_bytes()]).json(json);
        Self::answer(request).await.unwrap()
    }

    fn request(&self, server: &Url, mutation: &str, keys: &[&[u8]]) -> reqwest::RequestBuilder {
        let url = server.join(&format!("/api/{mutation}")).unwrap();
        let mut request = self.http.post(url).header("accept", "application/json");
        if !self.cookie.is_empty() {
            request = request.header("cookie", &self.cookie);
        }
        for key in keys {
            let key = HeaderValue::from_bytes(key).unwrap();
            request = request.header("idempotency-key", key);
        }
        request
    }

    async fn answer(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await?;
        // A proxy's own answers are no JSON.
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Ok(Answer { status, body })
    }

    /// One call with a key, that is answered.
    pub async fn call(
        &self,
        server: &Url,
        mutation: &str,
        key: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        let keys = [key.as_bytes()];
        self.send(server, mutation, &keys, form).await.unwrap()
    }

    /// Adds a number. One call, that is answered.
    pub async fn add(&self, server: &Url, key: &str, value: i64) -> Answer {
        let value = value.to_string();
        self.call(server, "add_number", key, &[("value", &value)])
            .await
    }

    /// Adds a number: asks with the same key until it knows what became of it. How often it has asked, and the answer.
    pub async fn add_until_known(&self, server: &Url, key: &str, value: i64) -> (usize, Answer) {
        // Both forms are the same key.
        let quoted = format!("\"{key}\"");
        let value = value.to_string();
        for attempt in 1.. {
            let key = if attempt % 2 == 1 { key } else { &quoted };
            let (keys, form) = ([key.as_bytes()], [("value", value.as_str())]);
            let sent = self.send(server, "add_number", &keys, &form);
            if let Ok(answer) = sent.await
                && answer.is_known()
            {
                return (attempt, answer);
            }
            sleep(Duration::from_millis(10) * attempt.min(20) as u32).await;
        }
        unreachable!()
    }
}
