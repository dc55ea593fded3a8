//! Sign-ins that another site begins: what chooses who signs in, or where, goes on only with a click.

use super::support::{ADA, ALAN, Answer, App, Browser, SESSION};
use authkit_emulator::{Endpoint, Fault};
use reqwest::{Method, StatusCode};

const CROSS_SITE: [(&str, &str); 1] = [("sec-fetch-site", "cross-site")];

async fn from_elsewhere(browser: &mut Browser, query: &str) -> Answer {
    browser
        .get_with(&format!("/sign-in?{query}"), &CROSS_SITE)
        .await
}

#[tokio::test]
async fn each_hint_that_chooses_is_asked_about_first() {
    let app = App::start().await;
    for hint in [
        "organization_id=org_evil",
        "connection_id=conn_evil",
        "provider=GoogleOAuth",
        "domain_hint=evil.example",
        "invitation_token=token_evil",
    ] {
        for headers in [
            CROSS_SITE,
            [("sec-fetch-site", "same-site")],
            [("sec-fetch-site", "none")],
            [("referer", "https://evil.example/")],
        ] {
            let mut browser = app.browser();
            let link = format!("/sign-in?return_to=/live&{hint}");
            let answer = browser.get_with(&link, &headers).await;
            assert_eq!(
                answer.location().path(),
                "/confirm-sign-in",
                "{link} {headers:?}"
            );
            assert_eq!(browser.attempts(), 0);
            let page = browser.follow(answer).await;
            assert_eq!(page.status, StatusCode::OK);
            let (name, value) = hint.split_once('=').unwrap();
            let field = format!("type=\"hidden\" name=\"{name}\" value=\"{value}\"");
            assert!(page.body.contains(&field), "{}", page.body);
            assert!(page.body.contains("Go on to sign in"));
        }
    }
}

#[tokio::test]
async fn a_live_session_stays_until_the_button_is_pressed() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let before = ada.cookies[SESSION].clone();
    let answer = from_elsewhere(&mut ada, "organization_id=org_evil").await;
    let page = ada.follow(answer).await;
    assert!(
        page.body.contains(ADA),
        "who would be signed out: {}",
        page.body
    );
    assert_eq!(ada.cookies[SESSION], before);

    let form = [("organization_id", "org_evil"), ("return_to", "/live")];
    let origin = app.origin.origin().ascii_serialization();
    for (site, status) in [("https://evil.example", 403), (origin.as_str(), 303)] {
        let headers = [("origin", site)];
        let path = "/auth/continue-sign-in";
        let answer = ada.send(Method::POST, path, &headers, Some(&form)).await;
        assert_eq!(answer.status.as_u16(), status, "{site}");
        if status == 303 {
            assert_eq!(answer.location().path(), "/user_management/authorize");
            assert_eq!(
                answer.parameter("organization_id").as_deref(),
                Some("org_evil")
            );
        }
    }
}

#[tokio::test]
async fn another_user_s_address_is_asked_about() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let other = from_elsewhere(&mut ada, "login_hint=evil@example.com").await;
    assert_eq!(other.location().path(), "/confirm-sign-in");
}

#[tokio::test]
async fn what_chooses_nothing_starts_at_once_where_nobody_is_signed_in() {
    let app = App::start().await;
    for query in [
        "login_hint=evil@example.com",
        "return_to=/live",
        "provider=authkit",
        "prompt=login",
    ] {
        let answer = from_elsewhere(&mut app.browser(), query).await;
        let path = answer.location().path().to_owned();
        assert_eq!(path, "/user_management/authorize", "{query}");
    }
}

#[tokio::test]
async fn a_live_session_is_never_replaced_by_what_chooses_nothing() {
    let app = App::start().await;
    let mut browser = app.signed_in(ALAN).await;
    let before = browser.cookies[SESSION].clone();
    for (query, path) in [
        ("return_to=/live", "/live"),
        ("login_hint=ALAN@example.com&return_to=/live", "/live"),
        ("prompt=none", "/"),
        ("prompt=select_account", "/confirm-sign-in"),
        ("max_age=0", "/confirm-sign-in"),
    ] {
        let answer = from_elsewhere(&mut browser, query).await;
        assert_eq!(answer.location().path(), path, "{query}");
        assert_eq!(browser.attempts(), 0, "{query}");
        assert_eq!(browser.cookies[SESSION], before, "{query}");
    }
    let sign_up = browser.get_with("/sign-up", &CROSS_SITE).await;
    assert_eq!(sign_up.location().path(), "/confirm-sign-in");
    // The app's own links go on as ever.
    let own = browser.get("/sign-in").await;
    assert_eq!(own.location().path(), "/user_management/authorize");
}

#[tokio::test]
async fn a_session_that_can_not_be_checked_is_not_replaced_either() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.control
        .set_fault(Endpoint::Authenticate, Fault::status(503));
    app.advance(400);
    let answer = from_elsewhere(&mut browser, "return_to=/live").await;
    assert_eq!(answer.location().path(), "/confirm-sign-in");
}
