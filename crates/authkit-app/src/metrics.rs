//! The figures that Prometheus asks this app for, at an address of their own.
//!
//! Called by `Server::build`. What is counted is described by the libraries that count it; docs/metrics.md lists it.

use authkit_leptos::server::{AuthKit, metrics as login};
use authkit_live::server::{Live, metrics as queries};
use authkit_serve::{
    ListenError, Listeners,
    metrics::{Exporter, Recorder, RecorderError},
};
use authkit_store::metrics as database;
use std::net::SocketAddr;

/// Why there can be no exporter.
#[derive(Debug, thiserror::Error)]
pub enum ExporterError {
    /// The address can't be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Nothing can be counted.
    #[error(transparent)]
    Recorder(#[from] RecorderError),
}

/// Counts from now on, and listens.
pub fn exporter(addr: SocketAddr) -> Result<Exporter, ExporterError> {
    let listeners = Listeners::bind(addr)?;
    let recorder = Recorder::install()?;
    login::describe();
    queries::describe();
    database::describe();
    Ok(Exporter::new(listeners, recorder))
}

/// The same exporter, which measures the login and the live queries before each answer.
pub fn of(exporter: Exporter, authkit: &AuthKit, live: &Live) -> Exporter {
    let (authkit, live) = (authkit.clone(), live.clone());
    exporter.gauge(move || {
        let (authkit, live) = (authkit.clone(), live.clone());
        async move {
            live.measure();
            authkit.measure().await;
        }
    })
}

/// Shows them until it is dropped.
pub async fn show(exporter: Exporter) {
    if let Err(error) = exporter.run().await {
        tracing::error!(reason = "metrics_away", %error, "metrics are shown no more");
    }
}
