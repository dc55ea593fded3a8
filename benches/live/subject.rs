//! The server as it is deployed, with its emulator, on an SQLite file of its own. Obeys two orders: `write`
//! adds a number and answers with its revision and the moment of the commit; `runs` answers how often live
//! queries were run.

use super::{child, latency::now};
use authkit_app::{
    AddressLimits, AuthKitSettings, ConnectionLimits, DatabaseSettings, DevelopmentSettings,
    EmulatorSettings, Keep, Settings, Site,
};
use authkit_emulator::SEEDED_PASSWORD;
use authkit_leptos::server::{BearerTokens, config::FrameAncestors, core::clock::Clock};
use authkit_live::Written;
use reqwest::cookie::{CookieStore, Jar};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use url::Url;

const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const USER: &str = "ada@example.com";
/// Enough for all who follow: each session may have 256 streams.
const SESSIONS: usize = 48;

/// Enough for all who follow.
const CONNECTIONS: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();
/// All streams come from one address, several times over.
const REQUESTS: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();

/// Serves until its standard input ends.
pub async fn serve() {
    let data = tempfile::tempdir().expect("a folder for the database");
    let server = starter::process::server(Settings {
        addr: ANY_PORT,
        site: Site::at(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("public")),
        database: DatabaseSettings::Sqlite(data.path().join("app.db")),
        database_wait: Duration::ZERO,
        audit: Keep::default(),
        metrics: None,
        production: false,
        authkit: AuthKitSettings::Emulator(EmulatorSettings {
            addr: ANY_PORT,
            state_dir: None,
        }),
        providers: Vec::new(),
        bearer_tokens: BearerTokens::default(),
        frame_ancestors: FrameAncestors::default(),
        connections: ConnectionLimits {
            all: CONNECTIONS,
            ..ConnectionLimits::default()
        },
        development: DevelopmentSettings::default(),
        allowed_domains: None,
        addresses: AddressLimits {
            burst: REQUESTS,
            ..AddressLimits::default()
        },
        clock: Clock::default(),
    });
    let server = server.await.expect("a server with these settings");
    let origin: Url = server.origin().parse().expect("an origin is a URL");
    let live = server.live().clone();
    let user = {
        let control = server.emulator().expect("it is asked for").control();
        control.user_id(USER).expect("it is seeded")
    };
    tokio::spawn(server.run());
    let mut greeting = origin.to_string();
    for _ in 0..SESSIONS {
        greeting = format!("{greeting} {}", sign_in(&origin).await);
    }
    println!("{greeting}");

    while let Some(order) = child::order().await {
        match order.as_str() {
            "runs" => println!("{}", live.runs()),
            _ => {
                let mut write = live.write().await.expect("a transaction");
                sqlx::query(
                    "INSERT INTO numbers (id, value, added_by, added_at) VALUES ($1, 7, $2, 0)",
                )
                .bind(ulid::Ulid::new().to_string())
                .bind(&user)
                .execute(&mut *write)
                .await
                .expect("a number");
                write.changed("numbers");
                let Written(revision) = write.commit().await.expect("a commit");
                println!("{} {}", revision.0[0].1, now());
            }
        }
    }
}

/// Signs in as a person would, and adds a first number, so that the user has a row. The cookie.
async fn sign_in(origin: &Url) -> String {
    let jar = Arc::new(Jar::default());
    let client = reqwest::Client::builder()
        .cookie_provider(Arc::clone(&jar))
        .no_proxy()
        .build()
        .expect("a client");
    let at = |path: &str| origin.join(path).expect("a path");
    let page = client.get(at("/sign-in")).send().await.expect("a page");
    let mut form = page.url().clone();
    form.set_path("/sign-in");
    let home = client
        .post(form.clone())
        .header("origin", form.origin().ascii_serialization())
        .form(&[("email", USER), ("password", SEEDED_PASSWORD)])
        .send()
        .await
        .expect("signed in");
    assert!(home.status().is_success(), "{}", home.status());
    let added = client
        .post(at("/api/add_number"))
        .header("accept", "application/json")
        .form(&[("value", "1")])
        .send()
        .await
        .expect("an answer");
    assert!(added.status().is_success(), "{}", added.status());
    let cookies = jar.cookies(origin).expect("a session");
    // One word for the greeting.
    cookies.to_str().expect("ASCII").replace("; ", ";")
}
