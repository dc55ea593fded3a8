//! Session cookies, and what comes under their name without being one: signed out, left alone, and never a
//! panic.

use super::support::{ADA, ALAN, Answer, App, Browser, Log, SESSION};
use serde_json::{Map, json};

/// The page is a signed-out one, the cookie is left alone, in as many pieces as it came, and one line of the
/// log gives the reason.
/// The sign-in as a proxy asks for it that has a name of its own for the app.
const BEHIND_A_PROXY: &str = "/sign-in?led_here=1";

async fn is_refused(mut browser: Browser, reason: &str) {
    let (log, _guard) = Log::capture("info");
    let before = browser.cookies.clone();
    let page = browser.get("/").await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.body.contains("Sign in to this page"));
    assert_eq!(browser.cookies, before);
    let lines = log.text();
    assert_eq!(lines.matches("reason=").count(), 1, "{lines}");
    assert!(lines.contains(&format!("reason=\"{reason}\"")), "{lines}");
}

/// The home page, asked for with these cookies.
async fn home_with(app: &App, cookies: &str) -> Answer {
    app.browser().get_with("/", &[("cookie", cookies)]).await
}

#[tokio::test]
async fn a_planted_cookie_of_the_same_name_is_tried_and_costs_nothing() {
    let app = App::start().await;
    let ada = app.signed_in(ADA).await.cookies[SESSION].clone();
    let (one, two) = ada.split_at(ada.len() / 2);
    for cookies in [
        format!("{SESSION}={ada}; {SESSION}=planted"),
        format!("{SESSION}=planted; {SESSION}={ada}"),
        format!("{SESSION}=planted; {SESSION}.0={one}; {SESSION}.1={two}"),
        format!("{SESSION}.0=planted; {SESSION}.0={one}; {SESSION}.1={two}"),
        format!("{SESSION}.0={one}; {SESSION}.1={two}; {SESSION}.0=planted"),
        format!("{SESSION}={ada}; {SESSION}.0=planted; {SESSION}.1=planted"),
    ] {
        let page = home_with(&app, &cookies).await;
        assert!(page.body.contains("action=\"/sign-out\""), "{cookies}");
        assert_eq!(page.set_cookies(), [""; 0], "{cookies}");
    }
}

#[tokio::test]
async fn a_planted_session_of_another_user_is_not_taken_for_the_users_own() {
    let app = App::start().await;
    let session = async |email| app.signed_in(email).await.cookies[SESSION].clone();
    let (ada, alan) = (session(ADA).await, session(ALAN).await);
    for (first, second) in [(&ada, &alan), (&alan, &ada)] {
        let (log, _guard) = Log::capture("info");
        let page = home_with(&app, &format!("{SESSION}={first}; {SESSION}={second}")).await;
        assert!(page.body.contains("Sign in to this page"));
        assert_eq!(page.set_cookies(), [""; 0]);
        assert!(log.text().contains("cookie_twice"), "{}", log.text());
    }
    // The same user twice, as after a change of WORKOS_COOKIE_DOMAIN, is no question of who.
    let again = session(ADA).await;
    let page = home_with(&app, &format!("{SESSION}={ada}; {SESSION}={again}")).await;
    assert!(page.body.contains("action=\"/sign-out\""));
}

#[tokio::test]
async fn signing_out_removes_no_cookie_of_another_program() {
    let app = App::start().await;
    let cookies = format!("{SESSION}=of-another-program");
    let headers = [("cookie", cookies.as_str())];
    let mut browser = app.browser();
    let answer = browser
        .send(reqwest::Method::POST, "/sign-out", &headers, Some(&[]))
        .await;
    assert_eq!(answer.set_cookies(), [""; 0]);
}

