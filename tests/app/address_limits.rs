//! Limits on the requests of one client address, and which address that is.

use super::support::{ADA, Answer, App, Browser, emulator_settings, settings};
use authkit_app::{AddressLimits, TrustedProxies};
use reqwest::{Method, StatusCode};
use std::num::NonZeroU32;

/// Requests that an address may send at once here.
const BURST: u32 = 6;
/// So many that a slow machine's refill does not let all through.
const FLOOD: u32 = 60;

/// A server behind these proxies.
async fn behind(proxies: &str) -> App {
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&data, emulator_settings());
    settings.addresses = AddressLimits {
        trusted_proxies: TrustedProxies::parse(proxies).unwrap(),
        burst: NonZeroU32::new(BURST).unwrap(),
        per_second: NonZeroU32::MIN,
    };
    let app = App::build(settings, data).await;
    app.control.set_webhook(None);
    app
}

async fn get_from(browser: &mut Browser, address: &str, url: &str) -> Answer {
    let headers = [("x-forwarded-for", address)];
    browser.get_with(url, &headers).await
}

/// Asks until it is told to wait.
async fn flood(app: &App, address: impl Fn(u32) -> String) -> Answer {
    for request in 0..FLOOD {
        let answer = get_from(&mut app.browser(), &address(request), "/sign-in").await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(request >= BURST, "{request}");
            return answer;
        }
        assert_eq!(answer.status, StatusCode::FOUND);
    }
    panic!("all requests were served");
}

#[tokio::test]
async fn a_flood_of_one_address_is_told_to_wait_while_another_address_signs_in() {
    let app = behind("127.0.0.0/8").await;
    let refused = flood(&app, |_| "203.0.113.7".to_owned()).await;
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    assert!(refused.header("content-type").starts_with("text/html"));
    assert_eq!(refused.header("cache-control"), "no-store");
    assert!(refused.body.contains("<h1>Too many requests</h1>"));
    assert!(!refused.body.contains("<script"));

    let mut browser = app.browser();
    let other = "198.51.100.1";
    let answer = get_from(&mut browser, other, "/sign-in").await;
    let page = browser.follow(answer).await;
    let callback = browser.enter_password(&page, ADA).await;
    get_from(&mut browser, other, callback.as_str()).await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn an_ipv6_client_counts_as_its_network() {
    let app = behind("127.0.0.1").await;
    flood(&app, |request| format!("2001:db8::{request}")).await;
    let answer = get_from(&mut app.browser(), "2001:db8:0:1::1", "/sign-in").await;
    assert_eq!(answer.status, StatusCode::FOUND);
}

#[tokio::test]
async fn a_header_of_a_peer_that_is_no_trusted_proxy_is_ignored() {
    for proxies in ["", "10.0.0.0/8"] {
        let app = behind(proxies).await;
        flood(&app, |request| format!("203.0.113.{request}")).await;
    }
}

#[tokio::test]
async fn every_door_to_workos_is_limited_and_pages_are_not() {
    let app = behind("").await;
    for (method, paths) in [
        (
            Method::POST,
            &["/sign-out", "/auth/switch-organization"][..],
        ),
        (Method::GET, &["/sign-in", "/sign-up", "/callback"]),
        (Method::POST, &["/webhooks/workos"]),
        (Method::GET, &["/live/stream"]),
    ] {
        for path in paths {
            let text = [("accept", "*/*")];
            let mut requests = 0;
            let refused = loop {
                let mut browser = app.browser();
                let answer = browser.send(method.clone(), path, &text, None).await;
                if answer.status == StatusCode::TOO_MANY_REQUESTS {
                    break answer;
                }
                requests += 1;
                assert!(requests < FLOOD, "{path}");
            };
            assert!(refused.header("content-type").starts_with("text/plain"));
            assert!(!refused.header("retry-after").is_empty(), "{path}");
        }
    }
    for _ in 0..FLOOD {
        assert_eq!(app.browser().get("/").await.status, StatusCode::OK);
    }
}
