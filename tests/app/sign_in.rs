//! Signing in and up, where it leads, and what may start it.

use super::support::{ADA, ALAN, App, parameter};
use authkit_emulator::Endpoint;
use reqwest::{Method, StatusCode};

#[tokio::test]
async fn a_sign_in_ends_on_the_page_it_started_from() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser
        .sign_in("/sign-in?return_to=/account%3Ftab%3D1", ADA)
        .await;
    assert_eq!(page.url.path(), "/account");
    assert_eq!(page.url.query(), Some("tab=1"));
    assert!(page.body.contains("Ada Lovelace") && page.body.contains("session_"));
    assert_eq!(browser.attempts(), 0, "the attempt is used up");
}

#[tokio::test]
async fn a_protected_page_leads_through_sign_in_and_back() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.sign_in("/account", ADA).await;
    assert_eq!((page.status, page.url.path()), (StatusCode::OK, "/account"));
}

#[tokio::test]
async fn signing_up_makes_a_user_and_a_session() {
    let app = App::start().await;
    let mut browser = app.browser();
    let mut form_page = browser.open("/sign-up?return_to=/account").await.url;
    form_page.set_path("/sign-up");
    let form = [
        ("email", "new@example.com"),
        ("password", "a long enough one"),
        ("first_name", "New"),
        ("last_name", "Person"),
    ];
    let origin = app.emulator_origin.origin().ascii_serialization();
    let answer = browser
        .send(
            Method::POST,
            form_page.as_str(),
            &[("origin", origin.as_str())],
            Some(&form),
        )
        .await;
    let page = browser.follow(answer).await;
    assert!(page.body.contains("New Person"), "{}", page.body);
}

