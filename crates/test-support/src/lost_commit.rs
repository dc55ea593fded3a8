//! PostgreSQL over a network that can be lost at the worst moment: after it has been told to commit, before it has said that
//! it did.
//!
//! Stands between an app and its database. Passes everything until it is told to [`LostCommit::lose`] the next commit.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Notify, Semaphore},
    task::JoinSet,
};
use url::Url;

/// Something between clients and a database. It ends when it is dropped.
pub struct LostCommit {
    pub url: String,
    state: Arc<State>,
    _connections: JoinSet<()>,
}

struct State {
    /// Whether the next commit is to be lost.
    armed: AtomicBool,
    /// A commit was passed on, and its answer will not be.
    told: Notify,
    /// Permits to close a connection whose commit was lost.
    closing: Semaphore,
}

impl LostCommit {
    /// In front of the database with this URL.
    pub async fn before(database: &str) -> Self {
        let mut url: Url = database.parse().unwrap();
        let server = SocketAddr::from(([127, 0, 0, 1], url.port().unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().port();
        url.set_port(Some(here)).unwrap();
        // What is encrypted can't be read here.
        url.set_query(Some("sslmode=disable"));
        let state = Arc::new(State {
            armed: AtomicBool::new(false),
            told: Notify::new(),
            closing: Semaphore::new(0),
        });
        let mut connections = JoinSet::new();
        let shared = Arc::clone(&state);
        connections.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.unwrap();
                clients.spawn(between(client, server, Arc::clone(&shared)));
            }
        });
        Self {
            url: url.into(),
            state,
            _connections: connections,
        }
    }

    /// From now on the next commit is passed on, and nothing that is answered on its connection.
    pub fn lose(&self) {
        self.state.armed.store(true, Ordering::SeqCst);
    }

    /// Waits until the database has been told to commit.
    pub async fn told(&self) {
        self.state.told.notified().await;
    }

    /// Ends the connection whose commit was lost.
    pub fn close(&self) {
        self.state.closing.add_permits(1);
    }
}

/// Until one of the two hangs up.
async fn between(client: TcpStream, server: TcpStream, state: Arc<State>) {
    let (from_client, to_client) = client.into_split();
    let (mut from_server, to_server) = server.into_split();
    let mut to_client = to_client;
    tokio::select! {
        lost = requests(from_client, to_server, &state) => {
            let Ok(halves) = lost else { return };
            // The answer is in the network, for ever.
            state.told.notify_one();
            state.closing.acquire().await.unwrap().forget();
            drop(halves);
        }
        _ = copy(&mut from_server, &mut to_client) => {}
    }
}

/// Passes what the client says, up to a commit that is to be lost.
async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: &State,
) -> io::Result<(OwnedReadHalf, OwnedWriteHalf)> {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut bytes).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let said = &bytes[..length];
        // A message of its own, and short: it comes in one piece.
        let commits = said.windows(6).any(|word| word == b"COMMIT");
        let is_lost = commits && state.armed.swap(false, Ordering::SeqCst);
        to.write_all(said).await?;
        if is_lost {
            return Ok((from, to));
        }
    }
}
