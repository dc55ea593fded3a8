//! The accept loop: HTTP/1.1 connections with upgrades, and with limits on their number and on clients that send or
//! accept nothing.
//!
//! HTTP/2 is the business of the proxy that ends TLS. Not `axum_server`, nor hyper-util's connections that
//! speak both: of those that can be upgraded, one that sends nothing falls under no timeout. Nor `axum::serve` 0.8, which
//! sets hyper's connections no timer, so that no timeout of theirs counts (axum#3478 does, for 0.9).

use crate::{
    client_address::Peer,
    connections::{ConnectionLimits, Connections},
    drain::{Asked, Drain},
    head_deadline::{HeadDeadline, Serving},
    refusal::Refusals,
    socket::Socket,
};
use axum::Router;
use futures_util::future::join_all;
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{
    io, iter,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long requests in flight may take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(10);
/// Connections taken out of the system's queue at the end, at most: the queue is not longer.
const BACKLOG: usize = 4_096;
/// How long a drained server waits for one more request per connection.
const LAST_REQUEST: Duration = Duration::from_secs(2);
/// Longest head that is read, in bytes: the longest session cookie has some 60 kB.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// How long to wait when no connection can be accepted: there are too many.
const PAUSE: Duration = Duration::from_millis(50);

/// How a server ends.
#[derive(Clone)]
pub struct Ending {
    /// What it says before.
    pub drain: Drain,
    /// Set when it stops accepting connections.
    pub stopping: CancellationToken,
}

/// Serves until the server ends; after that, requests under way have ten seconds. What has been upgraded is no
/// request any more.
///
/// # Errors
/// When the socket can't be used.
pub async fn serve(
    sockets: Vec<std::net::TcpListener>,
    router: Router,
    limits: ConnectionLimits,
    ending: Ending,
) -> io::Result<()> {
    let sockets = sockets.into_iter().map(TcpListener::from_std);
    let sockets = sockets.collect::<io::Result<Vec<_>>>()?;
    let open = Arc::new(Connections::new(limits));
    let refusals = Refusals::new();
    let accepting = sockets.into_iter().map(|socket| {
        let (router, ending) = (router.clone(), ending.clone());
        accept(socket, &open, &refusals, router, limits, ending)
    });
    join_all(accepting).await;
    Ok(())
}

/// Serves what one socket accepts.
async fn accept(
    listener: TcpListener,
    open: &Arc<Connections>,
    refusals: &Refusals,
    router: Router,
    limits: ConnectionLimits,
    ending: Ending,
) {
    let mut connections = JoinSet::new();
    let admit = |connections: &mut JoinSet<()>, stream: TcpStream, peer: SocketAddr| {
        match open.admit(peer.ip()) {
            Ok(permit) => {
                // Answers are written whole; waiting to fill packets only adds latency.
                let _ = stream.set_nodelay(true);
                let serving = Serving::default();
                let head = HeadDeadline::new(limits.head_within, serving.clone());
                let client = Client {
                    socket: Socket::new(stream, permit, limits.stalled_after, head),
                    peer: Peer(peer.ip()),
                    serving,
                    limits,
                };
                let (router, ending) = (router.clone(), ending.clone());
                connections.spawn(connection(client, router, ending));
            }
            Err(limit) => {
                connections.spawn(refusals.refuse(stream, limit));
            }
        }
    };
    loop {
        tokio::select! {
            () = ending.stopping.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => admit(&mut connections, stream, peer),
                Err(error) => {
                    tracing::warn!(reason = "accept", %error, "a connection was not accepted");
                    sleep(PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    // Connections in the system's queue would be reset, with a request in them. The listener is asked directly: the
    // runtime may not have been woken for them yet.
    if let Ok(listener) = listener.into_std() {
        let accepted = iter::from_fn(|| listener.accept().ok());
        for (stream, peer) in accepted.take(BACKLOG) {
            if stream.set_nonblocking(true).is_ok()
                && let Ok(stream) = TcpStream::from_std(stream)
            {
                admit(&mut connections, stream, peer);
            }
        }
    }
    let finished = async { while connections.join_next().await.is_some() {} };
    // Connections that are not finished by then are dropped.
    let _ = timeout(GRACE, finished).await;
}

/// A connection that was accepted.
struct Client {
    socket: Socket,
    peer: Peer,
    serving: Serving,
    limits: ConnectionLimits,
}

async fn connection(client: Client, router: Router, ending: Ending) {
    let Ending { drain, stopping } = ending;
    let Client {
        socket,
        peer,
        serving: turns,
        limits,
    } = client;
    let asked = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&asked);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        seen.store(true, Ordering::Relaxed);
        turns.begin();
        let (turns, drain) = (turns.clone(), drain.clone());
        let (asked, answer) = (Asked::at(request.uri().path()), router.call(request));
        async move {
            let answer = answer.await;
            answer.map(|answer| turns.until_sent(drain.announce(asked, answer)))
        }
    });
    let mut serving = http1::Builder::new();
    serving
        .timer(TokioTimer::new())
        // Also limits the time between two requests. From the first byte of a head on the socket has its own deadline.
        .header_read_timeout(limits.idle_for)
        .max_buf_size(MAX_HEADER_BYTES);
    let serving = serving.serve_connection(TokioIo::new(socket), service);
    let mut serving = pin!(serving.with_upgrades());
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stopping.cancelled() => {
            // A proxy that has not noticed the drain may have a request in flight.
            let last = limits.drain_for.min(LAST_REQUEST);
            match timeout(last, serving.as_mut()).await {
                Ok(ended) => ended,
                // Browsers open connections ahead of need; hyper would wait for their first request.
                Err(_) if !asked.load(Ordering::Relaxed) => return,
                Err(_) => {
                    serving.as_mut().graceful_shutdown();
                    serving.await
                }
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
