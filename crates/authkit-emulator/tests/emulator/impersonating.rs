//! Impersonation as a browser meets it, from the page that stands for the dashboard to its end after an hour; and browsers
//! that are signed in without a page.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::emulator::{BrowserSignIn, Config, Impersonator, Policy};
use crate::support::{REDIRECT_URI, Rig, config, location, parameter, rig, rig_with, text};

const ADA: &str = "ada@example.com";
const SUPPORT: &str = "support@example.com";
const INITIATE: &str = "http://localhost:3000/sign-in";

async fn impersonate(rig: &Rig, email: &str) -> Response {
    let form = [
        ("email", email),
        ("impersonator", SUPPORT),
        ("reason", "ticket 7"),
    ];
    let request = rig.browser.post(rig.url("/impersonate")).form(&form);
    request.send().await.unwrap()
}

/// The tokens of the browser's next sign-in, which shows no page.
async fn silent_tokens(rig: &Rig) -> Value {
    let code = parameter(&rig.authorize(&[]).await, "code").expect("a silent sign-in");
    let (status, tokens) = rig.exchange(&code).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    tokens
}

/// A browser of its own with this cookie.
fn browser_with(rig: &Rig, sign_in: BrowserSignIn) -> reqwest::Client {
    let cookie = rig
        .emulator
        .control()
        .open_browser_session(sign_in)
        .unwrap();
    let jar = reqwest::cookie::Jar::default();
    let url = cookie.url.parse().unwrap();
    jar.add_cookie_str(&format!("{}={}", cookie.name, cookie.value), &url);
    reqwest::Client::builder()
        .cookie_provider(std::sync::Arc::new(jar))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

async fn claims(rig: &Rig, tokens: &Value) -> Value {
    rig.verified(text(tokens, "/access_token")).await.unwrap()
}

#[tokio::test]
async fn the_browser_is_led_to_the_callback_and_its_next_sign_in_is_the_impersonation() {
    let rig = rig().await;
    let led = impersonate(&rig, ADA).await;
    assert_eq!(led.status(), StatusCode::SEE_OTHER);
    assert!(location(&led).as_str().starts_with(REDIRECT_URI));
    assert!(parameter(&led, "code").is_some() && parameter(&led, "state").is_none());
    let tokens = silent_tokens(&rig).await;
    let who = json!({ "email": SUPPORT, "reason": "ticket 7" });
    assert_eq!(tokens["impersonator"], who);
    assert_eq!(tokens["authentication_method"], "Impersonation");
    assert_eq!(text(&tokens, "/user/email"), ADA);
    assert_eq!(tokens["user"]["last_sign_in_at"], Value::Null);
    let claims = claims(&rig, &tokens).await;
    assert_eq!(claims["act"], json!({ "sub": SUPPORT }));
    let (_, tokens) = rig.refresh(text(&tokens, "/refresh_token")).await;
    assert_eq!(tokens["impersonator"], who);
}

#[tokio::test]
async fn with_an_initiate_login_uri_the_browser_is_led_there() {
    let rig = rig().await;
    let control = rig.emulator.control();
    control.set_initiate_login_uri(Some(INITIATE)).unwrap();
    let led = impersonate(&rig, ADA).await;
    assert_eq!(location(&led).as_str(), INITIATE);
    assert!(silent_tokens(&rig).await.get("impersonator").is_some());
    control.set_initiate_login_uri(None).unwrap();
    let led = impersonate(&rig, ADA).await;
    assert!(location(&led).as_str().starts_with(REDIRECT_URI));
    for other in ["/sign-in", "javascript:alert(1)", "localhost:3000", ""] {
        let refused = control.set_initiate_login_uri(Some(other));
        assert!(refused.is_err(), "{other}");
    }
}

#[tokio::test]
async fn an_impersonation_ends_after_an_hour_with_its_tokens() {
    let rig = rig().await;
    impersonate(&rig, ADA).await;
    let control = rig.emulator.control();
    let tokens = silent_tokens(&rig).await;
    let start = claims(&rig, &tokens).await["auth_time"].as_i64().unwrap();
    control.set_clock_offset(59 * 60);
    let (status, tokens) = rig.refresh(text(&tokens, "/refresh_token")).await;
    assert_eq!(status, StatusCode::OK);
    let claims = claims(&rig, &tokens).await;
    assert_eq!(claims["exp"].as_i64().unwrap(), start + 3600);
    control.set_clock_offset(60 * 60 + 1);
    let (status, body) = rig.refresh(text(&tokens, "/refresh_token")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["error"], "invalid_grant");
    let again = rig.authorize(&[]).await;
    assert_eq!(
        location(&again).path(),
        "/sign-in",
        "the browser is signed in"
    );
}

#[tokio::test]
async fn an_impersonation_replaces_the_browser_s_session_and_a_sign_in_the_impersonation() {
    let rig = rig().await;
    let grace = rig.tokens_for("grace@example.com").await;
    assert!(grace.get("impersonator").is_none());
    impersonate(&rig, ADA).await;
    assert_eq!(text(&silent_tokens(&rig).await, "/user/email"), ADA);
    let own = rig.tokens_for(ADA).await;
    assert!(own.get("impersonator").is_none());
    assert!(silent_tokens(&rig).await.get("impersonator").is_none());
}

#[tokio::test]
async fn a_policy_of_the_user_s_organization_is_not_the_impersonator_s() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let acme = control.organization_id("Acme").unwrap();
    control
        .set_organization_policy(&acme, Policy::SsoRequired)
        .unwrap();
    impersonate(&rig, ADA).await;
    assert_eq!(text(&silent_tokens(&rig).await, "/organization_id"), acme);
}

