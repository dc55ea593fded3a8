//! Requests byte by byte, as no browser and no HTTP library would send them.

use super::support::App;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection of one's own.
pub struct Raw(TcpStream);

/// Connects and sends these bytes.
pub async fn send(app: &App, bytes: &[u8]) -> Raw {
    let address = app.address();
    let address = (address.host_str().unwrap(), address.port().unwrap());
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A server that has seen enough may have hung up before all is sent.
    let _ = stream.write_all(bytes).await;
    Raw(stream)
}

/// The head of the answer to a request with this first line, these header lines and no body.
pub async fn ask(app: &App, first_line: &str, headers: &str) -> String {
    let request = format!("{first_line}\r\nhost: localhost\r\n{headers}\r\n");
    send(app, request.as_bytes()).await.head().await
}

/// The whole answer to the same.
pub async fn answer(app: &App, first_line: &str, headers: &str) -> String {
    let request = format!("{first_line}\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
    let mut answer = Vec::new();
    let mut stream = send(app, request.as_bytes()).await.0;
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

impl Raw {
    /// Sends these bytes.
    pub async fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Sends these bytes; false when the server has hung up.
    pub async fn try_write(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// What comes up to the end of the headers, or of the connection.
    pub async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match self.0.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        String::from_utf8(head).unwrap()
    }

    /// The head of the answer to one more request on this connection, read to the end of its short body.
    pub async fn get(&mut self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        // A server that has no place may have hung up.
        let _ = self.0.write_all(request.as_bytes()).await;
        let head = self.head().await;
        let length = head.split("content-length: ").nth(1);
        let length = length.and_then(|rest| rest.lines().next()?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        let _ = self.0.read_exact(&mut body).await;
        head
    }
}
