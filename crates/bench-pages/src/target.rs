//! What is asked for: an address, a path, headers, and what the answer has to be.
//!
//! Made by the groups. `load` sends its requests; `rounds` has it checked before and after each run.

use http_body_util::{BodyExt, Empty};
use hyper::{
    HeaderMap, Request, StatusCode, Uri,
    body::Bytes,
    client::conn::http1,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, COOKIE, HOST, HeaderValue},
};
use hyper_util::rt::TokioIo;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpStream;
use url::Url;

/// A request that is sent again and again.
#[derive(Clone)]
pub struct Target {
    /// Where the server listens.
    pub addr: SocketAddr,
    /// What it has to answer.
    pub status: StatusCode,
    uri: Uri,
    headers: HeaderMap,
    /// Cookie headers; none for a request without one.
    cookies: Vec<HeaderValue>,
    at_random: bool,
    contains: Vec<String>,
    lacks: Vec<String>,
    encodings: Vec<String>,
}

/// An answer, read to its end.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, still encoded.
    pub body: Bytes,
}

impl Target {
    /// A page of the server with this origin, asked for as a browser does, without compression.
    pub fn page(origin: &Url, path: &str) -> Self {
        let port = origin.port_or_known_default().expect("an HTTP address");
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let host = format!("{}:{port}", origin.host_str().unwrap_or("localhost"));
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().expect("a host"));
        headers.insert(ACCEPT, HeaderValue::from_static("text/html"));
        Self {
            addr,
            status: StatusCode::OK,
            uri: path.parse().expect("a path"),
            headers,
            cookies: Vec::new(),
            at_random: false,
            contains: Vec::new(),
            lacks: Vec::new(),
            encodings: Vec::new(),
        }
    }

    /// The same as a script asks, for JSON.
    pub fn for_scripts(mut self) -> Self {
        let json = HeaderValue::from_static("application/json");
        self.headers.insert(ACCEPT, json);
        self
    }

    /// The same with this Cookie header.
    pub fn with_cookie(self, cookie: &str) -> Self {
        let cookie = cookie.parse().expect("a cookie is ASCII");
        self.with_cookies(vec![cookie])
    }

    /// The same with these Cookie headers, taken in turn.
    pub fn with_cookies(mut self, cookies: Vec<HeaderValue>) -> Self {
        self.cookies = cookies;
        self
    }

    /// The same with its cookies taken at random: in turn, each would come when any cache has forgotten it.
    pub fn at_random(mut self) -> Self {
        self.at_random = true;
        self
    }

    /// The same, compressed by one of these encodings.
    pub fn encoded(mut self, encodings: &'static str) -> Self {
        let accepted = HeaderValue::from_static(encodings);
        self.headers.insert(ACCEPT_ENCODING, accepted);
        self.encodings = encodings.split(", ").map(str::to_owned).collect();
        self
    }

    /// The same, whose body must have this text.
    pub fn containing(mut self, text: &str) -> Self {
        self.contains.push(text.to_owned());
        self
    }

    /// The same, whose body must not have this text.
    pub fn lacking(mut self, text: &str) -> Self {
        self.lacks.push(text.to_owned());
        self
    }

    /// The request that is sent as the `nth`.
    pub fn request(&self, nth: usize) -> Request<Empty<Bytes>> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let chosen = match self.cookies.len() {
            0 => None,
            many if self.at_random => self.cookies.get(rand::random_range(0..many)),
            many => self.cookies.get(nth % many),
        };
        if let Some(cookie) = chosen {
            request.headers_mut().insert(COOKIE, cookie.clone());
        }
        request
    }

    /// Sends it once, on a connection of its own.
    ///
    /// # Errors
    /// When the server does not listen, or hangs up.
    pub async fn ask(&self) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(self.addr).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let asked = async {
            let answer = sender.send_request(self.request(0)).await?;
            drop(sender);
            let (head, body) = answer.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, hyper::Error>(Answer {
                status: head.status,
                headers: head.headers,
                body,
            })
        };
        let (answer, _) = tokio::join!(asked, connection);
        Ok(answer?)
    }

    /// Sends it once, and panics if the answer is not what it has to be. The length of its body.
    ///
    /// A compressed body is compared by its encoding only; the same page is measured uncompressed beside it.
    pub async fn check(&self) -> usize {
        let Answer {
            status,
            headers,
            body,
        } = self.ask().await.expect("an answer");
        let path = &self.uri;
        let text = String::from_utf8_lossy(&body);
        assert_eq!(status, self.status, "{path} says {text}");
        let encoding = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
        match self.encodings.is_empty() {
            true => {
                assert_eq!(encoding, None, "{path} is compressed");
                for wanted in &self.contains {
                    assert!(text.contains(wanted), "{path} lacks {wanted:?}: {text}");
                }
                for unwanted in &self.lacks {
                    assert!(!text.contains(unwanted), "{path} has {unwanted:?}: {text}");
                }
            }
            false => {
                let mut accepted = self.encodings.iter().map(String::as_bytes);
                assert!(
                    accepted.any(|it| Some(it) == encoding),
                    "{path} is encoded as {encoding:?}"
                );
            }
        }
        body.len()
    }
}
