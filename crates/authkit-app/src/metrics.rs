//! The figures that Prometheus asks this app for, at an address of their own.
//!
//! Called by `Server::build`. What is counted is described by the libraries that count it; docs/metrics.md lists it.

use authkit_leptos::server::{AuthKit, metrics as login};
use authkit_live::server::{Live, metrics as queries};
use authkit_serve::{
    Listeners,
    metrics::{Exporter, Recorder, RecorderError},
};
use authkit_store::metrics as database;

/// Counts from now on, to be asked for there.
pub fn exporter(listeners: Listeners) -> Result<Exporter, RecorderError> {
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
