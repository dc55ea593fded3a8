//! What needs a recent sign-in: who is asked again, how they come back, and who is refused whatever they do.

use super::population::impersonated;
use super::support::{ADA, Answer, App, Browser, GRACE, Log, SESSION};
use authkit_emulator::{Endpoint, Fault, Grant};
use authkit_leptos::{
    AuthError, RecentAuth,
    server::{check_recent_auth, require_recent_auth},
};
use leptos::{prelude::server, server_fn::ServerFn};
use reqwest::{Method, StatusCode};
use serde_json::json;

const DELETE: &str = "/api/delete_account";

/// As the form of the account page is sent.
async fn submit(browser: &mut Browser, confirmation: &str) -> Answer {
    let referer = browser.origin.join("/account").unwrap().to_string();
    let headers = [("referer", referer.as_str())];
    let form = [("confirmation", confirmation)];
    browser
        .send(Method::POST, DELETE, &headers, Some(&form))
        .await
}

/// As a script asks.
async fn ask(browser: &mut Browser) -> Answer {
    let accept = [("accept", "application/json")];
    let form = [("confirmation", "delete")];
    browser
        .send(Method::POST, DELETE, &accept, Some(&form))
        .await
}

#[tokio::test]
async fn the_page_of_one_user_deletes_nobody_elses_account() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let page = ada.get("/account").await.body;
    let (_, of) = page.split_once("name=\"user\" value=\"").unwrap();
    let of = of.split_once('"').unwrap().0;
    let mut grace = app.signed_in(GRACE).await;
    let referer = grace.origin.join("/account").unwrap().to_string();
    let headers = [("referer", referer.as_str())];
    let form = [("confirmation", "delete"), ("user", of)];
    let answer = grace
        .send(Method::POST, DELETE, &headers, Some(&form))
        .await;
    assert_eq!(
        answer.header("location"),
        "/account?deletion=another#delete"
    );
    let page = grace.get("/account?deletion=another").await;
    assert!(page.body.contains("Nothing is deleted."), "{}", page.body);
    let by_script = [("accept", "application/json")];
    let answer = grace
        .send(Method::POST, DELETE, &by_script, Some(&form))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(app.signed_in(GRACE).await.is_signed_in().await);
    let answer = ada.send(Method::POST, DELETE, &headers, Some(&form)).await;
    assert_eq!(answer.header("location"), "/account-deleted");
}

#[tokio::test]
async fn a_form_that_needs_a_recent_sign_in_leads_to_one_and_back_to_its_page() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.advance(301);
    let answer = submit(&mut browser, "delete").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let again = answer.header("location").to_owned();
    let back = "/account%3Fsign_in_notice%3Dform_not_sent";
    assert_eq!(again, format!("/sign-in?return_to={back}&max_age=300"));
    assert!(browser.is_signed_in().await, "nothing has happened");

    let page = browser.open(&again).await;
    let callback = browser.enter_password(&page, ADA).await;
    let page = browser.open(callback.as_str()).await;
    assert_eq!(page.url.path(), "/account");
    assert_eq!(page.url.query(), None);
    let notice = "Nothing has been done yet";
    assert!(page.body.contains(notice), "{}", page.body);
    let page = browser.open("/account").await;
    assert!(!page.body.contains(notice), "it is said once");
    let answer = submit(&mut browser, "delete").await;
    assert_eq!(answer.header("location"), "/account-deleted");
}

#[tokio::test]
async fn a_script_is_told_how_recent_the_sign_in_has_to_be() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.advance(301);
    let answer = ask(&mut browser).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.body, r#"{"SignInTooOld":{"max_age":300}}"#);
    // RFC 9470 §3.
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.contains("insufficient_user_authentication"),
        "{challenge}"
    );
    assert!(challenge.contains("max_age=\"300\""), "{challenge}");
}

/// As an app would write it: what it asks depends on how recent the sign-in is.
#[server(prefix = "/api/tests", endpoint = "sign_in_age")]
async fn sign_in_age() -> Result<RecentAuth, AuthError> {
    check_recent_auth(300)
}

/// As an app would write it: a recent sign-in is needed for large amounts only.
#[server(prefix = "/api/tests", endpoint = "transfer")]
async fn transfer(amount: u32) -> Result<(), AuthError> {
    if amount > 1_000 {
        require_recent_auth(300)?;
    }
    Ok(())
}

/// A transfer of this amount, as a script or a program asks for it.
async fn transferred(browser: &mut Browser, headers: &[(&str, &str)], amount: &str) -> Answer {
    let headers = [&[("accept", "application/json")], headers].concat();
    let form = [("amount", amount)];
    browser
        .send(Method::POST, Transfer::PATH, &headers, Some(&form))
        .await
}

