//! [`Server`]: an app that listens, until it is told to stop.
//!
//! Called by an app's `main` and by its tests, which start the same. Stops in three steps: drains, closes what is
//! upgraded, finishes what is under way.

use crate::{
    accept::{self, Ending},
    connections::ConnectionLimits,
    drain::Drain,
};
use authkit_local::listeners::Listeners;
use axum::Router;
use std::{io, net::SocketAddr};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// An app that listens, and serves once it [`run`](Self::run)s.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use authkit_serve::{ConnectionLimits, Listeners, Server, health};
/// use axum::Router;
///
/// let listeners = Listeners::bind("127.0.0.1:0".parse()?)?;
/// let server = Server::new(listeners, Router::new().merge(health()), ConnectionLimits::default());
/// let (url, stop) = (format!("http://{}/healthz", server.addr()), server.stopper());
/// let running = tokio::spawn(server.run(std::future::ready(())));
///
/// assert_eq!(reqwest::get(url).await?.text().await?, "ok");
/// stop();
/// running.await??;
/// # Ok(())
/// # }
/// ```
pub struct Server {
    listeners: Listeners,
    router: Router,
    limits: ConnectionLimits,
    /// Cancelled when the server is asked to stop.
    leaving: CancellationToken,
}

impl Server {
    /// A server of this app. Clients can connect from now on; they are answered once it runs.
    #[must_use]
    pub fn new(listeners: Listeners, router: Router, limits: ConnectionLimits) -> Self {
        Self {
            listeners,
            router,
            limits,
            leaving: CancellationToken::new(),
        }
    }

    /// The address the server listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.listeners.addr
    }

    /// A function that ends [`run`](Self::run). The server first drains, for
    /// [`drain_for`](ConnectionLimits::drain_for); then new connections are refused, and requests in flight have ten
    /// seconds.
    pub fn stopper(&self) -> impl Fn() + Send + Sync + 'static + use<> {
        let leaving = self.leaving.clone();
        move || leaving.cancel()
    }

    /// Serves until stopped. `close` ends what outlives a request, such as a `WebSocket`: it is called once the server has
    /// drained, and waited for.
    ///
    /// # Errors
    /// When the listener breaks.
    pub async fn run(self, close: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let leaving = self.leaving;
        let stopping = CancellationToken::new();
        let stopped = stopping.clone();
        let ending = Ending {
            drain: Drain(leaving.clone()),
            stopping: stopping.clone(),
        };
        let closing = tokio::spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                () = leaving.cancelled() => sleep(self.limits.drain_for).await,
            }
            stopped.cancel();
            close.await;
        });
        let served = accept::serve(self.listeners.sockets, self.router, self.limits, ending).await;
        stopping.cancel();
        // Streams send their pages a last message before the process ends.
        let _ = closing.await;
        served
    }
}

/// Resolves when the process is asked to stop: Ctrl-C, or SIGTERM on Unix.
pub async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}
