//! Sign-ins that another site begins: what chooses who signs in, or where, goes on only with a click.

use super::support::{ADA, Answer, App, Browser, SESSION};
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
async fn another_user_s_address_is_asked_about_and_one_s_own_is_not() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let other = from_elsewhere(&mut ada, "login_hint=evil@example.com").await;
    assert_eq!(other.location().path(), "/confirm-sign-in");
    for (query, mut browser) in [
        ("login_hint=ADA@example.com", ada),
        ("login_hint=evil@example.com", app.browser()),
        ("return_to=/live", app.browser()),
        ("provider=authkit", app.browser()),
    ] {
        let answer = from_elsewhere(&mut browser, query).await;
        assert_eq!(
            answer.location().path(),
            "/user_management/authorize",
            "{query}"
        );
    }
}