#[tokio::test]
async fn over_https_no_other_host_can_set_the_session_cookie_and_the_old_name_moves_over() {
    let app = App::start().await;
    let https = [("WORKOS_REDIRECT_URI", "https://app.example/callback")];
    let before = [https[0], ("WORKOS_COOKIE_NAME", SESSION)];
    let signed_in = async |server: &App| {
        let mut browser = server.browser();
        browser.origin = server.address();
        let page = browser.open(BEHIND_A_PROXY).await;
        let callback = browser.enter_password(&page, ADA).await;
        let query = callback.query().unwrap_or_default().to_owned();
        browser.get(&format!("/callback?{query}")).await;
        browser
    };
    let old = App::start_against(&app, &before).await;
    let new = App::start_against(&app, &https).await;
    assert!(
        signed_in(&new)
            .await
            .cookies
            .contains_key("__Host-wos-session")
    );

    let mut browser = signed_in(&old).await;
    assert!(browser.cookies.contains_key(SESSION));
    browser.origin = new.address();
    // An answer may be lost: the next one moves it over all the same.
    for _ in 0..2 {
        let mut copy = browser.clone();
        assert!(copy.is_signed_in().await);
        assert!(copy.cookies.contains_key("__Host-wos-session"));
    }
    assert!(browser.is_signed_in().await);
    assert!(
        browser.cookies.contains_key("__Host-wos-session"),
        "moved over"
    );
    assert!(
        !browser.cookies.contains_key(SESSION),
        "and gone under its old name"
    );
    assert!(browser.is_signed_in().await);

    let domain = [https[0], ("WORKOS_COOKIE_DOMAIN", "app.example")];
    let shared = App::start_against(&app, &domain).await;
    assert!(
        signed_in(&shared)
            .await
            .cookies
            .contains_key("__Secure-wos-session")
    );
}

#[tokio::test]
async fn the_cookie_is_http_only_lax_and_for_all_paths() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in").await;
    let callback = browser.enter_password(&page, ADA).await;
    let answer = browser.get(callback.as_str()).await;
    let cookies = answer.set_cookies();
    let session = cookies
        .iter()
        .find(|cookie| cookie.starts_with("wos-session="))
        .unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"] {
        assert!(session.contains(attribute), "{attribute}");
    }
    assert!(session.len() < 4_096);
}

#[tokio::test]
async fn a_truncated_cookie_is_refused() {
    let app = App::start().await;
    for cut in [1, 10, 500] {
        let mut browser = app.signed_in(ADA).await;
        let value = browser.cookies.get_mut(SESSION).unwrap();
        // Cut where base64 can end, so that only the seal can notice.
        let body = value.rfind('.').unwrap() + 1;
        value.truncate(body + (value.len() - body - cut) / 4 * 4);
        is_refused(browser, "cookie_tampered").await;
    }
}

#[tokio::test]
async fn a_cookie_in_chunks_is_read_and_reordered_chunks_are_refused() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let value = browser.cookies.remove(SESSION).unwrap();
    let (one, two) = value.split_at(value.len() / 2);
    browser
        .cookies
        .insert(format!("{SESSION}.0"), one.to_owned());
    browser
        .cookies
        .insert(format!("{SESSION}.1"), two.to_owned());
    assert!(browser.is_signed_in().await);
    browser
        .cookies
        .insert(format!("{SESSION}.0"), two.to_owned());
    browser
        .cookies
        .insert(format!("{SESSION}.1"), one.to_owned());
    is_refused(browser, "cookie_version").await;
}

#[tokio::test]
async fn a_cookie_replayed_from_another_name_is_refused() {
    let app = App::start().await;
    // An attempt's state is sealed by the same key for another purpose.
    let mut browser = app.browser();
    let state = browser.get("/sign-in").await.parameter("state").unwrap();
    browser.cookies.insert(SESSION.to_owned(), state);
    is_refused(browser, "cookie_tampered").await;

    // Two apps of one company on one host: the same password, cookies of different names.
    let one = App::start_against(&app, &[("WORKOS_COOKIE_NAME", "one")]).await;
    let two = App::start_against(&app, &[]).await;
    let mut browser = one.browser();
    browser.sign_in("/sign-in", ADA).await;
    let session = browser.cookies.remove("one").unwrap();
    let mut browser = two.browser();
    browser.cookies.insert(SESSION.to_owned(), session);
    is_refused(browser, "cookie_tampered").await;
}

