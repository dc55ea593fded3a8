//! A browser of the soak: keeps cookies, follows no redirects, and survives servers that hang up. Each has an address of
//! its own, which it sends as a proxy would.

use crate::setting::{Life, Setting};
use reqwest::{
    Client, Method, StatusCode,
    cookie::{CookieStore, Jar},
    header::HeaderMap,
    redirect::Policy,
};
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::Url;

/// A server answers within half a minute, be it to say that it can't.
const PATIENCE: Duration = Duration::from_secs(40);
/// What a script of the app reads, and what a person does.
pub const JSON: &str = "application/json";
pub const HTML: &str = "text/html,application/xhtml+xml";

/// An answer, read to its end.
pub struct Answer {
    pub url: Url,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Where it leads, if anywhere.
    pub fn location(&self) -> Option<Url> {
        let location = self.headers.get("location")?.to_str().ok()?;
        self.url.join(location).ok()
    }

    pub fn has_retry_after(&self) -> bool {
        self.headers.contains_key("retry-after")
    }
}

/// What came of a request to a process.
pub struct Reply {
    /// None when the connection broke.
    pub answer: Option<Answer>,
    /// Whether the process was up from the request to here.
    pub process_was_there: bool,
}

/// The browser.
pub struct Browser {
    setting: Arc<Setting>,
    address: String,
    inner: RwLock<Inner>,
}

#[derive(Clone)]
struct Inner {
    client: Client,
    jar: Arc<Jar>,
}

impl Inner {
    fn new() -> Self {
        let jar = Arc::new(Jar::default());
        let client = Client::builder()
            .cookie_provider(Arc::clone(&jar))
            .redirect(Policy::none())
            .timeout(PATIENCE)
            // The server closes a connection on which nothing comes for ten seconds.
            .pool_idle_timeout(Duration::from_secs(5))
            .no_proxy()
            .build()
            .expect("a client can be made");
        Self { client, jar }
    }
}

impl Browser {
    /// With no cookies. `nth` is what its address is made of.
    pub fn new(nth: usize, setting: Arc<Setting>) -> Self {
        Self {
            setting,
            address: format!("198.18.{}.{}", nth / 250, nth % 250 + 1),
            inner: RwLock::new(Inner::new()),
        }
    }

    fn inner(&self) -> Inner {
        let inner = self.inner.read();
        inner.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Removes all cookies, the emulator's too.
    pub fn forget(&self) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        *inner = Inner::new();
    }

    fn url(&self, at: usize, path: &str) -> Url {
        let url = format!("http://{}{path}", self.setting.address(at));
        url.parse().expect("an address and a path")
    }

    /// The cookies for the app, as they are sent.
    pub fn cookies(&self) -> String {
        let cookies = self.inner().jar.cookies(&self.url(0, "/"));
        let cookies = cookies.as_ref().and_then(|it| it.to_str().ok());
        cookies.unwrap_or_default().to_owned()
    }

    /// The session cookie, if there is one.
    pub fn session(&self) -> Option<String> {
        let cookies = self.cookies();
        let mut each = cookies.split("; ");
        let session = each.find(|it| it.starts_with("wos-session") && !it.contains("-attempt-"));
        session.map(str::to_owned)
    }

    /// Keeps the cookies of an answer that came another way.
    pub fn keep(&self, set_cookies: &[String]) {
        let inner = self.inner();
        for cookie in set_cookies {
            inner.jar.add_cookie_str(cookie, &self.url(0, "/"));
        }
    }

    /// What each request has beside its cookies.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let origin = self.setting.origin();
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        vec![
            ("host", host.to_owned()),
            ("x-forwarded-for", self.address.clone()),
        ]
    }

    /// One request to a process.
    pub async fn send(
        &self,
        at: usize,
        method: Method,
        path: &str,
        accept: &str,
        form: Option<&[(&str, &str)]>,
    ) -> Reply {
        let life = self.setting.life(at);
        let url = self.url(at, path);
        let mut request = self.inner().client.request(method.clone(), url.clone());
        for (name, value) in self.headers() {
            request = request.header(name, value);
        }
        if method == Method::POST {
            request = request.header("origin", self.setting.origin());
        }
        request = request
            .header("accept", accept)
            .header("sec-fetch-site", "same-origin");
        if let Some(form) = form {
            request = request.form(form);
        }
        let answer = read(url, request).await;
        self.reply(at, life, answer)
    }

    fn reply(&self, at: usize, life: Life, answer: Option<Answer>) -> Reply {
        Reply {
            answer,
            process_was_there: self.setting.was_there_since(at, life),
        }
    }

    /// One request to the emulator.
    pub async fn at_emulator(&self, url: &Url, form: Option<&[(&str, &str)]>) -> Option<Answer> {
        let client = self.inner().client;
        let request = match form {
            None => client.get(url.clone()),
            Some(form) => client
                .post(url.clone())
                .header("origin", url.origin().ascii_serialization())
                .form(form),
        };
        read(url.clone(), request.header("accept", HTML)).await
    }

    /// Sends a request and hangs up after a while, with a reset, whatever has come by then.
    pub async fn hang_up(&self, at: usize, line: &str, body: &str, patience: Duration) {
        let Ok(mut stream) = TcpStream::connect(self.setting.address(at)).await else {
            return;
        };
        let headers: String = self
            .headers()
            .into_iter()
            .chain([
                ("accept", JSON.to_owned()),
                ("cookie", self.cookies()),
                ("origin", self.setting.origin().to_owned()),
                ("sec-fetch-site", "same-origin".to_owned()),
                ("sec-fetch-mode", "navigate".to_owned()),
                (
                    "content-type",
                    "application/x-www-form-urlencoded".to_owned(),
                ),
                ("content-length", body.len().to_string()),
            ])
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let request = format!("{line} HTTP/1.1\r\n{headers}\r\n{body}");
        let _ = stream.set_zero_linger();
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(patience, stream.read_to_end(&mut answer)).await;
    }
}

async fn read(url: Url, request: reqwest::RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    Some(Answer {
        url,
        status: response.status(),
        headers: response.headers().clone(),
        body: response.text().await.ok()?,
    })
}