#[tokio::test]
async fn the_page_says_where_it_leads_and_what_is_wrong() {
    let rig = rig().await;
    let page = rig
        .browser
        .get(rig.url("/impersonate"))
        .send()
        .await
        .unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' http://localhost:3000;"),
        "{policy}"
    );
    let page = page.text().await.unwrap();
    assert!(page.contains("No Initiate login URI is set"));
    let home = rig.browser.get(rig.url("/")).send().await.unwrap();
    assert!(home.text().await.unwrap().contains("href=\"/impersonate\""));
    let control = rig.emulator.control();
    control
        .set_initiate_login_uri(Some("https://app.example.com/sign-in"))
        .unwrap();
    let page = rig
        .browser
        .get(rig.url("/impersonate"))
        .send()
        .await
        .unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("'self' https://app.example.com;"),
        "{policy}"
    );
    for (email, impersonator) in [("nobody@example.com", SUPPORT), (ADA, "support"), ("", "")] {
        let form = [("email", email), ("impersonator", impersonator)];
        let request = rig.browser.post(rig.url("/impersonate")).form(&form);
        let refused = request.send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.headers().get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn another_site_s_form_and_another_name_impersonate_nobody() {
    let rig = rig().await;
    let form = [("email", ADA), ("impersonator", SUPPORT)];
    for (name, value) in [
        ("Origin", "http://localhost:3000"),
        ("Sec-Fetch-Site", "cross-site"),
        ("X-Forwarded-For", "192.0.2.2"),
    ] {
        let request = rig.browser.post(rig.url("/impersonate")).form(&form);
        let refused = request.header(name, value).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{name}");
        assert!(refused.headers().get("set-cookie").is_none(), "{name}");
    }
    let request = rig.browser.get(rig.url("/impersonate"));
    let refused = request.header("X-Forwarded-For", "192.0.2.2").send().await;
    assert_eq!(refused.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_an_app_there_is_nowhere_to_lead() {
    let rig = rig_with(Config {
        redirect_uris: Vec::new(),
        ..config()
    })
    .await;
    let refused = impersonate(&rig, ADA).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(refused.headers().get("set-cookie").is_none());
}

#[tokio::test]
async fn a_browser_that_was_given_the_cookie_signs_in_without_a_page() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let globex = control.organization_id("Globex").unwrap();
    let browser = browser_with(
        &rig,
        BrowserSignIn {
            email: ADA.into(),
            organization_id: Some(globex.clone()),
            signed_in_ago: 600,
            impersonator: None,
        },
    );
    let emulator = rig.emulator;
    let rig = Rig { emulator, browser };
    let tokens = silent_tokens(&rig).await;
    assert_eq!(text(&tokens, "/organization_id"), globex);
    let claims = claims(&rig, &tokens).await;
    let age = claims["iat"].as_i64().unwrap() - claims["auth_time"].as_i64().unwrap();
    assert!((600..610).contains(&age), "{age}");
    assert_eq!(claims["role"], "member");
    let again = rig.authorize(&[("max_age", Some("300"))]).await;
    assert!(parameter(&again, "code").is_none(), "max_age is kept to");
}

#[tokio::test]
async fn a_browser_s_sign_in_can_be_an_impersonation_and_is_only_a_member_s() {
    let rig = rig().await;
    let browser = browser_with(
        &rig,
        BrowserSignIn {
            email: ADA.into(),
            impersonator: Some(Impersonator {
                email: SUPPORT.into(),
                reason: None,
            }),
            ..BrowserSignIn::default()
        },
    );
    let Rig { emulator, .. } = rig;
    let rig = Rig { emulator, browser };
    let tokens = silent_tokens(&rig).await;
    assert_eq!(text(&tokens, "/impersonator/email"), SUPPORT);
    let control = rig.emulator.control();
    let globex = control.organization_id("Globex");
    let elsewhere = BrowserSignIn {
        email: "grace@example.com".into(),
        organization_id: globex,
        ..BrowserSignIn::default()
    };
    assert!(control.open_browser_session(elsewhere).is_err());
    assert!(
        control
            .open_browser_session(BrowserSignIn::default())
            .is_err()
    );
}

#[tokio::test]
async fn browser_sessions_are_opened_over_http_with_a_cookie_for_the_browser() {
    let rig = rig().await;
    let request = rig.browser.post(rig.url("/_emulator/browser_sessions"));
    let body = json!({ "email": ADA, "signed_in_ago": 60 });
    let answer = request.json(&body).send().await.unwrap();
    assert!(answer.headers().get("set-cookie").is_none());
    let cookie: Value = answer.json().await.unwrap();
    assert_eq!(text(&cookie, "/url"), rig.emulator.base_url());
    let query = rig.query(&[]);
    let url = rig.url(&format!("/user_management/authorize?{query}"));
    let header = format!("{}={}", text(&cookie, "/name"), text(&cookie, "/value"));
    let answer = rig.browser.get(url).header("Cookie", header).send().await;
    assert!(parameter(&answer.unwrap(), "code").is_some());
    let request = rig.browser.post(rig.url("/_emulator/browser_sessions"));
    let misspelt = json!({ "email": ADA, "role": "admin" });
    let refused = request.json(&misspelt).send().await.unwrap();
    assert!(refused.status().is_client_error());
}
