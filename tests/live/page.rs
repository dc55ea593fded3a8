//! A page, as far as its stream goes: what it follows, and what it is told.

use crate::{support::Browser, tally::Counted};
use authkit_live::{FromServer, LiveQuery, Revision, ToServer};
use futures_util::{SinkExt, StreamExt};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};
use url::Url;

/// Longer than anything here takes.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A stream, open.
pub struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What the handshake was answered with.
    pub set_cookies: Vec<String>,
}

/// What a server says to a handshake that it refuses: status and text.
#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    pub text: String,
}

impl Page {
    /// Connects with these headers.
    pub async fn connect(server: &Url, headers: &[(&'static str, &str)]) -> Result<Self, Refusal> {
        let mut url = server.join("/live/stream").unwrap();
        url.set_scheme("ws").unwrap();
        let mut request = url.as_str().into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, response)) => {
                let cookies = response.headers().get_all("set-cookie").iter();
                let cookies = cookies.map(|cookie| cookie.to_str().unwrap().to_owned());
                Ok(Self {
                    set_cookies: cookies.collect(),
                    socket,
                })
            }
            Err(tungstenite::Error::Http(response)) => Err(Refusal {
                status: response.status().as_u16(),
                text: String::from_utf8(response.into_body().unwrap_or_default()).unwrap(),
            }),
            Err(error) => panic!("{error}"),
        }
    }

    /// As a page of `origin` in this browser does.
    pub async fn open(server: &Url, origin: &str, browser: &Browser) -> Self {
        let cookie = browser.cookie_header();
        let headers = [("origin", origin), ("cookie", cookie.as_str())];
        Self::connect(server, &headers).await.unwrap()
    }

    pub async fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub async fn send_binary(&mut self, bytes: &'static [u8]) {
        self.socket.send(Message::binary(bytes)).await.unwrap();
    }

    async fn say(&mut self, message: &ToServer) {
        self.send(&serde_json::to_string(message).unwrap()).await;
    }

    pub async fn follow(&mut self, query: &impl LiveQuery, seen: Revision) {
        let key = key(query);
        self.say(&ToServer::Follow { key, seen }).await;
    }

    pub async fn leave(&mut self, query: &impl LiveQuery) {
        let key = key(query);
        self.say(&ToServer::Leave { key }).await;
    }

    /// The next frame.
    async fn frame(&mut self) -> Message {
        let frame = timeout(PATIENCE, self.socket.next()).await;
        let frame = frame.expect("the server says nothing");
        frame.expect("the connection is closed").unwrap()
    }

    /// What stands for the rights of the stream: its first message.
    pub async fn rights(&mut self) -> u32 {
        let frame = self.frame().await;
        match FromServer::read(frame.to_text().unwrap()) {
            Some(FromServer::Rights(digest)) => digest,
            other => panic!("{other:?}"),
        }
    }

    /// The next message, of a query or of the stream itself.
    pub async fn message<A: DeserializeOwned>(&mut self) -> FromServer<A> {
        let Message::Text(text) = self.frame().await else {
            panic!("no text");
        };
        let message = FromServer::read(&text).unwrap_or_else(|| panic!("{text}"));
        message.with_answer().unwrap()
    }

    /// The next message of a query. What is said of the stream comes when it comes: that it is alive after a while, and on a
    /// machine that is busy for seconds that the database is out of reach.
    pub async fn next<A: DeserializeOwned>(&mut self) -> FromServer<A> {
        loop {
            let message = self.message().await;
            if !is_of_stream(&message) {
                return message;
            }
        }
    }

    /// The next message, which is a new answer to [`Tally`].
    pub async fn answer(&mut self) -> (Revision, Counted) {
        match self.next::<Counted>().await {
            FromServer::Answer {
                revision, answer, ..
            } => (revision, answer),
            other => panic!("{other:?}"),
        }
    }

    /// Reads answers until there is one with this many rows.
    pub async fn answer_with(&mut self, rows: i64) -> (Revision, Counted) {
        loop {
            let (revision, answer) = self.answer().await;
            assert!(answer.rows <= rows, "{} of {rows}", answer.rows);
            if answer.rows == rows {
                return (revision, answer);
            }
        }
    }

    /// Makes sure that the server has nothing more to say about any query: it answers in order.
    pub async fn hears_nothing(&mut self) {
        self.send(r#"{"follow":{"key":"no_such_query {}","seen":[]}}"#)
            .await;
        match self.next::<Value>().await {
            FromServer::Refused { key, .. } => assert_eq!(key, "no_such_query {}"),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the server has ended the stream: close code and reason.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Message::Close(frame) => {
                    let frame = frame.unwrap();
                    return (frame.code.into(), frame.reason.to_string());
                }
                Message::Text(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Says the same many times, whether the server still listens or not.
    pub async fn flood(&mut self, times: usize, text: &str) {
        for _ in 0..times {
            if self.socket.send(Message::text(text)).await.is_err() {
                return;
            }
        }
    }

    /// Waits until the server has ended the stream: close code, and how many messages of queries came before.
    pub async fn ended(&mut self) -> (u16, usize) {
        let mut messages = 0;
        loop {
            match self.frame().await {
                Message::Close(frame) => return (frame.unwrap().code.into(), messages),
                Message::Text(text) => {
                    messages +=
                        usize::from(!FromServer::read(&text).is_some_and(|it| is_of_stream(&it)));
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// The same, within two seconds.
    pub async fn closes_in_time(&mut self) -> (u16, String) {
        let closed = timeout(Duration::from_secs(2), self.closed()).await;
        closed.expect("the stream goes on")
    }
}

/// Whether it is said of the stream itself.
fn is_of_stream<A>(message: &FromServer<A>) -> bool {
    matches!(
        message,
        FromServer::Rights(_) | FromServer::Alive | FromServer::Behind(_)
    )
}

/// How a query is called on the wire.
pub fn key<Q: LiveQuery>(query: &Q) -> String {
    format!("{} {}", Q::NAME, serde_json::to_string(query).unwrap())
}
