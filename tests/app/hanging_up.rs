//! Clients that hang up while the server works for them, at any moment: no connection to the database comes
//! back with a transaction open, and sessions are still renewed.

use super::{
    postgres,
    process::Process,
    revocation::signature,
    support::{ADA, App, SESSION},
};
use authkit_app::DatabaseSettings;
use futures_util::future::join_all;
use sqlx::{Connection, PgConnection};
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

const SECRET: &str = "whsec_for_the_test";
/// How often each request is made and given up.
const TIMES: u32 = 500;
/// Requests under way at once.
const AT_ONCE: u32 = 10;
/// The longest that a client waits: longer than any of the requests takes on an idle machine.
const LONGEST: Duration = Duration::from_millis(30);
/// One way from the server to its database.
const LATENCY: Duration = Duration::from_millis(1);

/// The address of a proxy in front of this database that takes its time, both ways.
async fn far_away(database: &str) -> String {
    let mut url: Url = database.parse().unwrap();
    let target = (Ipv4Addr::LOCALHOST, url.port().unwrap());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port()))
        .unwrap();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            tokio::spawn(async move {
                let far = TcpStream::connect(target).await.unwrap();
                let ((near_in, near_out), (far_in, far_out)) =
                    (near.into_split(), far.into_split());
                tokio::join!(slowly(near_in, far_out), slowly(far_in, near_out));
            });
        }
    });
    url.into()
}

async fn slowly(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        tokio::time::sleep(LATENCY).await;
        if to.write_all(&bytes[..length]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

/// Sends a request and hangs up after a while, with a reset.
async fn give_up(server: SocketAddr, request: &str, patience: Duration) {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.set_zero_linger().unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(patience, stream.read_to_end(&mut answer)).await;
}

fn request(line: &str, headers: &[(&str, &str)], body: &str) -> String {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = body.len();
    format!("{line} HTTP/1.1\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

#[tokio::test]
async fn hanging_up_at_any_moment_leaves_no_transaction_open() {
    let database = postgres::shared().await.database().await;
    let host = App::start().await;
    let far_away = DatabaseSettings::Postgres(far_away(&database).await.into());
    let app =
        App::start_against_on(&host, &[("WORKOS_WEBHOOK_SECRET", SECRET)], Some(far_away)).await;
    let origin = app.origin.origin().ascii_serialization();
    let host_header = format!("localhost:{}", app.origin.port().unwrap());
    let (mut adding, leaving) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
    let cookie =
        |browser: &super::support::Browser| format!("{SESSION}={}", browser.cookies[SESSION]);
    let (adds, leaves) = (cookie(&adding), cookie(&leaving));
    let mut begins = app.browser();
    let state = begins.get("/sign-in").await.parameter("state").unwrap();
    let attempt = begins.cookie_header();
    let event = r#"{"id":"event_1","event":"user.updated","data":{"id":"user_1","email":"a@example.com","email_verified":true,"created_at":"2025-01-01T00:00:00.000Z","updated_at":"2025-01-01T00:00:00.000Z"}}"#;
    let signed = signature(SECRET, app.clock.now() * 1000, event);
    let base = [("host", host_header.as_str()), ("accept", "text/html")];
    let with = |more: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        let all = base.iter().chain(more);
        all.map(|(name, value)| (*name, (*value).to_owned()))
            .collect()
    };
    let form = ("content-type", "application/x-www-form-urlencoded");
    let requests: Vec<String> = [
        ("GET /sign-in", with(&[]), ""),
        (
            format!("GET /callback?code=nonsense&state={state}").as_str(),
            with(&[("cookie", &attempt)]),
            "",
        ),
        (
            "POST /sign-out",
            with(&[("cookie", &leaves), ("origin", &origin), form]),
            "",
        ),
        (
            "POST /api/add_number",
            with(&[("cookie", &adds), ("origin", &origin), form]),
            "value=7",
        ),
        (
            "POST /webhooks/workos",
            with(&[
                ("workos-signature", &signed),
                ("content-type", "application/json"),
            ]),
            event,
        ),
        (
            "GET /live/stream",
            with(&[
                ("cookie", &adds),
                ("origin", &origin),
                ("connection", "upgrade"),
                ("upgrade", "websocket"),
                ("sec-websocket-version", "13"),
                ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ]),
            "",
        ),
    ]
    .into_iter()
    .map(|(line, headers, body)| {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        request(line, &headers, body)
    })
    .collect();

    let server = app.address().socket_addrs(|| None).unwrap()[0];
    let mut outside = PgConnection::connect(&database).await.unwrap();
    for request in &requests {
        // The patient clients first: their requests would end what an impatient one's has left open.
        for round in (0..TIMES / AT_ONCE).rev() {
            let moments = (0..AT_ONCE).map(|index| LONGEST * (round * AT_ONCE + index) / TIMES);
            join_all(moments.map(|patience| give_up(server, request, patience))).await;
        }
        // Before the next kind of request ends it by chance. What goes on without its client ends by itself.
        let second_passes = sqlx::query("SELECT pg_sleep(1.2)");
        second_passes.execute(&mut outside).await.unwrap();
        let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND state LIKE 'idle in transaction%' \
                    AND state_change < clock_timestamp() - interval '1 second'";
        let open: i64 = sqlx::query_scalar(open)
            .fetch_one(&mut outside)
            .await
            .unwrap();
        let line = request.lines().next().unwrap();
        assert_eq!(open, 0, "transactions that {line} left open");
    }

    // The server is as good as ever, and so is another process with the same database.
    assert!(adding.is_signed_in().await);
    let door = App::start_against(&host, &[]).await;
    door.advance(-400);
    let expired = door.signed_in(ADA).await;
    door.advance(0);
    let process = Process::start(crate::PROGRAM, &door, ("DATABASE_URL", &database)).await;
    assert!(process.browser(&expired).is_signed_in().await);
}
