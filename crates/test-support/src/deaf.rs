//! PostgreSQL as through a pooler in transaction mode that keeps up with prepared statements: everything comes through,
//! but no notification does.

use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
};
use url::Url;

/// The type of a message from PostgreSQL that brings a notification (PostgreSQL's protocol, "Message Formats").
const NOTIFICATION: u8 = b'A';

/// Something between clients and a database. It ends when it is dropped.
pub struct Deaf {
    pub url: String,
    _connections: JoinSet<()>,
}

impl Deaf {
    /// In front of the database with this URL.
    pub async fn before(database: &str) -> Self {
        let mut url: Url = database.parse().unwrap();
        let port = url.port().unwrap();
        let server = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().port();
        url.set_port(Some(here)).unwrap();
        // The answer to a client that asks for TLS is no message.
        url.set_query(Some("sslmode=disable"));
        let mut connections = JoinSet::new();
        connections.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.unwrap();
                clients.spawn(between(client, server));
            }
        });
        Self {
            url: url.into(),
            _connections: connections,
        }
    }
}

/// Until one of the two hangs up.
async fn between(client: TcpStream, server: TcpStream) {
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    tokio::select! {
        _ = copy(&mut from_client, &mut to_server) => {}
        _ = answers(from_server, to_client) => {}
    }
}

/// A message is its type, its length without the type, and what it says.
async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> std::io::Result<()> {
    loop {
        let mut head = [0; 5];
        from.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let mut body = vec![0; usize::try_from(length).unwrap() - 4];
        from.read_exact(&mut body).await?;
        if head[0] != NOTIFICATION {
            to.write_all(&head).await?;
            to.write_all(&body).await?;
        }
    }
}
