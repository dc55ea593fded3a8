//! Listening, serving and stopping. Caller: [`Emulator`](super::Emulator).
//! It has its own accept loop because tests need a connection to break without an answer, which a
//! plain `axum::serve` can't do. HTTP/1.1 only; never TLS, never anything but development.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::fault::BreakConnection;
use super::store::StoreError;

/// How long answers in progress may take once the emulator is told to stop.
const GRACE: Duration = Duration::from_secs(2);
/// How often port 0 is tried until the same port is free on IPv4 and IPv6.
const PORT_TRIES: usize = 8;

/// Why an emulator can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens there.
    #[error(
        "port {} is taken: another program (perhaps another development server) listens on {addr}. \
         Stop it, or give the emulator another port",
        addr.port()
    )]
    PortTaken {
        /// Where.
        addr: SocketAddr,
    },
    /// The operating system refuses to listen there.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// Where.
        addr: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// Other machines could reach the emulator.
    #[error(transparent)]
    NotThisMachine(#[from] NotThisMachine),
    /// There is no state to work on.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The runtime stopped meanwhile.
    #[error("interrupted while starting")]
    Interrupted,
}

/// An address at which other machines could reach an emulator that was not told to listen to them.
#[derive(Debug, thiserror::Error)]
#[error(
    "other machines can reach {addr}, and the emulator lets everyone in: its passwords and its API key are public. \
     Use 127.0.0.1, or set EMULATOR_LISTENS_TO=everyone"
)]
pub struct NotThisMachine {
    addr: SocketAddr,
}

impl NotThisMachine {
    /// Refuses addresses that are not loopback.
    ///
    /// # Errors
    /// The refusal.
    pub fn check(addr: SocketAddr, listens_to_everyone: bool) -> Result<(), Self> {
        match listens_to_everyone || addr.ip().is_loopback() {
            true => Ok(()),
            false => Err(Self { addr }),
        }
    }
}

/// The sockets of one emulator: one, or two when `localhost` is meant.
pub struct Listeners {
    sockets: Vec<TcpListener>,
    addr: SocketAddr,
}

/// Listens on `addr`; for 127.0.0.1 also on `::1`, since `localhost` may mean either.
pub async fn bind(addr: SocketAddr) -> Result<Listeners, StartError> {
    let mut taken = addr;
    for _ in 0..PORT_TRIES {
        let socket = listen(addr).await?;
        let bound = socket
            .local_addr()
            .map_err(|source| StartError::Listen { addr, source })?;
        if bound.ip() != IpAddr::from([127, 0, 0, 1]) {
            return Ok(Listeners {
                sockets: vec![socket],
                addr: bound,
            });
        }
        let twin = SocketAddr::from((Ipv6Addr::LOCALHOST, bound.port()));
        match listen(twin).await {
            Ok(second) => {
                return Ok(Listeners {
                    sockets: vec![socket, second],
                    addr: bound,
                });
            }
            Err(StartError::PortTaken { addr }) => taken = addr,
            // A machine without IPv6 has nobody else on [::1] either.
            Err(_) => {
                return Ok(Listeners {
                    sockets: vec![socket],
                    addr: bound,
                });
            }
        }
        if addr.port() != 0 {
            break;
        }
    }
    Err(StartError::PortTaken { addr: taken })
}

async fn listen(addr: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(addr)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => StartError::PortTaken { addr },
            _ => StartError::Listen { addr, source },
        })
}

impl Listeners {
    /// `http://localhost:PORT` where that reaches the emulator, the IP address otherwise.
    pub fn base_url(&self) -> String {
        let ip = self.addr.ip();
        if ip.is_loopback() || ip.is_unspecified() {
            format!("http://localhost:{}", self.addr.port())
        } else {
            format!("http://{}", self.addr)
        }
    }
}

/// The running accept loops. Dropping it stops everything at once.
pub struct Server {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Server {
    /// Serves `router` on each socket.
    pub fn spawn(listeners: Listeners, router: Router) -> Server {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for socket in listeners.sockets {
            tasks.spawn(accept(socket, router.clone(), stopped.clone()));
        }
        Server { stop, tasks }
    }

    /// Lets answers in progress finish for [`GRACE`]; idle connections are closed at once.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        // What is still busy after that is aborted by dropping the tasks.
        let _ = tokio::time::timeout(GRACE, finished).await;
    }
}

async fn accept(socket: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    let stop_seen = stopped.clone();
    loop {
        tokio::select! {
            () = stop_asked(&mut stopped) => break,
            accepted = socket.accept() => match accepted {
                Ok((stream, peer)) => {
                    let router = router.clone();
                    connections.spawn(connection(stream, peer, router, stop_seen.clone()));
                }
                // Out of file descriptors: a pause lets connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    while connections.join_next().await.is_some() {}
}

/// Waits until the emulator is told to stop, or is gone.
async fn stop_asked(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    // Answers are small and written whole; waiting to fill packets only adds latency.
    let _ = stream.set_nodelay(true);
    let asked = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&asked);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        seen.store(true, Ordering::Relaxed);
        answer(router.clone(), request)
    });
    let serving = hyper::server::conn::http1::Builder::new();
    let mut serving = std::pin::pin!(serving.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stop_asked(&mut stopped) => {
            // Browsers open connections ahead of need; hyper would wait for their first request.
            if !asked.load(Ordering::Relaxed) {
                return;
            }
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection to the emulator ended early");
    }
}

/// An error from here makes hyper close the connection without having answered.
async fn answer(
    router: Router,
    request: Request<Incoming>,
) -> Result<axum::response::Response, Arc<io::Error>> {
    use hyper::service::Service;
    let service = hyper_util::service::TowerToHyperService::new(router);
    let response = match service.call(request.map(Body::new)).await {
        Ok(response) => response,
        Err(infallible) => match infallible {},
    };
    if response.extensions().get::<BreakConnection>().is_some() {
        return Err(Arc::new(io::ErrorKind::ConnectionReset.into()));
    }
    Ok(response)
}
