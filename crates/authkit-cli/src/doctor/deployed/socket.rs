//! The WebSocket of live queries: whether a handshake and frames pass what is in front of the app.
//!
//! Without a session: the app opens such a socket for ten seconds, and answers a ping. So whatever is refused, or not
//! answered, was stopped on the way, or the app says why.

use super::{
    super::check::{Check, Name},
    ask::{Deployed, Heard},
};
use futures_util::{SinkExt, StreamExt};
use http::{
    StatusCode,
    header::{
        CONNECTION, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
    },
};
use reqwest::{Response, Upgraded};
use std::time::Duration;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        handshake::{client::generate_key, derive_accept_key},
        protocol::Role,
    },
};

/// The path of live queries in apps that are made from the template.
const STREAM: &str = "/live/stream";
/// How long the answer to a ping may take.
const PATIENCE: Duration = Duration::from_secs(5);
const PING: &[u8] = b"doctor";
/// What the proxy has to do.
const PASS_ON: &str =
    "let the proxy pass Upgrade and Connection on for /live/stream, over HTTP/1.1: docs/proxies.md";

/// Opens a socket and pings.
pub async fn check(app: &Deployed) -> Check {
    let name = Name::AppSocket;
    let key = generate_key();
    let request = app.client().get(app.at(STREAM));
    let request = request
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, &key)
        .header(ORIGIN, app.origin());
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => {
            let error = super::ask::NoAnswer::from(error);
            return name.bad(format!("{STREAM}: {error}"), PASS_ON);
        }
    };
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return refused(answer).await;
    }
    let accepted = answer.headers().get(SEC_WEBSOCKET_ACCEPT);
    if accepted.is_none_or(|it| it.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes()) {
        return name.bad(
            "what answers the handshake is not the app: Sec-WebSocket-Accept is another's",
            PASS_ON,
        );
    }
    let Ok(connection) = answer.upgrade().await else {
        return name.bad("the connection ends with the handshake", PASS_ON);
    };
    let socket = WebSocketStream::from_raw_socket(connection, Role::Client, None).await;
    match tokio::time::timeout(PATIENCE, pong(socket)).await {
        Ok(true) => name.good("a socket opens, and frames pass both ways"),
        Ok(false) => name.bad("the socket is closed as soon as it is used", PASS_ON),
        Err(_) => name.bad(
            format!(
                "a socket opens, and no frame comes back within {} seconds",
                PATIENCE.as_secs()
            ),
            "let the proxy buffer nothing on /live/stream",
        ),
    }
}

/// Whether the app answers a ping.
async fn pong(mut socket: WebSocketStream<Upgraded>) -> bool {
    if socket.send(Message::Ping(PING.into())).await.is_err() {
        return false;
    }
    while let Some(Ok(message)) = socket.next().await {
        if matches!(&message, Message::Pong(payload) if payload == PING) {
            let _ = socket.close(None).await;
            return true;
        }
    }
    false
}

/// What an answer means that is no socket.
async fn refused(answer: Response) -> Check {
    let name = Name::AppSocket;
    let said = match Heard::read(answer).await {
        Ok(heard) => heard,
        Err(error) => return name.bad(format!("{STREAM}: {error}"), PASS_ON),
    };
    let quoted = said.quoted();
    match said.status {
        StatusCode::UPGRADE_REQUIRED | StatusCode::BAD_REQUEST => name.bad(
            format!("the request for a socket arrives as a plain one: {quoted}"),
            PASS_ON,
        ),
        StatusCode::FORBIDDEN => name.bad(
            format!("the socket is refused: {quoted}"),
            "write the app's public address in WORKOS_REDIRECT_URI, and let the proxy pass Host and Origin on",
        ),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            name.skipped(format!("could not be found out: {quoted}"))
        }
        _ => name.bad(format!("no socket opens: {quoted}"), PASS_ON),
    }
}
