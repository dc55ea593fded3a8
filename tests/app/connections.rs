//! Limits on the number of connections, and on clients that accept nothing.

use super::{
    hostile::status,
    raw::{self, Raw},
    support::{App, emulator_settings, settings},
};
use authkit_app::{ConnectionLimits, Site};
use std::{fs::File, num::NonZeroUsize, time::Duration};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

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
    let app = App::build(settings, data).await;
    // The emulator would take a place to tell of what happens.
    app.control.set_webhook(None);
    app
}

/// A server whose connections may be idle for so long, and whose clients may take half a second for a head.
async fn with_patience(idle_for: Duration) -> App {
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&data, emulator_settings());
    settings.connections = ConnectionLimits {
        idle_for,
        head_within: Duration::from_millis(500),
        ..ConnectionLimits::default()
    };
    App::build(settings, data).await
}

/// A server that drains for so long, and what asks it to stop.
async fn with_drain(drain_for: Duration) -> (App, impl Fn()) {
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&data, emulator_settings());
    settings.connections.drain_for = drain_for;
    let clock = settings.clock.clone();
    let server = starter::process::server(settings).await.unwrap();
    let stop = server.stopper();
    (App::of(server, clock, data), stop)
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

#[tokio::test]
async fn a_connection_may_be_idle_for_longer_than_a_head_may_take() {
    let app = with_patience(PATIENCE).await;
    let mut raw = connect(&app).await;
    // Silence is what this is about: before the first request, and between two.
    for _ in 0..3 {
        sleep(Duration::from_millis(800)).await;
        assert_eq!(status(&raw.get("/healthz").await), 200);
    }
}

#[tokio::test]
async fn a_head_that_is_not_finished_in_time_ends_the_connection_whatever_came_before() {
    let app = with_patience(Duration::from_secs(3_600)).await;
    let mut raw = connect(&app).await;
    raw.write(b"GET /healthz HTTP/1.1\r\n").await;
    assert_eq!(timeout(PATIENCE, raw.head()).await.unwrap(), "");
    let mut raw = connect(&app).await;
    assert_eq!(status(&raw.get("/healthz").await), 200);
    raw.write(b"GET").await;
    let trickle = async {
        while raw.try_write(b"x").await {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, trickle)
        .await
        .expect("it goes on for ever");
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_the_end() {
    let app = with_patience(Duration::from_millis(600)).await;
    let mut raw = connect(&app).await;
    assert_eq!(status(&raw.get("/healthz").await), 200);
    assert_eq!(timeout(PATIENCE, raw.head()).await.unwrap(), "");
}

#[tokio::test]
async fn a_body_and_an_answer_may_take_longer_than_a_head() {
    let app = with_patience(PATIENCE).await;
    let mut raw = connect(&app).await;
    raw.write(
        b"POST /auth/continue-sign-in HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\n",
    )
    .await;
    for byte in [b"a", b"=", b"1"] {
        sleep(Duration::from_millis(400)).await;
        raw.write(byte).await;
    }
    let head = timeout(PATIENCE, raw.head()).await.unwrap();
    assert!(head.starts_with("HTTP/1.1 "), "{head:?}");
}

#[tokio::test]
async fn a_server_that_drains_says_so_and_serves_on() {
    let (app, stop) = with_drain(Duration::from_secs(3_600)).await;
    let mut kept = connect(&app).await;
    assert_eq!(status(&kept.get("/readyz").await), 200);
    stop();
    let ready = connect(&app).await.get("/readyz").await;
    assert_eq!(status(&ready), 503, "{ready}");
    assert!(ready.contains("connection: close"), "{ready}");
    // It is alive: a supervisor that asks must not kill it.
    assert_eq!(status(&connect(&app).await.get("/healthz").await), 200);
    // Answered, and the connection is not kept.
    let head = kept.get("/auth/session").await;
    assert_eq!(status(&head), 200, "{head}");
    assert!(head.contains("connection: close"), "{head}");
    assert_eq!(kept.get("/healthz").await, "");
    let head = connect(&app).await.get("/auth/session").await;
    assert_eq!(status(&head), 200, "{head}");
}

#[tokio::test]
async fn a_request_that_is_on_its_way_when_the_drain_ends_is_answered() {
    let (app, stop) = with_drain(Duration::from_secs(2)).await;
    let mut kept = connect(&app).await;
    let mut fresh = connect(&app).await;
    assert_eq!(status(&kept.get("/healthz").await), 200);
    stop();
    let address = app.address();
    let address = (address.host_str().unwrap(), address.port().unwrap());
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, refused).await.expect("it listens on");
    for raw in [&mut kept, &mut fresh] {
        let head = raw.get("/auth/session").await;
        assert_eq!(status(&head), 200, "{head}");
        assert!(head.contains("connection: close"), "{head}");
    }
}
