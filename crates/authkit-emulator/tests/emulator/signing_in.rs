//! The pages: signing in, signing up, and what is said when it doesn't work.

use reqwest::{Response, StatusCode};

use crate::support::emulator::{SEEDED_PASSWORD, SEEDED_USERS};
use crate::support::{Rig, parameter, rig, text};

async fn page(rig: &Rig, path: &str, changes: &[(&str, Option<&str>)]) -> String {
    let url = rig.url(&format!("{path}?{}", rig.query(changes)));
    rig.browser
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
}

async fn refused(answer: Response) -> String {
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let html = answer.text().await.unwrap();
    assert!(html.contains("role=\"alert\""), "{html}");
    assert!(html.contains("aria-invalid=\"true\""), "{html}");
    html
}

#[tokio::test]
async fn a_person_signs_up_and_in_again() {
    let rig = rig().await;
    let form = [
        ("email", " New@Example.com"),
        ("password", "long enough password"),
        ("first_name", "New"),
        ("last_name", ""),
    ];
    let answer = rig.post_page("/sign-up", &rig.query(&[]), &form).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(parameter(&answer, "state").as_deref(), Some("state-1"));
    let (_, tokens) = rig.exchange(&parameter(&answer, "code").unwrap()).await;
    assert_eq!(text(&tokens, "/user/email"), "new@example.com");
    assert_eq!(text(&tokens, "/user/name"), "New");
    let form = [
        ("email", "new@example.com"),
        ("password", "long enough password"),
    ];
    let answer = rig.post_page("/sign-in", &rig.query(&[]), &form).await;
    assert!(parameter(&answer, "code").is_some());
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_read_the_same() {
    let rig = rig().await;
    let mut pages = Vec::new();
    for (email, password) in [
        ("ada@example.com", "wrong password"),
        ("no@example.com", "wrong password"),
    ] {
        let form = [("email", email), ("password", password)];
        let html = refused(rig.post_page("/sign-in", &rig.query(&[]), &form).await).await;
        assert!(!html.contains("wrong password"), "a password was sent back");
        pages.push(html.replace(email, "EMAIL"));
    }
    let same = |html: &str| html.split("Development users").next().map(str::to_owned);
    assert_eq!(same(&pages[0]), same(&pages[1]));
}

#[tokio::test]
async fn what_cannot_become_an_account_is_said_at_its_field() {
    let rig = rig().await;
    for (email, password, said) in [
        (
            "ADA@example.com",
            "long enough password",
            "This email already has an account.",
        ),
        (
            "not-an-address",
            "long enough password",
            "Enter an email address",
        ),
        (
            "Ada <new@example.com>",
            "long enough password",
            "Enter an email address",
        ),
        (
            "new@example",
            "long enough password",
            "Enter an email address",
        ),
        ("new@example.com", "too short", "Choose a longer password"),
        (
            "new@example.com",
            "New@example.com",
            "Choose a longer password",
        ),
    ] {
        let form = [("email", email), ("password", password)];
        let html = refused(rig.post_page("/sign-up", &rig.query(&[]), &form).await).await;
        assert!(html.contains(said), "{email} {password}");
    }
}

#[tokio::test]
async fn what_was_typed_is_text_and_never_markup() {
    let rig = rig().await;
    let form = [
        ("email", "\"><script>alert(1)</script>"),
        ("password", "x"),
        ("first_name", "<b>x</b>"),
    ];
    let html = refused(rig.post_page("/sign-up", &rig.query(&[]), &form).await).await;
    assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_in() {
    let rig = rig().await;
    let form = [("email", "ada@example.com"), ("password", SEEDED_PASSWORD)];
    for path in ["/sign-in", "/sign-up", "/sign-in/continue"] {
        let url = rig.url(&format!("{path}?{}", rig.query(&[])));
        for (name, value) in [
            ("Origin", "http://evil.example"),
            ("Origin", "null"),
            ("Sec-Fetch-Site", "cross-site"),
        ] {
            let request = rig.browser.post(&url).header(name, value).form(&form);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path} {value}");
            assert!(answer.headers().get("set-cookie").is_none());
        }
    }
}

#[tokio::test]
async fn pages_forbid_scripts_framing_and_caching() {
    let rig = rig().await;
    let url = rig.url(&format!("/sign-in?{}", rig.query(&[])));
    let answer = rig.browser.get(url).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    for rule in [
        "default-src 'none'",
        "form-action 'self' http://localhost:3000;",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["referrer-policy"], "same-origin");
    let html = answer.text().await.unwrap();
    assert!(
        !html.contains("<script") && !html.contains(" style="),
        "{html}"
    );
}

#[tokio::test]
async fn the_pages_keep_the_request_and_offer_a_way_back() {
    let rig = rig().await;
    let html = page(&rig, "/sign-in", &[("login_hint", Some("ada@example.com"))]).await;
    assert!(html.contains("value=\"ada@example.com\""));
    assert!(html.contains("/sign-up?") && html.contains("state=state-1"));
    assert!(html.contains("error=access_denied"));
    assert!(SEEDED_USERS.iter().all(|email| html.contains(email)));
}

#[tokio::test]
async fn somebody_signed_in_may_go_on_unless_they_must_prove_themselves() {
    let rig = rig().await;
    rig.code_for("ada@example.com").await;
    let html = page(&rig, "/sign-up", &[("screen_hint", Some("sign-up"))]).await;
    assert!(html.contains("You are signed in as ada@example.com"));
    let answer = rig
        .post_page("/sign-in/continue", &rig.query(&[]), &[])
        .await;
    assert!(parameter(&answer, "code").is_some());
    let again = [("prompt", Some("login"))];
    assert!(
        !page(&rig, "/sign-in", &again)
            .await
            .contains("You are signed in as")
    );
    let answer = rig
        .post_page("/sign-in/continue", &rig.query(&again), &[])
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_browser_s_cookie_is_kept_from_scripts_and_other_sites() {
    let rig = rig().await;
    let form = [("email", "ada@example.com"), ("password", SEEDED_PASSWORD)];
    let answer = rig.post_page("/sign-in", &rig.query(&[]), &form).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("authkit-emulator-session="));
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/")
    );
}

#[tokio::test]
async fn an_invitation_is_for_its_address_and_joins_the_organization() {
    let rig = rig().await;
    let acme = rig.emulator.control().organization_id("Acme").unwrap();
    let token = rig
        .emulator
        .control()
        .invite("guest@example.com", Some(&acme))
        .unwrap();
    let query = rig.query(&[("invitation_token", Some(&token))]);
    let other = [
        ("email", "other@example.com"),
        ("password", "long enough password"),
    ];
    let html = refused(rig.post_page("/sign-up", &query, &other).await).await;
    assert!(html.contains("The invitation is for another address"));
    let guest = [
        ("email", "guest@example.com"),
        ("password", "long enough password"),
    ];
    let answer = rig.post_page("/sign-up", &query, &guest).await;
    let (_, tokens) = rig.exchange(&parameter(&answer, "code").unwrap()).await;
    assert_eq!(text(&tokens, "/organization_id"), acme);
}
