//! App and emulator behind other addresses than they listen on: mapped ports, containers, tunnels.

use super::support::{ADA, ANY_PORT, App, emulator_settings, settings};
use authkit_app::{DevelopmentSettings, PublicUrl, Settings};
use http::{Method, StatusCode};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// A port that is mapped to another one, which comes later.
struct Mapped {
    listener: TcpListener,
    url: String,
}

impl Mapped {
    async fn port() -> Self {
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("http://localhost:{port}");
        Self { listener, url }
    }

    fn public(&self) -> Option<PublicUrl> {
        PublicUrl::parse(&self.url)
    }

    /// Passes on whatever comes, for as long as the set lives.
    fn to(self, addr: SocketAddr, mappings: &mut JoinSet<()>) {
        mappings.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut from, _) = self.listener.accept().await.unwrap();
                connections.spawn(async move {
                    let mut to = TcpStream::connect(addr).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                });
            }
        });
    }
}

/// The port of a URL at this machine.
fn here(url: &str) -> SocketAddr {
    let url: url::Url = url.parse().unwrap();
    (Ipv4Addr::LOCALHOST, url.port().unwrap()).into()
}

#[tokio::test]
async fn a_person_signs_in_and_out_through_mapped_ports_alone() {
    let data = tempfile::tempdir().unwrap();
    let (app_port, emulator_port) = (Mapped::port().await, Mapped::port().await);
    let public = [&app_port, &emulator_port].map(|port| port.url.clone());
    let settings = Settings {
        addr: (Ipv4Addr::UNSPECIFIED, 0).into(),
        development: DevelopmentSettings {
            app_url: app_port.public(),
            emulator_url: emulator_port.public(),
            ..DevelopmentSettings::default()
        },
        ..settings(&data, emulator_settings())
    };
    let clock = settings.clock.clone();
    let server = starter::process::server(settings).await.unwrap();
    let inside = server.emulator().unwrap().base_url().to_owned();
    let app = App::of(server, clock, data);
    let mut mappings = JoinSet::new();
    app_port.to(here(app.address().as_str()), &mut mappings);
    emulator_port.to(here(&inside), &mut mappings);

    // Everything a browser is led to is behind a mapped port.
    let mut browser = app.browser();
    assert_eq!(browser.origin.as_str(), format!("{}/", public[0]));
    let mut answer = browser.get("/account").await;
    let mut origins = Vec::new();
    while answer.status.is_redirection() {
        let to = answer.location();
        origins.push(to.origin().ascii_serialization());
        answer = browser.get(to.as_str()).await;
    }
    assert!(origins.contains(&public[1]), "{origins:?}");
    assert!(origins.iter().all(|it| public.contains(it)), "{origins:?}");
    let callback = browser.enter_password(&answer, ADA).await;
    assert_eq!(callback.origin().ascii_serialization(), public[0]);
    let page = browser.open(callback.as_str()).await;
    assert_eq!((page.status, page.url.path()), (StatusCode::OK, "/account"));
    assert!(page.body.contains(ADA));
    // What goes on between app and emulator goes on inside.
    app.advance(301);
    assert!(browser.is_signed_in().await);

    let answer = browser.post("/sign-out").await;
    assert_eq!(answer.location().origin().ascii_serialization(), public[1]);
    let page = browser.follow(answer).await;
    assert_eq!(page.url.path(), "/signed-out");
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_tunnel_over_https_has_secure_cookies_and_its_name_is_answered() {
    let development = DevelopmentSettings {
        app_url: PublicUrl::parse("https://x-3000.app.github.dev"),
        emulator_url: PublicUrl::parse("https://x-3100.app.github.dev"),
        emulator_listens_to_everyone: true,
        ..DevelopmentSettings::default()
    };
    let data = tempfile::tempdir().unwrap();
    let settings = Settings {
        development,
        ..settings(&data, emulator_settings())
    };
    let server = starter::process::server(settings).await.unwrap();
    assert_eq!(server.origin(), "https://x-3000.app.github.dev");
    let emulator = server.emulator().unwrap();
    let (inside, addr) = (emulator.base_url().to_owned(), server.addr());
    let stop = server.stopper();
    let running = tokio::spawn(server.run());
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let ask = async |method: Method, url: &str, headers: &[(&str, &str)]| {
        let request = headers
            .iter()
            .fold(client.request(method, url), |it, (name, value)| {
                it.header(*name, *value)
            });
        request.send().await.unwrap()
    };
    let sign_in = format!("http://{addr}/sign-in");
    let host = ("host", "x-3000.app.github.dev");
    let answer = ask(Method::GET, &sign_in, &[host]).await;
    let location = answer.headers()["location"].to_str().unwrap();
    assert!(
        location.starts_with("https://x-3100.app.github.dev/user_management/authorize?"),
        "{location}"
    );
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("; Secure"), "{cookie}");

    // The tunnel of a Codespace says localhost in Host, and the name in X-Forwarded-Host.
    let name = ("host", "x-3100.app.github.dev");
    let passed_on = ("x-forwarded-host", "x-3100.app.github.dev");
    let local = ("host", "localhost:3100");
    for headers in [&[name][..], &[local, passed_on]] {
        let answer = ask(Method::GET, &inside, headers).await;
        assert_eq!(answer.status(), StatusCode::OK, "{headers:?}");
        // Whoever comes through it is not this machine.
        let control = format!("{inside}/_emulator");
        let answer = ask(Method::GET, &control, headers).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{headers:?}");
    }
    // A form of its own page passes, of another name it does not.
    for (origin, passes) in [
        ("https://x-3100.app.github.dev", true),
        ("https://evil.example", false),
    ] {
        let form = format!("{inside}/sign-in");
        let headers = [
            local,
            passed_on,
            ("origin", origin),
            ("sec-fetch-site", "same-origin"),
        ];
        let request = headers
            .iter()
            .fold(client.post(&form), |it, (name, value)| {
                it.header(*name, *value)
            });
        let answer = request.form(&[("email", ADA)]).send().await.unwrap();
        let refused = answer.status() == StatusCode::FORBIDDEN;
        assert_eq!(!refused, passes, "{origin}: {}", answer.status());
    }
    stop();
    running.await.unwrap().unwrap();
}
