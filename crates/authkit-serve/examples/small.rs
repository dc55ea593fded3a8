//! A whole server: a page, its limits, its log, and a clean end.

use authkit_serve::{
    AddressLimiter, AddressLimits, ConnectionLimits, Layers, Listeners, Server, health,
    settings::listen, stop_signal, telemetry,
};
use axum::{Router, routing::get};
use std::{env, error::Error, future::ready};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = telemetry::init();
    let variable = |name: &str| env::var(name).ok();
    let limiter = AddressLimiter::new(AddressLimits::read(variable)?).count(|_, path| path == "/");
    let routes = Router::new()
        .route("/", get(|| async { "Hello" }))
        .merge(health());
    let server = Server::new(
        Listeners::bind(listen(variable)?)?,
        Layers::new(limiter).around(routes),
        ConnectionLimits::read(variable)?,
    );
    tracing::info!("listening on {}", server.addr());
    let stop = server.stopper();
    tokio::spawn(async move {
        stop_signal().await;
        stop();
    });
    server.run(ready(())).await?;
    Ok(())
}
