//! A proxy in front that signs people in puts a token of its own into every request.

use super::support::{ADA, Answer, App, Browser, emulator_settings, settings};
use authkit_app::Settings;
use authkit_leptos::server::BearerTokens;
use http::{Method, StatusCode};

const PROXY: (&str, &str) = ("authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln");
const NAVIGATES: [(&str, &str); 2] = [
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];

async fn app(bearer_tokens: BearerTokens) -> App {
    let data = tempfile::tempdir().unwrap();
    let settings = Settings {
        bearer_tokens,
        ..settings(&data, emulator_settings())
    };
    let app = App::build(settings, data).await;
    app.control.set_webhook(None);
    app
}

/// What a browser gets through the proxy that goes to a page.
async fn visit(browser: &mut Browser, path: &str) -> Answer {
    let headers = [PROXY, NAVIGATES[0], NAVIGATES[1]];
    browser.get_with(path, &headers).await
}

/// What a program gets, in or out of a page of another site.
async fn call(browser: &mut Browser, method: Method, path: &str, more: &[(&str, &str)]) -> Answer {
    let mut headers = vec![PROXY, ("accept", "application/json")];
    headers.extend(more);
    let form = (method == Method::POST).then_some(&[][..]);
    browser.send(method, path, &headers, form).await
}

#[tokio::test]
async fn a_person_with_a_proxys_token_gets_a_page_that_says_so() {
    let app = app(BearerTokens::Accept).await;
    let mut browser = app.signed_in(ADA).await;
    for path in [
        "/",
        "/account",
        "/sign-in",
        "/sign-in-failed?reason=internal",
    ] {
        let answer = visit(&mut browser, path).await;
        if path.starts_with("/sign-in-failed") {
            answer.explains("internal", 500);
            continue;
        }
        assert_eq!(answer.status, StatusCode::FOUND, "{path}");
        assert_eq!(
            answer.header("cache-control"),
            "private, no-store, no-transform"
        );
        let page = visit(&mut browser, answer.location().as_str()).await;
        page.explains("token_from_elsewhere", 502);
    }
    // A program is told as it was.
    let answer = call(&mut browser, Method::GET, "/api/caller", &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.body.contains("TokenRefused"), "{}", answer.body);
}

#[tokio::test]
async fn where_browsers_tokens_are_ignored_their_sessions_count_and_programs_tokens_do_too() {
    let app = app(BearerTokens::Programs).await;
    let mut browser = app.browser();
    let page = visit(&mut browser, "/account").await;
    let page = visit(&mut browser, page.location().as_str()).await;
    let authkit = page.location();
    let page = browser.open(authkit.as_str()).await;
    let callback = browser.enter_password(&page, ADA).await;
    let answer = visit(&mut browser, callback.as_str()).await;
    assert_eq!(answer.location().path(), "/account");
    let account = visit(&mut browser, "/account").await;
    assert!(account.body.contains(ADA), "{}", account.body);

    let by_script = [
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-site", "same-origin"),
    ];
    let answer = call(&mut browser, Method::GET, "/api/caller", &by_script).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    // What would be let through for its token is held against its origin.
    let elsewhere = [("sec-fetch-mode", "cors"), ("sec-fetch-site", "cross-site")];
    let answer = call(&mut browser, Method::POST, "/sign-out", &elsewhere).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(browser.is_signed_in().await);

    let answer = call(&mut app.browser(), Method::GET, "/api/caller", &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.header("www-authenticate").contains("token_"));
}

#[tokio::test]
async fn where_every_token_is_ignored_a_program_with_one_is_nobody() {
    let app = app(BearerTokens::Ignore).await;
    let mut browser = app.signed_in(ADA).await;
    assert!(visit(&mut browser, "/account").await.body.contains(ADA));
    let answer = call(&mut app.browser(), Method::GET, "/api/caller", &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    let foreign = [("origin", "https://evil.example")];
    let answer = call(&mut browser, Method::POST, "/sign-out", &foreign).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}
