//! Listening, serving and stopping. Caller: [`Emulator`](crate::Emulator). It has its own accept loop because `axum::serve`
//! cannot close a connection without an answer, which tests need. HTTP/1.1 only; never TLS, never outside development.

use std::io;
use std::net::SocketAddr;
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

use crate::bend::fault_layer::BreakConnection;
use crate::state::store::StoreError;
use authkit_local::NotThisMachine;
use authkit_local::listeners::{ListenError, Listeners};

/// How long answers in progress may take after the emulator is told to stop.
const GRACE: Duration = Duration::from_secs(2);

/// Why an emulator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("the emulator: {0}")]
    Listen(#[from] ListenError),
    /// Other machines could reach the emulator.
    #[error(transparent)]
    NotThisMachine(#[from] NotThisMachine),
    /// The state cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The runtime shut down.
    #[error("interrupted while starting")]
    Interrupted,
}

/// The running accept loops. Dropping it stops everything at once.
pub struct Server {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Server {
    /// Serves `router` on each socket.
    pub fn spawn(listeners: Listeners, router: Router) -> Result<Server, StartError> {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let addr = listeners.addr;
        for socket in listeners.sockets {
            let refused = |source| ListenError::Refused { addr, source };
            let socket = TcpListener::from_std(socket).map_err(refused)?;
            tasks.spawn(accept(socket, router.clone(), stopped.clone()));
        }
        Ok(Server { stop, tasks })
    }

    /// Closes idle connections at once and gives answers in progress [`GRACE`] to finish.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        // Dropping the tasks aborts connections that are still busy.
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
                // Out of file descriptors: a pause gives connections time to close.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    while connections.join_next().await.is_some() {}
}

/// Waits until the emulator is told to stop or is dropped.
async fn stop_asked(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    // Answers are small and written whole; waiting to fill packets adds only latency.
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
            // Browsers open connections ahead of time; hyper would wait for their first request.
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

/// Answers a request. An error makes hyper close the connection without an answer.
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
