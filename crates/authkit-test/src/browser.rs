//! [`Browser`]: keeps cookies, and follows redirects when told to.

use authkit_emulator::SEEDED_PASSWORD;
use authkit_leptos::paths;
use authkit_live::{FromServer, Revision, STREAM};
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::Url;

/// What programs and scripts want.
pub(super) const JSON: (&str, &str) = ("accept", "application/json");

/// A browser: cookies are shared by all ports of localhost, as in a real one.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Where the app is.
    pub origin: Url,
    client: reqwest::Client,
    /// Its cookies, by name.
    pub cookies: BTreeMap<String, String>,
    /// What it was told last of each query that it follows.
    told: BTreeMap<String, Revision>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// What was asked for.
    pub url: Url,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as text.
    pub body: String,
}

impl Answer {
    async fn read(url: Url, request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        Self {
            url,
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    /// A header of this name; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Where it redirects to.
    pub fn location(&self) -> Url {
        self.url.join(self.header("location")).unwrap()
    }

    /// A parameter of where it redirects to.
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.location(), name)
    }

    /// The cookies it sets, as it says them.
    pub fn set_cookies(&self) -> Vec<String> {
        set_cookies(&self.headers)
    }

    /// The body of an answer that is JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let json = serde_json::from_str(&self.body);
        json.unwrap_or_else(|_| panic!("{} with no JSON: {}", self.status, self.body))
    }

    /// Asserts that this is the page that explains a failed sign-in, with this reason and status.
    #[track_caller]
    pub fn explains(&self, reason: &str, status: u16) {
        assert_eq!(self.url.path(), "/sign-in-failed", "{}", self.url);
        assert!(
            self.body.contains(&format!("<code>{reason}</code>")),
            "no {reason} in {}",
            self.body
        );
        assert_eq!(self.status.as_u16(), status);
        assert!(self.body.contains("Try again"));
    }
}

/// A parameter of a URL.
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

impl Browser {
    /// One for the app at this origin, without cookies.
    pub fn at(origin: Url) -> Self {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build();
        Self {
            origin,
            client: client.unwrap(),
            cookies: BTreeMap::new(),
            told: BTreeMap::new(),
        }
    }

    /// Asks a query of a feature, as programs do.
    pub async fn query(&mut self, name: &str) -> Answer {
        self.get_with(&format!("/api/{name}"), &[JSON]).await
    }

    /// Asks for a mutation of a feature, as programs do.
    pub async fn mutate(&mut self, name: &str, arguments: &[(&str, &str)]) -> Answer {
        let path = format!("/api/{name}");
        self.send(Method::POST, &path, &[JSON], Some(arguments))
            .await
    }

    /// What a page that follows a query is told: its answer, where nothing was told yet or one of its topics has changed
    /// since. `query` is its name and its arguments: `list_notes {}`.
    ///
    /// # Panics
    /// When the server refuses the query.
    pub async fn news(&mut self, query: &str) -> Option<Value> {
        let seen = self.told.get(query).cloned().unwrap_or_default();
        let follow = json!({"follow": {"key": query, "seen": seen}});
        let url = self.origin.join(STREAM).unwrap();
        let request = self.client.post(url.clone());
        let request = request.header("origin", self.origin.origin().ascii_serialization());
        let request = request.header("cookie", self.cookie_header());
        let answer = Answer::read(url, request.body(follow.to_string())).await;
        self.keep(&answer);
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
        if answer.body.is_empty() {
            return None;
        }
        let message = FromServer::read(&answer.body).map(FromServer::with_answer);
        let Some(Ok(FromServer::Answer {
            revision, answer, ..
        })) = message
        else {
            panic!("{query}: {}", answer.body);
        };
        self.told.insert(query.to_owned(), revision);
        Some(answer)
    }

