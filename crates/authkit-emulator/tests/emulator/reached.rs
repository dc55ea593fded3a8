//! Who reaches the emulator: names of this machine, hosts it is told of, and other machines only if it is told
//! in as many words. Its passwords and its API key are public.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use authkit_local::hosts::Hosts;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::emulator::{Config, Emulator, StartError};
use crate::support::{Rig, config, rig, rig_with};

const PATHS: [(Method, &str); 7] = [
    (Method::GET, "/"),
    (Method::GET, "/sign-in"),
    (Method::GET, "/emulator.css"),
    (Method::GET, "/sso/jwks/client_emulator"),
    (Method::GET, "/user_management/users"),
    (Method::POST, "/user_management/redirect_uris"),
    (Method::GET, "/nowhere"),
];

async fn asked(rig: &Rig, method: Method, path: &str, host: &str) -> (StatusCode, String) {
    let request = rig.browser.request(method, rig.url(path));
    let request = request.bearer_auth(rig.emulator.api_key());
    let request = request.json(&json!({ "uri": "https://evil.example/callback" }));
    let answer = request.header("Host", host).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn another_name_for_this_machine_gets_no_answer_at_any_address() {
    let rig = rig().await;
    for (method, path) in PATHS {
        let (status, said) = asked(&rig, method, path, "evil.example:80").await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{path}");
        assert!(said.contains("set DEV_HOSTS=evil.example"), "{said}");
    }
    let (_, list) = asked(
        &rig,
        Method::GET,
        "/user_management/redirect_uris",
        "localhost",
    )
    .await;
    assert!(!list.contains("evil.example"), "{list}");
}

#[tokio::test]
async fn a_host_it_is_told_of_is_answered() {
    let rig = rig_with(Config {
        hosts: Hosts::parse("tunnel.example").unwrap(),
        ..config()
    })
    .await;
    for host in ["tunnel.example", "[::1]:80", "127.0.0.1", "auth.localhost"] {
        let (status, _) = asked(&rig, Method::GET, "/user_management/users", host).await;
        assert_eq!(status, StatusCode::OK, "{host}");
    }
    let (status, _) = asked(&rig, Method::GET, "/_emulator", "tunnel.example").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn it_listens_to_this_machine_only_unless_told_otherwise() {
    for ip in ["0.0.0.0", "::", "192.0.2.2"] {
        let ip: IpAddr = ip.parse().unwrap();
        let config = Config {
            addr: SocketAddr::new(ip, 0),
            ..config()
        };
        let Err(error @ StartError::NotThisMachine(_)) = Emulator::start(config).await else {
            panic!("listens on {ip}");
        };
        let told = error.to_string();
        assert!(told.contains("EMULATOR_LISTENS_TO=everyone"), "{told}");
    }
}

/// An address of this machine that is not loopback; a datagram socket finds it without sending anything.
fn address_in_the_network() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let ip = socket.local_addr().unwrap().ip();
    (!ip.is_loopback()).then_some(ip)
}

#[tokio::test]
async fn control_looks_at_the_peer_and_not_only_at_a_header() {
    let Some(ip) = address_in_the_network() else {
        eprintln!("not looked at: this machine has no address but loopback");
        return;
    };
    let rig = rig_with(Config {
        addr: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        listens_to_everyone: true,
        ..config()
    })
    .await;
    let (_, port) = rig.emulator.base_url().rsplit_once(':').unwrap();
    for (address, status) in [
        (format!("http://127.0.0.1:{port}"), StatusCode::OK),
        (format!("http://{ip}:{port}"), StatusCode::FORBIDDEN),
    ] {
        for request in [
            rig.browser.get(format!("{address}/_emulator")),
            rig.browser
                .post(format!("{address}/_emulator/sign"))
                .json(&json!({ "claims": {} })),
        ] {
            let answer = request.header("Host", "localhost").send().await.unwrap();
            assert_eq!(answer.status(), status, "{address}");
        }
    }
}