#[tokio::test]
async fn a_server_function_checks_how_recent_the_sign_in_is_and_requires_it_where_it_matters() {
    let app = App::start().await;
    let began = app.clock.now();
    let mut browser = app.signed_in(ADA).await;
    for (age, is_stale, status) in [
        (0, false, StatusCode::OK),
        (280, false, StatusCode::OK),
        (311, true, StatusCode::UNAUTHORIZED),
    ] {
        app.advance(age);
        let script = [("accept", "application/json")];
        let checked = browser
            .send(Method::POST, SignInAge::PATH, &script, Some(&[]))
            .await;
        assert_eq!(checked.status, StatusCode::OK, "{}", checked.body);
        let checked: RecentAuth = serde_json::from_str(&checked.body).unwrap();
        assert_eq!(checked.is_stale, is_stale, "after {age} seconds");
        assert!(checked.authenticated_at >= Some(began));
        let small = transferred(&mut browser, &[], "10").await;
        assert_eq!(small.status, StatusCode::OK, "{}", small.body);
        let large = transferred(&mut browser, &[], "2000").await;
        assert_eq!(large.status, status, "after {age} seconds");
        if is_stale {
            assert!(large.body.contains("SignInTooOld"), "{}", large.body);
            let challenge = large.header("www-authenticate");
            assert!(challenge.contains("max_age=\"300\""), "{challenge}");
        }
    }
    // A form is led to sign in, and back to its page.
    let referer = browser.origin.join("/account").unwrap().to_string();
    let form = [("amount", "2000")];
    let headers = [("referer", referer.as_str())];
    let led = browser
        .send(Method::POST, Transfer::PATH, &headers, Some(&form))
        .await;
    assert_eq!(led.status, StatusCode::SEE_OTHER);
    let back = "/account%3Fsign_in_notice%3Dform_not_sent";
    let again = format!("/sign-in?return_to={back}&max_age=300");
    assert_eq!(led.header("location"), again);

    let stranger = transferred(&mut app.browser(), &[], "2000").await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    assert!(stranger.body.contains("SignedOut"), "{}", stranger.body);
    // A token that is new says how old the sign-in is.
    for (signed_in_ago, status) in [(0, StatusCode::OK), (400, StatusCode::UNAUTHORIZED)] {
        let granted = app.control.grant_as(Grant {
            email: ADA.to_owned(),
            signed_in_ago,
            ..Grant::default()
        });
        let granted = granted.unwrap();
        let bearer = format!("Bearer {}", granted["access_token"].as_str().unwrap());
        let program = [("authorization", bearer.as_str())];
        let large = transferred(&mut app.browser(), &program, "2000").await;
        assert_eq!(large.status, status, "{signed_in_ago}: {}", large.body);
    }
}

#[tokio::test]
async fn renewing_and_switching_do_not_make_a_sign_in_recent() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.advance(290);
    let page = browser.open("/account").await.body;
    assert!(page.contains("Delete my account"), "{page}");
    // Renews the session, whose token has expired.
    app.advance(310);
    let page = browser.open("/account").await.body;
    assert!(page.contains("Confirm that it is you"), "{page}");
    let globex = app.control.organization_id("Globex").unwrap();
    let form = [("organization_id", globex.as_str())];
    let accept = [("accept", "application/json")];
    let switch = "/auth/switch-organization";
    let moved = browser
        .send(Method::POST, switch, &accept, Some(&form))
        .await;
    assert_eq!(moved.status, StatusCode::OK);
    assert_eq!(ask(&mut browser).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_max_age_that_authkit_does_not_obey_signs_nobody_in_and_the_session_stays() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.advance(320);
    app.control.set_ignores_max_age(true);
    let before = browser.open("/account").await;
    assert_eq!(before.status, StatusCode::OK);
    let session = browser.cookies[SESSION].clone();
    let page = browser
        .open("/sign-in?return_to=/account&max_age=300")
        .await;
    page.explains("auth_too_old", 400);
    assert_eq!(browser.cookies[SESSION], session);
    assert!(browser.is_signed_in().await);
    assert_eq!(ask(&mut browser).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_auth_time_from_the_future_or_none_does_not_obey_a_max_age() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let session = browser.cookies[SESSION].clone();
    let later = app.clock.now() + 3_600;
    for odd in [json!(later), json!(later.to_string()), json!(null)] {
        let template = json!({ "auth_time": odd });
        let template = template.as_object().unwrap().clone();
        app.control.set_token_template(template).unwrap();
        let page = browser
            .open("/sign-in?return_to=/account&max_age=300")
            .await;
        page.explains("auth_too_old", 400);
        assert_eq!(browser.cookies[SESSION], session, "{odd}");
        assert!(browser.is_signed_in().await, "{odd}");
    }
}

#[tokio::test]
async fn a_sign_in_that_is_too_old_here_is_asked_for_whatever_authkits_clock_says() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let link = "/sign-in?return_to=/account&max_age=300";
    let asked = browser.get(link).await;
    assert_eq!(asked.parameter("max_age").as_deref(), Some("300"));
    app.advance(301);
    let asked = browser.get(link).await;
    assert_eq!(asked.parameter("max_age").as_deref(), Some("0"));
}

