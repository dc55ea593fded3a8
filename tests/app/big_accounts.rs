//! Accounts of any size sign in, with headers that proxies take as they come: 4 kB for a usual one, 8 kB for the worst.

use super::support::{ADA, Answer, App, Browser, Log};
use authkit_emulator::NewUser;
use serde_json::{Map, Value, json};

const BIG: &str = "big@example.com";
/// What a usual account's headers stay below: the page of memory that nginx's `proxy_buffer_size` is.
const USUAL: usize = 4_096;
/// What every account's stay below.
const WORST: usize = 8_192;

/// The headers of an answer as they go over the wire in HTTP/1.1, status line and blank line included.
fn length(answer: &Answer) -> usize {
    let lines = answer.headers.iter();
    let lines = lines.map(|(name, value)| name.as_str().len() + ": ".len() + value.len() + 2);
    "HTTP/1.1 302 Found\r\n\r\n".len() + lines.sum::<usize>()
}

/// The answer of the callback for somebody with the seeded password, who comes from a page of this address.
async fn called_back(browser: &mut Browser, email: &str, return_to: &str) -> Answer {
    let link = format!("/sign-in?prompt=login&return_to={return_to}");
    let page = browser.open(&link).await;
    let callback = browser.enter_password(&page, email).await;
    browser.get(callback.as_str()).await
}

/// A template of JWTs whose claims take this many bytes, most of them permissions.
fn template(bytes: usize) -> Map<String, Value> {
    let permissions = |count| {
        let slugs: Vec<_> = (0..count)
            .map(|number| format!("invoices:read-{number:04}"))
            .collect();
        json!({ "permissions": slugs, "note": "" })
    };
    let count = (0..).find(|count| permissions(count + 1).to_string().len() > bytes);
    let mut claims = permissions(count.unwrap());
    claims["note"] = json!("n".repeat(bytes - claims.to_string().len()));
    assert_eq!(claims.to_string().len(), bytes);
    claims.as_object().unwrap().clone()
}

async fn add_big(app: &App) {
    let user = NewUser {
        email: BIG.to_owned(),
        first_name: Some("𝔸".repeat(45_000)),
        last_name: Some("\u{202e}".repeat(45_000)),
        profile_picture_url: Some(format!("https://pictures.example/{}", "x".repeat(20_000))),
        ..NewUser::default()
    };
    app.control.create_user(user).await.unwrap();
}

#[tokio::test]
async fn a_usual_account_takes_one_small_cookie() {
    let workos = App::start().await;
    let https = [("WORKOS_REDIRECT_URI", "https://app.example/callback")];
    for changes in [&[][..], &https[..]] {
        let app = App::start_against(&workos, changes).await;
        let mut browser = app.browser();
        browser.origin = app.address();
        let page = browser.open("/sign-in?led_here=1&return_to=/account").await;
        let mut callback = browser.enter_password(&page, ADA).await;
        let origin = app.address();
        callback.set_scheme(origin.scheme()).unwrap();
        callback.set_host(origin.host_str()).unwrap();
        callback.set_port(origin.port()).unwrap();
        let answer = browser.get(callback.as_str()).await;
        assert!(
            answer.header("location").ends_with("/account"),
            "{answer:?}"
        );
        assert!(length(&answer) < USUAL, "{} bytes", length(&answer));
        assert!(
            browser.cookie_header().len() < 2_048,
            "{}",
            browser.cookie_header().len()
        );
        app.advance(301);
        let renewed = browser.get("/").await;
        assert!(!renewed.set_cookies().is_empty(), "{renewed:?}");
        assert!(length(&renewed) < USUAL, "{} bytes", length(&renewed));
        app.advance(0);
    }
}

#[tokio::test]
async fn the_biggest_profile_and_the_biggest_template_sign_in_and_are_renewed_below_8_kilobytes() {
    let app = App::start().await;
    add_big(&app).await;
    // The most that WorkOS lets a template come to. Sessions have room for more: see docs/sessions.md.
    app.control.set_token_template(template(3_072)).unwrap();
    let mut browser = app.browser();
    // Two sign-ins that were left, with the longest way back there is.
    let way_back = format!("/account?q={}", "x".repeat(480));
    for _ in 0..8 {
        let answer = browser.get(&format!("/sign-in?return_to={way_back}")).await;
        assert!(length(&answer) < USUAL, "{} bytes", length(&answer));
    }
    let answer = called_back(&mut browser, BIG, &way_back).await;
    assert!(answer.header("location").ends_with(&way_back), "{answer:?}");
    assert!(length(&answer) < WORST, "{} bytes", length(&answer));
    let sent = browser.cookie_header().len();
    assert!(sent > 4_096 && sent < WORST, "{sent} bytes of cookies");
    let page = browser.get("/account").await;
    assert_eq!(page.status, 200);
    app.advance(301);
    let renewed = browser.get("/account").await;
    assert!(!renewed.set_cookies().is_empty());
    assert!(length(&renewed) < WORST, "{} bytes", length(&renewed));
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_long_name_is_shown_by_its_beginning() {
    let app = App::start().await;
    add_big(&app).await;
    let mut browser = app.browser();
    let answer = called_back(&mut browser, BIG, "/account").await;
    assert!(length(&answer) < USUAL, "{} bytes", length(&answer));
    let page = browser.get("/account").await;
    let shown = "𝔸".repeat(64) + "…";
    assert!(page.body.contains(&shown), "{}", page.body.len());
    assert!(page.body.len() < 65_536, "{} bytes", page.body.len());
}

#[tokio::test]
async fn a_token_that_is_too_big_is_told_by_name_and_a_renewal_to_one_signs_nobody_out() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.control.set_token_template(template(4_200)).unwrap();
    let mut late = app.browser();
    let answer = called_back(&mut late, ADA, "/account").await;
    let answer = late.follow(answer).await;
    answer.explains("token_too_big", 502);
    assert!(!late.is_signed_in().await);

    for age in [301, 602, 903] {
        app.advance(age);
        assert!(browser.is_signed_in().await, "after {age} seconds");
    }
}

#[tokio::test]
async fn a_token_with_five_thousand_permissions_lets_nobody_in_and_is_told_by_name() {
    let app = App::start().await;
    let mut open = app.signed_in(ADA).await;
    let permissions: Vec<_> = (0..5_000).map(|number| format!("p{number}")).collect();
    let claims = json!({ "permissions": permissions });
    let claims = claims.as_object().unwrap().clone();
    app.control.set_token_template(claims).unwrap();
    let (log, _guard) = Log::capture("info");
    let mut late = app.browser();
    let answer = called_back(&mut late, ADA, "/account").await;
    let page = late.follow(answer).await;
    page.explains("token_too_big", 502);
    assert!(!late.is_signed_in().await);
    let told = log.text();
    assert!(told.contains("reason=\"session_too_long\""), "{told}");
    assert!(!told.contains("p4999"), "{told}");

    // A session is renewed to none, and the sign-in after that says why.
    app.advance(320);
    assert!(!open.is_signed_in().await);
    let told = log.text().split_off(told.len());
    assert!(told.contains("reason=\"session_too_long\""), "{told}");
    let answer = called_back(&mut open, ADA, "/account").await;
    let page = open.follow(answer).await;
    page.explains("token_too_big", 502);
}
