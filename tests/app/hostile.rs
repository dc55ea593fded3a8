//! Requests that no browser sends: none leads to a 500 or a panic.

use super::{raw, support::App};
use reqwest::Method;

/// The status in an answer's head.
#[track_caller]
pub fn status(head: &str) -> u16 {
    let status = head.split(' ').nth(1);
    let status = status.and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("no answer: {head:?}"))
}

#[tokio::test]
async fn a_target_without_a_path_such_as_get_localhost_4310_is_a_400() {
    let app = App::start().await;
    for target in [
        "GET localhost:4310 HTTP/1.1",
        "CONNECT localhost:4310 HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET http://localhost:4310/account HTTP/1.1",
    ] {
        let head = raw::ask(&app, target, "").await;
        assert_eq!(status(&head), 400, "{target}: {head}");
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
        assert!(head.contains("x-request-id: "), "{head}");
    }
}

#[tokio::test]
async fn a_path_of_8000_bytes_is_a_414() {
    let app = App::start().await;
    let long = "a".repeat(8_000);
    let escaped = "%41".repeat(3_000);
    let name = "a".repeat(250);
    for path in [&long, &escaped, &name, &format!("pkg/{name}")] {
        for method in ["GET", "HEAD", "POST"] {
            let head = raw::ask(&app, &format!("{method} /{path} HTTP/1.1"), "").await;
            assert_eq!(status(&head), 414, "{method} /{path}");
        }
    }
    // Not too long is not found.
    let head = raw::ask(&app, &format!("GET /{} HTTP/1.1", &name[..240]), "").await;
    assert_eq!(status(&head), 404, "{head}");
    let head = raw::ask(&app, &format!("GET /pkg/{} HTTP/1.1", &name[..240]), "").await;
    assert_eq!(status(&head), 404, "{head}");
}

#[tokio::test]
async fn head_of_a_path_with_a_zero_byte_is_a_400() {
    let app = App::start().await;
    for target in ["HEAD /%00", "GET /%00", "HEAD /pkg/a%00.wasm"] {
        let head = raw::ask(&app, &format!("{target} HTTP/1.1"), "").await;
        assert_eq!(status(&head), 400, "{target}: {head}");
    }
}

#[tokio::test]
async fn live_with_an_error_in_its_query_that_can_not_be_read_is_the_page_all_the_same() {
    let app = App::start().await;
    for error in ["%ff", "AAAA", "//", "eyJhdXRoIjoiSW50ZXJuYWwifQ=="] {
        for accept in ["", "accept: text/html\r\n", "accept: application/json\r\n"] {
            let line = format!("GET /live?__err={error} HTTP/1.1");
            let head = raw::ask(&app, &line, accept).await;
            assert_eq!(status(&head), 200, "{error} {accept}: {head}");
        }
    }
}

#[tokio::test]
async fn a_form_that_is_not_text_is_a_400() {
    let app = App::start().await;
    for path in ["/sign-out", "/auth/access-token", "/api/add_number"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: 7\r\n\r\n"
        );
        let request = [head.as_bytes(), b"value=\xff"].concat();
        let head = raw::send(&app, &request).await.head().await;
        assert_eq!(status(&head), 400, "{path}: {head}");
    }
}

#[tokio::test]
async fn a_form_that_grows_too_long_on_the_way_is_no_error_of_the_server() {
    let app = App::start().await;
    let head = "POST /api/add_number HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\
                content-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n";
    let body = format!("18000\r\n{}\r\n0\r\n\r\n", "a".repeat(0x18000));
    let head = raw::send(&app, format!("{head}{body}").as_bytes())
        .await
        .head()
        .await;
    assert!((400..500).contains(&status(&head)), "{head}");
}

#[tokio::test]
async fn cookies_of_227_kb_are_a_431() {
    let app = App::start().await;
    let many = format!("cookie: {}\r\n", "a=b; ".repeat(45_000));
    let long = format!("cookie: a={}\r\n", "b".repeat(227_000));
    let few_bytes = format!("cookie: {}\r\n", "a=b; ".repeat(1_000));
    for headers in [&many, &long, &few_bytes] {
        for path in ["/healthz", "/auth/session", "/"] {
            let head = raw::ask(&app, &format!("GET {path} HTTP/1.1"), headers).await;
            assert_eq!(status(&head), 431, "{} to {path}", headers.len());
        }
    }
    // As long as a session can get.
    let cookies: Vec<_> = (0..16)
        .map(|index| format!("other.{index}={}", "A".repeat(3_800)))
        .collect();
    let cookies = format!("cookie: {}\r\n", cookies.join("; "));
    let head = raw::ask(&app, "GET /auth/session HTTP/1.1", &cookies).await;
    assert_eq!(status(&head), 200, "{head}");
}

#[tokio::test]
async fn a_method_that_is_not_served_is_no_error_of_the_server() {
    let app = App::start().await;
    for method in ["OPTIONS", "PUT", "TRACE", "PATCH", "DELETE"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        for path in ["/", "/live", "/auth/session", "/pkg/a", "/nowhere", "/api"] {
            let head = raw::ask(&app, &format!("{method} {path} HTTP/1.1"), "").await;
            assert!(
                (400..500).contains(&status(&head)),
                "{method} {path}: {head}"
            );
        }
    }
}