#[tokio::test]
async fn the_request_to_authkit_carries_pkce_state_and_everything_passed_through() {
    let app = App::start().await;
    let query = "login_hint=ada%40example.com&organization_id=org_1&domain_hint=example.com\
                 &provider=authkit&prompt=login&max_age=60&invitation_token=inv";
    let answer = app.browser().get(&format!("/sign-up?{query}")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.location().path(), "/user_management/authorize");
    for (name, value) in [
        ("login_hint", "ada@example.com"),
        ("organization_id", "org_1"),
        ("domain_hint", "example.com"),
        ("provider", "authkit"),
        ("prompt", "login"),
        ("max_age", "60"),
        ("invitation_token", "inv"),
        ("screen_hint", "sign-up"),
        ("response_type", "code"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(answer.parameter(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(answer.parameter("code_challenge").unwrap().len(), 43);
    assert!(answer.parameter("state").unwrap().len() > 40);
    let redirect_uri = app.origin.join("/callback").unwrap();
    assert_eq!(
        answer.parameter("redirect_uri").as_deref(),
        Some(redirect_uri.as_str())
    );
}

#[tokio::test]
async fn every_attempt_has_its_own_state_and_challenge() {
    let app = App::start().await;
    let mut browser = app.browser();
    let (one, two) = (browser.get("/sign-in").await, browser.get("/sign-in").await);
    for name in ["state", "code_challenge"] {
        assert_ne!(one.parameter(name), two.parameter(name), "{name}");
    }
}

#[tokio::test]
async fn several_tabs_sign_in_at_once_also_when_none_had_a_cookie() {
    let app = App::start().await;
    let mut browser = app.browser();
    // Two tabs restored together: neither request carries the other's cookie.
    let (mut tab_one, mut tab_two) = (browser.clone(), browser.clone());
    let (one, two) = tokio::join!(
        tab_one.get("/sign-in?return_to=/account%3Ftab%3D1"),
        tab_two.get("/sign-in?return_to=/account%3Ftab%3D2")
    );
    browser.cookies.extend(tab_one.cookies);
    browser.cookies.extend(tab_two.cookies);
    assert_eq!(browser.attempts(), 2);

    let page = browser.follow(two).await;
    let second = browser.enter_password(&page, ADA).await;
    let first = browser.get(one.location().as_str()).await.location();
    for (callback, tab) in [(first, "tab=1"), (second, "tab=2")] {
        let page = browser.open(callback.as_str()).await;
        assert_eq!(page.url.query(), Some(tab));
        assert_eq!(page.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_request_without_an_account_writes_nothing() {
    let app = App::start().await;
    let database = || {
        let files = std::fs::read_dir(app.data()).unwrap();
        let mut files: Vec<_> = files
            .map(|file| file.unwrap().path())
            // What SQLite shares between its connections: reading changes it, too.
            .filter(|path| !path.to_string_lossy().ends_with("-shm"))
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    };
    let long = format!("/search?q={}", "x".repeat(1_900));
    let mut browser = app.browser();
    browser.get("/").await;
    let before = database();
    for _ in 0..3 {
        browser.get(&format!("/sign-in?return_to={long}")).await;
        browser.get("/sign-up").await;
        browser.get("/callback?code=c&state=s").await;
        browser.post("/sign-out").await;
    }
    assert!(database() == before, "something was written");
}

#[tokio::test]
async fn an_attempt_is_one_small_sealed_cookie_for_ten_minutes() {
    let app = App::start().await;
    let long = format!("/search?q={}", "x".repeat(1_900));
    let answer = app
        .browser()
        .get(&format!("/sign-in?return_to={long}"))
        .await;
    let cookies = answer.set_cookies();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    let cookie = cookie::Cookie::parse(cookies[0].as_str()).unwrap();
    assert!(cookie.name().len() + cookie.value().len() <= 1_024);
    assert!(cookie.value().starts_with("2."), "sealed");
    assert_eq!(cookie.http_only(), Some(true));
    assert_eq!(cookie.max_age(), Some(cookie::time::Duration::minutes(10)));
}

#[tokio::test]
async fn attempts_never_pile_up_and_the_newest_survive() {
    let app = App::start().await;
    let mut browser = app.browser();
    let mut attempts = Vec::new();
    for index in 0..12 {
        app.advance(index);
        attempts.push(browser.get("/sign-in").await.location());
    }
    assert_eq!(browser.attempts(), 8);
    let newest = attempts.pop().unwrap();
    let page = browser.open(newest.as_str()).await;
    let callback = browser.enter_password(&page, ADA).await;
    assert_eq!(browser.open(callback.as_str()).await.url.path(), "/");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_prefetch_or_a_fetch_starts_no_attempt() {
    let app = App::start().await;
    for headers in [
        [("sec-purpose", "prefetch"), ("sec-fetch-mode", "navigate")],
        [("purpose", "prefetch"), ("sec-fetch-dest", "document")],
        [("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
    ] {
        let mut browser = app.browser();
        for path in ["/sign-in", "/sign-up", "/callback?code=c"] {
            let answer = browser.get_with(path, &headers).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{headers:?}");
            assert_eq!(answer.set_cookies(), Vec::<String>::new());
        }
    }
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 0);
}

#[tokio::test]
async fn a_return_path_to_anywhere_else_becomes_the_home_page() {
    let app = App::start().await;
    let long = format!("/{}", "a".repeat(10 * 1024));
    for bad in [
        "//evil.example",
        "/\\evil",
        "https://evil.example",
        "https:evil",
        "/a%0d%0aSet-Cookie:x=1",
        "/%00",
        long.as_str(),
    ] {
        let mut browser = app.browser();
        let page = browser
            .sign_in(&format!("/sign-in?return_to={bad}"), ALAN)
            .await;
        assert_eq!(page.url, app.origin, "{bad}");
    }
}

#[tokio::test]
async fn a_session_of_authkit_signs_in_without_asking_again() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    browser.cookies.remove(super::support::SESSION);
    let page = browser.open("/sign-in?return_to=/account").await;
    assert_eq!(page.url.path(), "/account");
}

#[tokio::test]
async fn a_max_age_that_is_no_number_too_long_or_for_another_provider_is_explained() {
    let app = App::start().await;
    for asked in [
        "max_age=soon",
        "max_age=-1",
        "max_age=2592001",
        "max_age=60&connection_id=conn_1",
        "max_age=60&provider=GoogleOAuth",
    ] {
        let link = format!("/sign-in?{asked}&return_to=/account");
        let mut browser = app.browser();
        let own = [("sec-fetch-site", "same-origin")];
        let answer = browser.get_with(&link, &own).await;
        let page = browser.follow(answer).await;
        page.explains("link_invalid", 400);
        let return_to = parameter(&page.url, "return_to");
        assert_eq!(return_to.as_deref(), Some("/account"), "{asked}");
    }
}

#[tokio::test]
async fn a_sign_in_begun_at_127_0_0_1_goes_on_at_localhost() {
    let app = App::start().await;
    let mut browser = app.browser();
    browser.origin = app.address();
    let answer = browser.get("/sign-in?return_to=/account").await;
    let here = app.origin.join("/sign-in?return_to=/account").unwrap();
    assert_eq!(answer.location(), here);
    assert_eq!(browser.attempts(), 0);
}