    /// One request, with these headers and this form; redirects are not followed. It says that it wants a page, and that a
    /// link of the app led to a sign-in, where `headers` say nothing else.
    pub async fn send(
        &mut self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        form: Option<&[(&str, &str)]>,
    ) -> Answer {
        let url = self.origin.join(url).unwrap();
        let mut request = self.client.request(method, url.clone());
        if !headers.iter().any(|(name, _)| *name == "accept") {
            request = request.header("accept", "text/html,application/xhtml+xml");
        }
        // Sign-ins are begun by links of the app, unless a test says otherwise.
        let begins = [paths::SIGN_IN, paths::SIGN_UP].contains(&url.path());
        let says_who = ["sec-fetch-site", "referer"];
        if begins && !headers.iter().any(|(name, _)| says_who.contains(name)) {
            request = request.header("sec-fetch-site", "same-origin");
        }
        if !self.cookies.is_empty() {
            request = request.header("cookie", self.cookie_header());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(form) = form {
            request = request.form(form);
        }
        let answer = Answer::read(url, request).await;
        self.keep(&answer);
        answer
    }

    /// What it sends requests with.
    pub fn client(&self) -> reqwest::Client {
        self.client.clone()
    }

    /// Its cookies, as it sends them.
    pub fn cookie_header(&self) -> String {
        let pairs = self.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.set_cookies() {
            let cookie = cookie::Cookie::parse(line).unwrap();
            if cookie.max_age().is_some_and(|age| age.is_zero()) {
                self.cookies.remove(cookie.name());
            } else {
                let (name, value) = (cookie.name().to_owned(), cookie.value().to_owned());
                self.cookies.insert(name, value);
            }
        }
    }

    /// The first id on the account page that begins like this: of the session, the user, the organization.
    pub async fn id(&mut self, prefix: &str) -> String {
        let page = self.get("/account").await;
        let start = page.body.find(prefix).unwrap();
        let id = page.body[start..].chars();
        id.take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect()
    }

    /// One request; redirects are not followed.
    pub async fn get(&mut self, url: &str) -> Answer {
        self.send(Method::GET, url, &[], None).await
    }

    /// The same, with these headers.
    pub async fn get_with(&mut self, url: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, url, headers, None).await
    }

    /// Sends an empty form.
    pub async fn post(&mut self, url: &str) -> Answer {
        self.send(Method::POST, url, &[], Some(&[])).await
    }

    /// Follows redirects from `answer` to the first answer that is none.
    pub async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..12 {
            if !answer.status.is_redirection() {
                return answer;
            }
            answer = self.get(answer.location().as_str()).await;
        }
        panic!("a redirect loop, last at {}", answer.url);
    }

    /// Goes to `url` as a person would, redirects and all.
    pub async fn open(&mut self, url: &str) -> Answer {
        let answer = self.get(url).await;
        self.follow(answer).await
    }

    /// From a link that starts a sign-in to where it ends.
    pub async fn sign_in(&mut self, link: &str, email: &str) -> Answer {
        let page = self.open(link).await;
        let callback = self.enter_password(&page, email).await;
        self.open(callback.as_str()).await
    }

    /// Fills in AuthKit's form, and gives the callback it leads to without going there.
    pub async fn enter_password(&mut self, page: &Answer, email: &str) -> Url {
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let mut form_url = page.url.clone();
        form_url.set_path("/sign-in");
        let form = [("email", email), ("password", SEEDED_PASSWORD)];
        let origin = page.url.origin().ascii_serialization();
        let answer = self
            .send(
                Method::POST,
                form_url.as_str(),
                &[("origin", origin.as_str())],
                Some(&form),
            )
            .await;
        assert!(answer.status.is_redirection(), "{}", answer.body);
        answer.location()
    }

    /// How many sign-ins have begun in it and have not ended.
    pub fn attempts(&self) -> usize {
        let names = self.cookies.keys();
        names.filter(|name| name.contains("-attempt-")).count()
    }

    /// Whether the home page offers to sign out. It must offer that, or to sign in; who is signed in is offered to sign in again,
    /// should the session end.
    pub async fn is_signed_in(&mut self) -> bool {
        let page = self.get("/").await;
        assert_eq!(page.status, StatusCode::OK);
        let offers = |what: String| page.body.contains(&what);
        match (
            offers(format!("action=\"{}\"", paths::SIGN_OUT)),
            offers(format!("href=\"{}", paths::SIGN_IN)),
        ) {
            (true, _) => true,
            (false, true) => false,
            mixed => panic!("{mixed:?} in {}", page.body),
        }
    }
}

/// The lines that set cookies.
pub(super) fn set_cookies(headers: &HeaderMap) -> Vec<String> {
    let cookies = headers.get_all("set-cookie").iter();
    cookies
        .map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect()
}
