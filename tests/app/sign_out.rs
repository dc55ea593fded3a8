//! Signing out: here and at AuthKit, whatever state the session is in.

use super::support::{ADA, ALAN, Answer, App, Browser, SESSION, parameter};
use authkit_emulator::{Endpoint, Fault};
use reqwest::{Method, StatusCode};

#[tokio::test]
async fn signing_out_ends_the_session_here_and_at_authkit() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let answer = browser.post("/sign-out").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location().path(), "/user_management/sessions/logout");
    assert!(!browser.cookies.contains_key(SESSION));

    let page = browser.follow(answer).await;
    assert_eq!(page.url, app.origin.join("/signed-out").unwrap());
    assert!(page.body.contains("You are signed out"));
    let page = browser.open("/sign-in").await;
    assert_eq!(
        page.url.origin(),
        app.emulator_origin.origin(),
        "asked again"
    );
}

#[tokio::test]
async fn signing_out_works_when_the_token_has_long_expired_and_authkit_is_down() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.advance(3_600);
    for endpoint in [Endpoint::Authenticate, Endpoint::Jwks] {
        app.control.set_fault(endpoint, Fault::reset());
    }
    let answer = browser.post("/sign-out").await;
    assert_eq!(answer.location().path(), "/user_management/sessions/logout");
    let session_id = parameter(&answer.location(), "session_id").unwrap();
    assert!(session_id.starts_with("session_"), "{session_id}");
    browser.follow(answer).await;
    assert!(!browser.is_signed_in().await);
    let page = browser.open("/sign-in").await;
    assert_eq!(
        page.url.origin(),
        app.emulator_origin.origin(),
        "asked again"
    );
}

#[tokio::test]
async fn while_authkit_is_known_to_be_away_the_page_says_that_its_session_may_live() {
    let app = App::start().await;
    let mut leaving = Vec::new();
    for _ in 0..5 {
        leaving.push(app.signed_in(ADA).await);
    }
    let staying = app.signed_in(ALAN).await;
    app.control
        .set_fault(Endpoint::Authenticate, Fault::status(503));
    app.advance(3_600);
    let mut shown = None;
    // The pause may be over by the time of a sign-out, which then leads to AuthKit as ever.
    for mut browser in leaving {
        let calls = || app.control.calls_of(Endpoint::Authenticate);
        loop {
            let before = calls();
            assert_eq!(staying.clone().get("/account").await.status, 503);
            if calls() == before {
                break;
            }
        }
        let answer = browser.post("/sign-out").await;
        assert!(!browser.cookies.contains_key(SESSION));
        if answer.location().path() == "/signed-out" {
            shown = Some(browser.follow(answer).await);
            break;
        }
    }
    let page = shown.expect("no sign-out while AuthKit is left alone");
    assert_eq!(page.url.origin(), app.origin.origin());
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "You are signed out",
        "may still be alive",
        "sign out once more",
    ] {
        assert!(page.body.contains(words), "no {words:?} in {}", page.body);
    }
    // The usual page claims nothing of the kind.
    let page = app.browser().get("/signed-out").await;
    assert!(!page.body.contains("may still be alive"));
}

#[tokio::test]
async fn signing_out_without_a_session_leads_to_the_signed_out_page() {
    let app = App::start().await;
    let answer = app.browser().post("/sign-out").await;
    assert_eq!(answer.location().path(), "/signed-out");
}

#[tokio::test]
async fn signing_out_by_a_link_or_from_another_site_is_refused() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let by_link = browser.get("/sign-out").await;
    assert_eq!(by_link.status, StatusCode::METHOD_NOT_ALLOWED);
    for headers in [
        [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ],
        [
            ("sec-fetch-site", "same-site"),
            ("origin", "http://other.localhost"),
        ],
        [("origin", "null"), ("referer", "")],
    ] {
        let answer = browser
            .send(Method::POST, "/sign-out", &headers, Some(&[]))
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn signing_out_also_forgets_attempts_under_way() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    browser.get("/sign-in").await;
    assert_eq!(browser.attempts(), 1);
    browser.post("/sign-out").await;
    assert_eq!(browser.attempts(), 0);
}

#[tokio::test]
async fn signing_out_reaches_authkit_when_the_refresh_token_is_dead_too() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.control.set_refresh_token_lifetime(0);
    app.advance(3_600);
    let answer = browser.post("/sign-out").await;
    assert_eq!(answer.location().path(), "/user_management/sessions/logout");
    assert_eq!(
        app.control.calls_of(Endpoint::Authenticate),
        1,
        "and asks for no new token"
    );
}

