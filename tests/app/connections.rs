//! Limits on the number of connections, and on clients that accept nothing.

use super::{
    hostile::status,
    raw::{self, Raw},
    support::{App, emulator_settings, settings},
};
use authkit_leptos::server::{ConnectionLimits, Server, Site};
use std::{fs::File, num::NonZeroUsize, time::Duration};
use tokio::time::{sleep, timeout};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// Larger than all buffers between a server and a client, in bytes.
const LARGE: u64 = 256 * 1024 * 1024;

/// A server with so many places, and a large WASM.
async fn with_places(places: usize, stalled_after: Duration) -> App {
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&data, emulator_settings());
    settings.connections = ConnectionLimits {
        all: NonZeroUsize::new(places).unwrap(),
        stalled_after,
        ..ConnectionLimits::default()
    };
    let site = data.path().join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    let wasm = File::create(site.join("pkg/large.wasm")).unwrap();
    wasm.set_len(LARGE).unwrap();
    settings.site = Site::at(site);
    let clock = settings.clock.clone();
    let app = App::of(Server::build(settings).await.unwrap(), clock, data);
    // The emulator would take a place to tell of what happens.
    app.control.set_webhook(None);
    app
}

async fn connect(app: &App) -> Raw {
    raw::send(app, b"").await
}

/// Connects until there is a place.
async fn connect_at_last(app: &App) -> Raw {
    let connecting = async {
        loop {
            let mut raw = connect(app).await;
            let head = raw.get("/healthz").await;
            if head.starts_with("HTTP/1.1 200 ") {
                return raw;
            }
            assert!(head.is_empty() || status(&head) == 503, "{head}");
            sleep(Duration::from_millis(20)).await;
        }
    };
    let connected = timeout(PATIENCE, connecting).await;
    connected.expect("there is no place")
}

#[tokio::test]
async fn one_connection_too_many_is_told_503_at_once_while_those_that_are_in_go_on() {
    let app = with_places(2, PATIENCE).await;
    let mut first = connect_at_last(&app).await;
    let mut second = connect_at_last(&app).await;
    // Told before it has asked for anything.
    let head = connect(&app).await.head().await;
    assert_eq!(status(&head), 503);
    assert!(head.contains("retry-after: 5"), "{head}");
    for _ in 0..3 {
        assert_eq!(status(&first.get("/healthz").await), 200);
        assert_eq!(status(&second.get("/auth/session").await), 200);
        assert_eq!(status(&connect(&app).await.get("/healthz").await), 503);
    }
    drop(second);
    connect_at_last(&app).await;
    assert_eq!(status(&first.get("/healthz").await), 200);
}

#[tokio::test]
async fn a_flood_of_connections_leaves_those_that_are_in_alone() {
    let app = with_places(2, PATIENCE).await;
    let mut first = connect_at_last(&app).await;
    let mut flood = Vec::new();
    for _ in 0..300 {
        flood.push(connect(&app).await);
        assert_eq!(status(&first.get("/healthz").await), 200);
    }
    let head = flood.swap_remove(1).head().await;
    assert_eq!(status(&head), 503, "{head}");
    drop(flood);
    connect_at_last(&app).await;
}

#[tokio::test]
async fn a_slow_reader_of_the_wasm_loses_its_place() {
    let app = with_places(2, Duration::from_millis(500)).await;
    let mut patient = connect_at_last(&app).await;
    let request = b"GET /pkg/large.wasm HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut slow = raw::send(&app, request).await;
    assert_eq!(status(&slow.head().await), 200);
    // Takes nothing from here on. Its place is the only one left.
    assert_eq!(status(&connect(&app).await.head().await), 503);
    connect_at_last(&app).await;
    // One that had nothing to take has kept its own.
    assert_eq!(status(&patient.get("/healthz").await), 200);
    drop(slow);
}
