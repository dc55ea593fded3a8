//! How browsers, workers, proxies and checkers of links come to the steps of a sign-in, and where that ends.

use super::support::{ADA, App};
use authkit_app::Settings;
use authkit_emulator::Endpoint;
use reqwest::{Method, StatusCode};

#[tokio::test]
async fn a_navigation_that_a_service_worker_passes_on_is_one() {
    let app = App::start().await;
    let headers = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "empty")];
    for path in ["/sign-in", "/sign-up"] {
        let answer = app.browser().get_with(path, &headers).await;
        assert_eq!(
            answer.location().path(),
            "/user_management/authorize",
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_is_no_navigation_gets_a_sentence_and_uses_nothing_up() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in?return_to=/account").await;
    let callback = browser.enter_password(&page, ADA).await;
    for headers in [
        [("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
        [("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
        [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
        [
            ("sec-fetch-mode", "navigate"),
            ("sec-purpose", "prefetch;prerender"),
        ],
        [("purpose", "prefetch"), ("sec-fetch-dest", "document")],
    ] {
        for url in ["/sign-in", "/sign-up", callback.as_str()] {
            let answer = browser.get_with(url, &headers).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{url} {headers:?}");
            assert!(
                answer.body.starts_with("This address is for"),
                "{}",
                answer.body
            );
            assert_eq!(
                answer.header("cache-control"),
                "private, no-store, no-transform"
            );
        }
    }
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 0);
    assert_eq!(browser.open(callback.as_str()).await.url.path(), "/account");
}

#[tokio::test]
async fn head_answers_what_get_would_and_has_no_effect() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in?return_to=/account").await;
    let callback = browser.enter_password(&page, ADA).await;
    for url in [
        "/",
        "/healthz",
        "/account",
        "/nowhere",
        "/sign-in",
        "/sign-up",
        callback.as_str(),
        "/auth/session",
        "/api/caller",
    ] {
        let got = app.browser().get(url).await;
        let before = browser.cookies.clone();
        let answer = browser.send(Method::HEAD, url, &[], None).await;
        assert_eq!(answer.status, got.status, "{url}");
        assert_eq!(answer.body, "", "{url}");
        assert_eq!(browser.cookies, before, "{url}");
    }
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 0);
    assert_eq!(browser.open(callback.as_str()).await.url.path(), "/account");
}

#[tokio::test]
async fn one_page_has_one_address() {
    let app = App::start().await;
    let mut browser = app.browser();
    for (address, to) in [
        ("/live/", "/live"),
        (
            "/account/organizations/?tab=2",
            "/account/organizations?tab=2",
        ),
        ("/sign-in/?return_to=/live", "/sign-in?return_to=/live"),
        ("/healthz//", "/healthz"),
        ("/nowhere/", "/nowhere"),
    ] {
        let answer = browser.get(address).await;
        assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT, "{address}");
        assert_eq!(answer.header("location"), to, "{address}");
    }
    let posted = browser.post("/sign-out/").await;
    assert_eq!(posted.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(browser.open("/live/?a=1").await.url.path(), "/live");
}

#[tokio::test]
async fn to_ask_whether_somebody_is_signed_in_is_no_error_where_nobody_is() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in?prompt=none&return_to=/live").await;
    assert_eq!((page.url.path(), page.status), ("/live", StatusCode::OK));
    assert!(!browser.is_signed_in().await);
    assert_eq!(browser.attempts(), 0);
}

#[tokio::test]
async fn ten_tabs_opened_one_after_another_all_end_signed_in_in_any_order() {
    let app = App::start().await;
    for order in [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
        [1, 9, 0, 8, 4, 5, 3, 2, 7, 6],
    ] {
        let mut browser = app.browser();
        let mut tabs = Vec::new();
        for tab in 0..10 {
            let link = format!("/sign-in?return_to=/account?tab={tab}");
            tabs.push(browser.open(&link).await);
        }
        for tab in order {
            let callback = browser.enter_password(&tabs[tab], ADA).await;
            let page = browser.open(callback.as_str()).await;
            let ended = (page.url.path(), page.url.query());
            let query = format!("tab={tab}");
            assert_eq!(ended, ("/account", Some(query.as_str())), "{order:?}");
            assert!(browser.is_signed_in().await, "{order:?}, tab {tab}");
        }
    }
}

#[tokio::test]
async fn a_visit_under_another_name_is_led_to_the_public_one_before_anything_starts() {
    let host = App::start().await;
    let https = [("WORKOS_REDIRECT_URI", "https://app.example/callback")];
    // In development no other names are answered.
    let app = App::start_against_with(&host, &https, |settings| Settings {
        production: true,
        ..settings
    })
    .await;
    let asked = async |name: &str, path: &str| {
        let request = app
            .browser()
            .client()
            .get(app.address().join(path).unwrap());
        let request = request.header("host", name);
        request.send().await.unwrap()
    };
    for name in ["www.app.example", "app.example:8443", "10.0.0.7:3000"] {
        let answer = asked(name, "/sign-in?return_to=/live").await;
        assert_eq!(answer.status(), StatusCode::FOUND, "{name}");
        let to = "https://app.example/sign-in?return_to=/live&led_here=1";
        assert_eq!(answer.headers()["location"], to, "{name}");
        assert!(answer.headers().get("set-cookie").is_none(), "{name}");
        // A proxy that changes the name makes no circle of it.
        let answer = asked(name, "/sign-in?return_to=/live&led_here=1").await;
        let location = answer.headers()["location"].to_str().unwrap();
        assert!(
            location.contains("/user_management/authorize"),
            "{location}"
        );
    }
    let answer = asked("app.example", "/sign-in").await;
    let location = answer.headers()["location"].to_str().unwrap();
    assert!(
        location.contains("/user_management/authorize"),
        "{location}"
    );
}
