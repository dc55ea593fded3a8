//! Those who watch: each has a connection of its own, and notes when which answer arrived.

use super::latency::now;
use authkit_live::{FromServer, LiveQuery, Revision, STREAM, ToServer};
use futures_util::{SinkExt, StreamExt};
use starter::numbers::model::ListNumbers;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::mpsc::UnboundedSender,
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        client::IntoClientRequest,
        http::HeaderValue,
        protocol::{Message, WebSocketConfig},
    },
};
use url::Url;

/// How many messages of subscribers have arrived: to know when all are there.
pub type Arrived = Arc<AtomicU64>;

/// An answer that arrived: which one, and when.
pub struct Arrival {
    /// The change that the answer has: the count of its first topic, or the number of the event.
    pub number: u64,
    /// Microseconds since the epoch.
    pub at: u64,
}

/// Follows the list of numbers over the app's stream, as a page does, in one of its sessions. Connected when
/// this returns.
pub async fn follow(
    greeting: &[String],
    nth: u64,
    arrived: &Arrived,
    arrivals: UnboundedSender<Arrival>,
) {
    let mut stream = connect(greeting, nth).await;
    let (arrived, key) = (Arc::clone(arrived), key());
    let follow = ToServer::Follow {
        key,
        seen: Revision::default(),
    };
    let follow = serde_json::to_string(&follow).expect("JSON");
    let sent = stream.send(Message::text(follow)).await;
    sent.expect("the server listens");
    tokio::spawn(async move {
        while let Some(Ok(message)) = stream.next().await {
            let at = now();
            let Message::Text(text) = message else {
                continue;
            };
            let Some(number) = revision_of(&text) else {
                continue;
            };
            arrived.fetch_add(1, Ordering::Relaxed);
            // The bench may be over.
            let _ = arrivals.send(Arrival { number, at });
        }
    });
}

/// The key of the query that all of them follow.
fn key() -> String {
    let arguments = serde_json::to_string(&ListNumbers::default()).expect("JSON");
    format!("{} {arguments}", ListNumbers::NAME)
}

async fn connect(greeting: &[String], nth: u64) -> WebSocketStream<TcpStream> {
    let (origin, cookies) = greeting.split_first().expect("a greeting");
    let cookie = &cookies[nth as usize % cookies.len()];
    let origin: Url = origin.parse().expect("an origin");
    let port = origin.port().expect("a port of its own");
    let url = format!("ws://localhost:{port}{STREAM}");
    let mut request = url.into_client_request().expect("a request");
    let headers = request.headers_mut();
    let header = |value: &str| HeaderValue::from_str(value).expect("a header");
    headers.insert("cookie", header(&cookie.replace(';', "; ")));
    headers.insert("origin", header(&origin.origin().ascii_serialization()));
    let socket = TcpStream::connect(("127.0.0.1", port)).await;
    let socket = socket.expect("the server listens");
    // Ten thousand of the usual buffers would fill the machine.
    let small = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0);
    let opened = client_async_with_config(request, socket, Some(small)).await;
    opened.expect("the stream is there").0
}

/// The count of the numbers in an answer.
fn revision_of(text: &str) -> Option<u64> {
    let FromServer::Answer { revision, .. } = FromServer::read(text)? else {
        return None;
    };
    let mut topics = revision.0.iter();
    topics.find_map(|(topic, count)| (topic == "numbers").then_some(*count))
}

/// Listens to the baseline's events, with the least that can be done for it. Connected when this returns.
pub async fn listen(greeting: &[String], arrived: &Arrived, arrivals: UnboundedSender<Arrival>) {
    let socket = TcpStream::connect(&greeting[0]).await;
    let mut socket = BufReader::new(socket.expect("the server listens"));
    let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", greeting[0]);
    let sent = socket.write_all(request.as_bytes()).await;
    sent.expect("the server listens");
    let mut line = String::new();
    // The end of the headers.
    while line != "\r\n" {
        line.clear();
        let read = socket.read_line(&mut line).await;
        read.expect("the server answers");
    }
    let arrived = Arc::clone(arrived);
    tokio::spawn(async move {
        loop {
            line.clear();
            if socket.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let at = now();
            // Other lines are the framing of chunks, and the empty ones between events.
            let number = line
                .strip_prefix("data: ")
                .and_then(|data| data.split_once(' '));
            if let Some(number) = number.and_then(|(number, _)| number.parse().ok()) {
                arrived.fetch_add(1, Ordering::Relaxed);
                let _ = arrivals.send(Arrival { number, at });
            }
        }
    });
}