#[tokio::test]
async fn a_sign_in_that_took_too_long_is_started_again_with_its_max_age() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.advance(301);
    let page = browser
        .open("/sign-in?return_to=/account&max_age=300")
        .await;
    let callback = browser.enter_password(&page, ADA).await;
    app.advance(301 + 601);
    let again = browser.get(callback.as_str()).await;
    assert_eq!(again.location().path(), "/user_management/authorize");
    assert_eq!(again.parameter("max_age").as_deref(), Some("0"));
}

#[tokio::test]
async fn somebody_else_who_signs_in_instead_is_not_led_to_the_page_of_the_first() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.advance(301);
    let page = browser
        .open("/sign-in?return_to=/account&max_age=300")
        .await;
    let callback = browser.enter_password(&page, GRACE).await;
    let page = browser.open(callback.as_str()).await;
    assert_eq!(page.url.path(), "/");
    assert!(page.body.contains(GRACE), "{}", page.body);
    let notice = "You have signed in as another user than before.";
    assert!(page.body.contains(notice), "{}", page.body);
}

#[tokio::test]
async fn a_deleted_account_is_over_in_every_browser_and_for_its_tokens() {
    let app = App::start().await;
    let (mut browser, mut elsewhere) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
    let token = elsewhere
        .send(
            Method::POST,
            "/auth/access-token",
            &[("accept", "application/json")],
            Some(&[]),
        )
        .await;
    let token: authkit_leptos::AccessToken = serde_json::from_str(&token.body).unwrap();
    let bearer = format!("Bearer {}", token.token);

    let unconfirmed = submit(&mut browser, "no").await;
    assert!(!unconfirmed.header("location").contains("deleted"));
    assert!(browser.is_signed_in().await);

    let old_cookies = browser.cookies.clone();
    let page = submit(&mut browser, "delete").await;
    let page = browser.follow(page).await;
    assert_eq!(page.url.path(), "/account-deleted");
    assert!(!browser.is_signed_in().await);
    assert!(!elsewhere.is_signed_in().await);
    browser.cookies = old_cookies;
    assert!(
        !browser.is_signed_in().await,
        "the old cookie brings nobody back"
    );
    let mut program = app.browser();
    let headers = [("accept", "application/json"), ("authorization", &*bearer)];
    let answer = program.get_with("/api/caller", &headers).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(app.control.user_id(ADA).is_err());
}

#[tokio::test]
async fn an_account_that_may_not_be_deleted_yet_is_said_to_be_unknown_and_the_second_try_ends_it() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.control
        .set_fault(Endpoint::DeleteUser, Fault::status(500));
    let page = submit(&mut browser, "delete").await;
    let page = browser.follow(page).await;
    assert_eq!(page.url.path(), "/account");
    assert!(
        page.body
            .contains("it is not known whether your account is deleted")
    );
    assert!(browser.is_signed_in().await);
    let told = ask(&mut browser).await;
    assert_eq!(told.status, StatusCode::SERVICE_UNAVAILABLE);
    app.control.clear_faults();
    let answer = submit(&mut browser, "delete").await;
    assert_eq!(answer.header("location"), "/account-deleted");
}

#[tokio::test]
async fn an_impersonator_deletes_nobody_and_is_named_on_the_page() {
    let app = App::start().await;
    let mut browser = impersonated(&app, ADA).await;
    let page = browser.open("/account").await;
    assert_eq!(page.url.path(), "/account");
    for part in [
        "support@example.com",
        "ticket 7",
        "aria-label=\"Impersonation\"",
        "Only the user can do this",
    ] {
        assert!(page.body.contains(part), "{part}");
    }
    assert_eq!(ask(&mut browser).await.status, StatusCode::FORBIDDEN);

    let (log, _guard) = Log::capture("info");
    let form = [("organization_id", "org_nowhere")];
    let accept = [("accept", "application/json")];
    let switch = "/auth/switch-organization";
    browser
        .send(Method::POST, switch, &accept, Some(&form))
        .await;
    let log = log.text();
    let line = log.lines().find(|line| line.contains("session not moved"));
    let named = line.is_some_and(|line| line.contains("impersonator=\"support@example.com\""));
    assert!(named, "{log}");
}
