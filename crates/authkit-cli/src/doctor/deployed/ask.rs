//! [`Deployed`]: the requests to the app, and what is read of the answers.
//!
//! Every check asks through it. Follows no redirect, keeps no cookie, and reads a bounded part of each answer.

use authkit_local::is_origin;
use reqwest::{Certificate, Client, Response, StatusCode, header::HeaderMap, redirect::Policy};
use std::{error::Error, fmt, fs, path::PathBuf, time::Duration};
use url::Url;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is read of one answer, in bytes. Pages have some 30 kB.
const MAX_BODY: usize = 1024 * 1024;
/// What a report shows of an answer, in characters.
const MAX_QUOTED: usize = 120;

/// Why no question can be asked.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The file with certificates.
    #[error("--ca-file can't be read: {0}")]
    File(std::io::Error),
    /// What is in it.
    #[error("--ca-file has no certificates in PEM format")]
    Certificates,
    /// The client itself.
    #[error("no connection can be made: {0}")]
    Client(reqwest::Error),
}

/// Reads `--url`: scheme, host and port of an app.
pub fn origin(typed: &str) -> Result<Url, &'static str> {
    let url = Url::parse(typed).map_err(|_| "write the whole address: https://app.example.com")?;
    match url.scheme() {
        "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
            Err("leave out the user name and password")
        }
        "http" | "https" if is_origin(&url) => Ok(url),
        "http" | "https" => Err("leave out what follows the host and the port"),
        _ => Err("it has to begin with https:// or http://"),
    }
}

/// The app, and the connections to it.
pub struct Deployed {
    origin: Url,
    http: Client,
}

/// An answer, read as far as it may be.
pub struct Heard {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

/// No answer, and why.
#[derive(Debug)]
pub struct NoAnswer(reqwest::Error);

impl Deployed {
    /// The app at this origin. Certificates in `ca_file` are trusted as well.
    pub fn new(origin: Url, ca_file: Option<PathBuf>) -> Result<Self, Unusable> {
        let http = Client::builder().timeout(PATIENCE).redirect(Policy::none());
        // How long a connection lives is for the other side to say.
        let mut http = http.pool_idle_timeout(None);
        if let Some(file) = ca_file {
            let pem = fs::read(file).map_err(Unusable::File)?;
            let certificates = Certificate::from_pem_bundle(&pem);
            let certificates = certificates.map_err(|_| Unusable::Certificates)?;
            if certificates.is_empty() {
                return Err(Unusable::Certificates);
            }
            let add = |http: reqwest::ClientBuilder, it| http.add_root_certificate(it);
            http = certificates.into_iter().fold(http, add);
        }
        let http = http.build().map_err(Unusable::Client)?;
        Ok(Self { origin, http })
    }

    /// Scheme, host and port.
    pub fn url(&self) -> &Url {
        &self.origin
    }

    /// The same as the `Origin` header has it.
    pub fn origin(&self) -> String {
        self.origin.origin().ascii_serialization()
    }

    /// For requests that are not like the others.
    pub fn client(&self) -> &Client {
        &self.http
    }

    /// The address of a path and query of the app.
    pub fn at(&self, target: &str) -> String {
        format!("{}{target}", self.origin())
    }

    /// Asks as a browser does that goes to a page.
    pub async fn visit(&self, target: &str, headers: &[(&str, &str)]) -> Result<Heard, NoAnswer> {
        let request = self.http.get(self.at(target));
        let request = request
            .header("accept", "text/html,application/xhtml+xml")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-site", "none");
        let headers = headers.iter();
        let request = headers.fold(request, |it, (name, value)| it.header(*name, *value));
        Heard::read(request.send().await.map_err(NoAnswer)?).await
    }

    /// Asks as a script or a program does.
    pub async fn get(&self, target: &str) -> Result<Heard, NoAnswer> {
        Heard::read(self.answer(target).await?).await
    }

    /// The same, without reading what is answered.
    pub async fn answer(&self, target: &str) -> Result<Response, NoAnswer> {
        let asked = self.http.get(self.at(target)).send().await;
        asked.map_err(NoAnswer)
    }
}

impl Heard {
    /// Reads an answer.
    pub async fn read(mut answer: Response) -> Result<Self, NoAnswer> {
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while body.len() < MAX_BODY
            && let Some(chunk) = answer.chunk().await.map_err(NoAnswer)?
        {
            body.extend_from_slice(&chunk);
        }
        Ok(Self {
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    /// A header, if there is one and it can be read.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Status and first words, for a report.
    pub fn quoted(&self) -> String {
        let words = self.body.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown: String = words.chars().filter(|it| !it.is_control()).collect();
        match shown.char_indices().nth(MAX_QUOTED) {
            _ if shown.is_empty() => self.status.to_string(),
            Some((end, _)) => format!("{}: {}…", self.status, &shown[..end]),
            None => format!("{}: {shown}", self.status),
        }
    }
}

/// A header, if there is one and it can be read.
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

impl From<reqwest::Error> for NoAnswer {
    fn from(error: reqwest::Error) -> Self {
        Self(error)
    }
}

impl NoAnswer {
    /// Whether nothing listens there.
    pub fn is_no_connection(&self) -> bool {
        self.0.is_connect()
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_timeout() {
            return write!(f, "no answer within {} seconds", PATIENCE.as_secs());
        }
        // The outer ones say "error sending request" and repeat the address.
        let mut cause: &dyn Error = &self.0;
        while let Some(source) = cause.source() {
            cause = source;
        }
        write!(f, "{cause}")
    }
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn only_scheme_host_and_port_are_an_app() {
        for good in [
            "https://app.example.com",
            "https://app.example.com/",
            "http://127.0.0.1:3000",
        ] {
            assert!(origin(good).is_ok(), "{good}");
        }
        for bad in [
            "app.example.com",
            "app.example.com:443",
            "ftp://app.example.com",
            "https://",
            "https://app.example.com/live",
            "https://app.example.com/?a",
            "https://app.example.com/#a",
            "https://ada:hunter2@app.example.com",
        ] {
            let error = origin(bad).unwrap_err();
            assert!(!error.contains("hunter2"), "{bad}: {error}");
        }
    }
}