#[tokio::test]
async fn a_password_that_is_being_changed_signs_nobody_out() {
    let app = App::start().await;
    let old = App::start_against(&app, &[]).await;
    let changed = [
        (
            "WORKOS_COOKIE_PASSWORD",
            "another password, for the time being",
        ),
        ("WORKOS_COOKIE_PASSWORD_PREVIOUS", App::PASSWORD),
    ];
    let new = App::start_against(&app, &changed).await;
    let mut browser = new.browser();
    browser.cookies = old.signed_in(ADA).await.cookies;
    assert!(browser.is_signed_in().await);
    let without = App::start_against(&app, &changed[..1]).await;
    let mut stranger = without.browser();
    stranger.cookies = old.signed_in(ADA).await.cookies;
    is_refused(stranger, "cookie_key_unknown").await;
}

#[tokio::test]
async fn a_session_too_long_for_one_cookie_is_kept_in_several() {
    let app = App::start().await;
    let template = json!({ "note": "n".repeat(3_000) });
    let template = template.as_object().unwrap();
    app.control.set_token_template(template.clone()).unwrap();
    let mut browser = app.signed_in(ADA).await;
    assert!(!browser.cookies.contains_key(SESSION));
    assert!(
        browser.cookies.contains_key("wos-session.1"),
        "{:?}",
        browser.cookies.keys()
    );

    // A short one in its place leaves nothing of it behind.
    app.control.set_token_template(Map::new()).unwrap();
    browser.sign_in("/sign-in?prompt=login", ADA).await;
    let pieces: Vec<_> = browser
        .cookies
        .keys()
        .filter(|name| name.starts_with(SESSION))
        .collect();
    assert_eq!(pieces, [SESSION]);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_foreign_cookie_with_any_bytes_in_it_is_in_nobodys_way() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    browser.cookies.insert("name".to_owned(), "Zoë".to_owned());
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn over_https_cookies_are_secure_and_attempts_bound_to_the_host() {
    let app = App::start().await;
    let https = App::start_against(
        &app,
        &[("WORKOS_REDIRECT_URI", "https://app.example/callback")],
    );
    let https = https.await;
    let mut browser = https.browser();
    browser.origin = https.address();
    let answer = browser.get(BEHIND_A_PROXY).await;
    let cookie = &answer.set_cookies()[0];
    assert!(
        cookie.starts_with("__Host-wos-session-attempt-"),
        "{cookie}"
    );
    assert!(
        cookie.contains("; Secure") && !cookie.contains("Domain"),
        "{cookie}"
    );
    assert!(
        answer
            .header("strict-transport-security")
            .starts_with("max-age=")
    );
}

#[tokio::test]
async fn a_cookie_sealed_by_another_password_is_refused() {
    let (one, two) = (App::start().await, App::start().await);
    let mut browser = two.browser();
    browser.cookies = one.signed_in(ADA).await.cookies;
    is_refused(browser, "cookie_key_unknown").await;
}

#[tokio::test]
async fn a_cookie_of_100_kilobytes_is_refused() {
    let app = App::start().await;
    let mut browser = app.browser();
    browser
        .cookies
        .insert(SESSION.to_owned(), "x".repeat(100 * 1024));
    is_refused(browser, "cookie_too_long").await;
    let mut browser = app.browser();
    for index in 0..25 {
        browser
            .cookies
            .insert(format!("{SESSION}.{index}"), "x".repeat(4_000));
    }
    is_refused(browser, "cookie_too_long").await;
}

#[tokio::test]
async fn nonsense_in_the_cookie_is_refused() {
    let app = App::start().await;
    for (nonsense, reason) in [
        ("1", "cookie_malformed"),
        ("%00", "cookie_malformed"),
        ("..", "cookie_version"),
        ("9.abcdabcd.AAAA", "cookie_version"),
        ("1.2.3", "cookie_key_unknown"),
    ] {
        let mut browser = app.browser();
        browser
            .cookies
            .insert(SESSION.to_owned(), nonsense.to_owned());
        is_refused(browser, reason).await;
    }
}