#[tokio::test]
async fn a_copy_of_the_cookie_is_worth_nothing_after_signing_out() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let mut copy = browser.clone();
    browser.post("/sign-out").await;
    assert!(!copy.is_signed_in().await);
    assert!(!copy.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn an_answer_under_way_does_not_bring_the_session_back() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.advance(400);
    let slow = Fault::latency(std::time::Duration::from_millis(600));
    app.control.set_fault(Endpoint::Authenticate, slow);
    let mut late = browser.clone();
    let under_way = tokio::spawn(async move {
        let page = late.get("/").await;
        (late, page)
    });
    while app.control.calls_of(Endpoint::Authenticate) < 2 {
        tokio::task::yield_now().await;
    }
    browser.post("/sign-out").await;
    let (_, page) = under_way.await.unwrap();
    // Nothing to bring it back with, and nothing that would remove another user's by now.
    assert_eq!(page.set_cookies(), [""; 0]);
}

#[tokio::test]
async fn a_late_answer_does_not_sign_the_next_user_out() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.advance(400);
    let late = app.late_answer(&browser).await;
    let answer = browser.post("/sign-out").await;
    browser.follow(answer).await;
    browser.sign_in("/sign-in", ALAN).await;
    assert_eq!(
        late.set_cookies().await,
        [""; 0],
        "neither Ada's nor a removal"
    );
}

#[tokio::test]
async fn a_late_answer_to_a_dead_cookie_does_not_sign_the_next_user_out() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let dead = browser.clone();
    browser.post("/sign-out").await;
    let late = app.late_answer(&dead).await;
    // The one thing that tells a late answer from an ordinary one is that it is late.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(late.set_cookies().await, [""; 0]);
    let quick = app.late_answer(&dead).await;
    assert_eq!(quick.set_cookies().await.len(), 1, "which removes it");
}

#[tokio::test]
async fn every_page_of_a_session_offers_to_end_it() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    for path in [
        "/",
        "/account",
        "/account/organizations",
        "/live",
        "/confirm-sign-in?organization_id=org_1",
        "/sign-in-failed?reason=internal",
        "/nowhere",
    ] {
        let page = browser.get(path).await;
        assert!(page.body.contains("action=\"/sign-out\""), "{path}");
    }
    let page = app.browser().get("/").await;
    assert!(!page.body.contains("action=\"/sign-out\""));
}

#[tokio::test]
async fn the_signed_out_page_is_for_somebody_who_is() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    assert_eq!(browser.open("/signed-out").await.url, app.origin);
}

/// Signs out by a form that says where to go.
async fn signed_out_to(browser: &mut Browser, target: &str) -> Answer {
    let form = [("return_to", target)];
    let answer = browser
        .send(Method::POST, "/sign-out", &[], Some(&form))
        .await;
    browser.follow(answer).await
}

#[tokio::test]
async fn a_sign_out_leads_to_a_place_of_the_app_by_the_one_address_that_is_registered() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let page = signed_out_to(&mut browser, "/live?from=out;x,\"y\"").await;
    assert_eq!(page.url.path(), "/live");
    assert_eq!(page.url.query(), Some("from=out;x,%22y%22"));
    assert!(!browser.is_signed_in().await);
    let page = browser.open("/sign-in").await;
    let asked_again = app.emulator_origin.origin();
    assert_eq!(page.url.origin(), asked_again);
    // Once.
    let page = browser.open("/signed-out").await;
    assert!(page.body.contains("You are signed out"));
    // Without a session WorkOS is not on the way.
    let form = [("return_to", "/live")];
    let answer = browser
        .send(Method::POST, "/sign-out", &[], Some(&form))
        .await;
    assert_eq!(answer.header("location"), "/live");
}

#[tokio::test]
async fn a_sign_out_to_what_is_no_place_of_the_app_leads_to_the_signed_out_page() {
    let app = App::start().await;
    for bad in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "/sign-out",
        "",
    ] {
        let mut browser = app.signed_in(ADA).await;
        let page = signed_out_to(&mut browser, bad).await;
        assert_eq!(page.url, app.origin.join("/signed-out").unwrap(), "{bad:?}");
        assert!(!browser.is_signed_in().await);
    }
    // Nor is one that somebody planted in a cookie: //evil.example, and what is no base64.
    for planted in ["Ly9ldmlsLmV4YW1wbGU", "%2Flive", ""] {
        let mut browser = app.browser();
        let name = "wos-session-then".to_owned();
        browser.cookies.insert(name.clone(), planted.to_owned());
        let page = browser.get("/signed-out").await;
        assert_eq!(page.status, StatusCode::OK, "{planted}");
        assert!(!browser.cookies.contains_key(&name), "{planted}");
    }
}
