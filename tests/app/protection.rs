//! Who may see what of the app, by path: what the route table says is what strangers, members and administrators meet.

use super::{
    command,
    hostile::status,
    raw,
    support::{ADA, App, GRACE},
};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use starter::features::features;

const DOCUMENT: [(&str, &str); 2] = [
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];

#[tokio::test]
async fn what_the_command_lists_is_what_a_stranger_meets() {
    let said = command::run(&["routes", "--json"], &[], "").await;
    assert_eq!(said.status, 0, "{said:?}");
    let app = App::start().await;
    let mut protected = Vec::new();
    for line in said.out.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let (route, access) = (text("route"), text("access"));
        assert_ne!(route, "", "a pattern that is for no route: {line}");
        let answer = app.browser().get_with(&route, &DOCUMENT).await;
        let is_turned_away = answer.header("x-authkit-reason") == "signed_out";
        let is_protected = !["open", "public"].contains(&access.as_str());
        assert_eq!(is_turned_away, is_protected, "{route} is {access}");
        // Who may see a feature's pages is said in its folder.
        if is_protected && features().links().all(|link| link.to != route) {
            protected.push(format!("{route} {access}"));
        }
    }
    assert_eq!(
        protected,
        [
            "/account protected",
            "/account/organizations protected",
            "/admin guard HasRole<Admin>"
        ]
    );
    let said = command::run(&["routes"], &[], "").await;
    assert!(
        said.out.contains("Not listed") && !said.out.contains("warning"),
        "{said:?}"
    );
}

#[tokio::test]
async fn the_page_for_administrators_is_theirs_and_others_see_why_at_its_address() {
    let app = App::start().await;
    let page = app.browser().sign_in("/admin", ADA).await;
    assert_eq!((page.status, page.url.path()), (StatusCode::OK, "/admin"));
    for listed in [
        "/account/organizations",
        "HasRole&lt;Admin&gt;",
        "/live/stream",
    ] {
        assert!(page.body.contains(listed), "no {listed} in {}", page.body);
    }
    let page = app.browser().sign_in("/admin", GRACE).await;
    assert_eq!((page.status.as_u16(), page.url.path()), (403, "/admin"));
    assert_eq!(page.header("x-authkit-reason"), "forbidden");
    for said in [
        "You may not see this page",
        "Grace Hopper",
        "<code>forbidden</code>",
    ] {
        assert!(page.body.contains(said), "no {said} in {}", page.body);
    }
    assert!(!page.body.contains("HasRole"), "{}", page.body);
    assert!(page.headers.contains_key("content-security-policy"));
    // The link is for who may follow it.
    let account = app.signed_in(ADA).await.get("/account").await;
    assert!(account.body.contains("href=\"/admin\""));
    let account = app.signed_in(GRACE).await.get("/account").await;
    assert!(!account.body.contains("href=\"/admin\""));
}

/// Leptos's router resolves a path before it compares it, and axum's does not.
#[tokio::test]
async fn no_other_writing_of_an_address_shows_a_protected_page() {
    let app = App::start().await;
    let mut grace = app.signed_in(GRACE).await;
    for path in [
        "/x/%2e%2e/admin",
        "/live/%2E%2E/admin",
        "/x%5c..%5cadmin",
        "/%61dmin",
        "//admin",
        "/./admin",
        "/live/%2e%2e/account",
    ] {
        // Byte by byte: a client would resolve it, too.
        let line = format!("GET {path} HTTP/1.1");
        for cookie in ["a=b", &grace.cookie_header()] {
            let headers = format!("accept: text/html\r\ncookie: {cookie}\r\n");
            let answer = raw::answer(&app, &line, &headers).await;
            let shown = ["who may see", "Who may see", "Session id"];
            assert!(!shown.iter().any(|it| answer.contains(it)), "{answer}");
            assert_eq!(status(&answer), 404, "{path}: {answer}");
        }
    }
    let page = grace.get("/account").await;
    assert!(page.body.contains("Session id"), "which is how to tell");
}

#[tokio::test]
async fn a_script_is_told_and_not_led() {
    let app = App::start().await;
    let fetch = [
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-dest", "empty"),
        ("sec-fetch-site", "same-origin"),
        ("accept", "*/*"),
    ];
    let mut stranger = app.browser();
    let answer = stranger.send(Method::GET, "/account", &fetch, None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("x-authkit-reason"), "signed_out");
    assert_eq!(answer.body, "\"SignedOut\"");
    let mut grace = app.signed_in(GRACE).await;
    let answer = grace.send(Method::GET, "/admin", &fetch, None).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.body, "\"Forbidden\"");
}
