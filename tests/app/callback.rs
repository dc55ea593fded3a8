//! Callbacks that are no end of a sign-in: each gets a readable page, its attempt is gone, and no other is.

use super::support::{ADA, App, parameter};
use authkit_emulator::{Endpoint, Fault, Impersonator};
use reqwest::StatusCode;
use std::time::Duration;

#[tokio::test]
async fn a_callback_with_no_parameters_is_explained() {
    let app = App::start().await;
    let mut browser = app.browser();
    browser.get("/sign-in").await;
    browser
        .open("/callback")
        .await
        .explains("callback_incomplete", 400);
    assert_eq!(browser.attempts(), 1, "another tab's");
}

#[tokio::test]
async fn a_callback_with_a_parameter_twice_is_explained() {
    let app = App::start().await;
    let page = app.browser().open("/callback?code=a&code=b").await;
    page.explains("callback_incomplete", 400);
}

#[tokio::test]
async fn a_wrong_state_is_explained_and_no_code_is_exchanged() {
    let app = App::start().await;
    let mut browser = app.browser();
    browser.get("/sign-in").await;
    let page = browser.open("/callback?code=c&state=made-up").await;
    page.explains("state_invalid", 400);
    assert_eq!(browser.attempts(), 1, "another tab's");
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 0);
}

#[tokio::test]
async fn a_used_state_leads_on_while_signed_in_and_starts_again_once_afterwards() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in?return_to=/account").await;
    let callback = browser.enter_password(&page, ADA).await;
    browser.open(callback.as_str()).await;
    let again = browser.open(callback.as_str()).await;
    assert_eq!(
        (again.url.path(), again.status),
        ("/account", StatusCode::OK)
    );
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 1);
    browser.post("/sign-out").await;
    let again = browser.get(callback.as_str()).await;
    assert_eq!(again.location().path(), "/user_management/authorize");
    assert!(!browser.is_signed_in().await);
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 1);
    // A browser that keeps no cookies would go round in circles.
    let again = browser.open(callback.as_str()).await;
    again.explains("attempt_unknown", 400);
    assert_eq!(
        parameter(&again.url, "return_to").as_deref(),
        Some("/account")
    );
}

#[tokio::test]
async fn the_same_callback_twice_at_once_exchanges_the_code_once() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in?return_to=/account").await;
    let callback = browser.enter_password(&page, ADA).await;
    let slow = Fault::latency(Duration::from_millis(300));
    app.control.set_fault(Endpoint::Authenticate, slow);
    let (mut one, mut two) = (browser.clone(), browser);
    let (first, second) = tokio::join!(one.open(callback.as_str()), two.open(callback.as_str()));
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 1);
    for (answer, mut browser) in [(first, one), (second, two)] {
        assert_eq!(
            (answer.url.path(), answer.status),
            ("/account", StatusCode::OK)
        );
        assert!(browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn an_exchange_goes_on_when_the_browser_hangs_up_and_a_reload_gets_its_session() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in").await;
    let callback = browser.enter_password(&page, ADA).await;
    let slow = Fault::latency(Duration::from_millis(300));
    app.control.set_fault(Endpoint::Authenticate, slow);
    let mut impatient = browser.clone();
    let asked = impatient.get(callback.as_str());
    let exchange_begins = async {
        while app.control.calls_of(Endpoint::Authenticate) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        answer = asked => panic!("answered before it could be given up: {answer:?}"),
        () = exchange_begins => {}
    }
    let reloaded = browser.open(callback.as_str()).await;
    assert_eq!(reloaded.status, StatusCode::OK);
    assert!(browser.is_signed_in().await);
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 1);
}

#[tokio::test]
async fn a_callback_that_another_site_makes_up_leaves_sign_ins_under_way_alone() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in?return_to=/account").await;
    for made_up in [
        "/callback?state=x",
        "/callback?code=c",
        "/callback?error=access_denied",
        "/callback",
    ] {
        browser.get(made_up).await;
    }
    let callback = browser.enter_password(&page, ADA).await;
    assert_eq!(browser.open(callback.as_str()).await.url.path(), "/account");
}

#[tokio::test]
async fn a_state_of_another_browser_signs_nobody_in_and_starts_again() {
    let app = App::start().await;
    let mut attacker = app.browser();
    let page = attacker.open("/sign-in").await;
    let callback = attacker.enter_password(&page, ADA).await;
    let mut victim = app.browser();
    let answer = victim.get(callback.as_str()).await;
    assert_eq!(answer.location().path(), "/user_management/authorize");
    assert!(!victim.is_signed_in().await);
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 0);
}

/// Code injection (RFC 9700 §4.5): a browser with a sign-in of its own is handed the code of another.
#[tokio::test]
async fn a_code_of_another_sign_in_is_refused_for_its_verifier() {
    let app = App::start().await;
    let mut attacker = app.browser();
    let page = attacker.open("/sign-in").await;
    let theirs = attacker.enter_password(&page, ADA).await;
    let code = parameter(&theirs, "code").unwrap();
    let mut victim = app.browser();
    let state = victim.get("/sign-in").await.parameter("state").unwrap();
    let injected = format!("/callback?code={code}&state={state}");
    victim.open(&injected).await.explains("code_refused", 400);
    assert!(!victim.is_signed_in().await);
    // With the state it came with the code was good, and is used up by now.
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 1);
}

#[tokio::test]
async fn access_denied_is_explained_as_a_choice() {
    let app = App::start().await;
    let mut browser = app.browser();
    let state = browser
        .get("/sign-in?return_to=/account")
        .await
        .parameter("state")
        .unwrap();
    let page = browser
        .open(&format!("/callback?error=access_denied&state={state}"))
        .await;
    page.explains("access_denied", 400);
    assert!(page.body.contains("/sign-in?return_to=/account"));
    assert_eq!(browser.attempts(), 0);
}

#[tokio::test]
async fn cancelling_late_is_still_a_choice() {
    let app = App::start().await;
    let mut browser = app.browser();
    let answer = browser.get("/sign-in").await;
    let state = answer.parameter("state").unwrap();
    app.advance(601);
    let link = format!("/callback?error=access_denied&state={state}");
    browser.open(&link).await.explains("access_denied", 400);
}

#[tokio::test]
async fn another_error_of_authkit_is_explained_and_never_shown_raw() {
    let app = App::start().await;
    let mut browser = app.browser();
    let state = browser.get("/sign-in").await.parameter("state").unwrap();
    let page = browser
        .open(&format!(
            "/callback?error=%3Cscript%3E&error_description=boo&state={state}"
        ))
        .await;
    page.explains("authkit_refused", 400);
    assert!(!page.body.contains("boo"));
}

#[tokio::test]
async fn a_code_that_authkit_does_not_know_is_explained() {
    let app = App::start().await;
    let mut browser = app.browser();
    let state = browser.get("/sign-in").await.parameter("state").unwrap();
    let page = browser
        .open(&format!("/callback?code=nonsense&state={state}"))
        .await;
    page.explains("code_refused", 400);
    assert_eq!(browser.attempts(), 0);
}

#[tokio::test]
async fn an_expired_attempt_starts_again_once_and_keeps_the_way_back() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open("/sign-in?return_to=/account").await;
    let callback = browser.enter_password(&page, ADA).await;
    app.advance(601);
    let restart = browser.get(callback.as_str()).await;
    assert_eq!(restart.location().path(), "/user_management/authorize");
    let page = browser.follow(restart).await;
    assert_eq!((page.status, page.url.path()), (StatusCode::OK, "/account"));
}

#[tokio::test]
async fn an_attempt_that_expires_again_is_explained() {
    let app = App::start().await;
    let mut browser = app.browser();
    let state = browser
        .get("/sign-in?return_to=/account")
        .await
        .parameter("state")
        .unwrap();
    app.advance(601);
    let restart = browser
        .get(&format!("/callback?code=c&state={state}"))
        .await;
    let state = restart.parameter("state").unwrap();
    app.advance(1_202);
    let page = browser
        .open(&format!("/callback?code=c&state={state}"))
        .await;
    page.explains("attempt_expired", 400);
    assert_eq!(
        parameter(&page.url, "return_to").as_deref(),
        Some("/account")
    );
}

#[tokio::test]
async fn an_impersonation_arrives_without_state_and_starts_again() {
    let app = App::start().await;
    let mut browser = app.browser();
    let impersonator = Impersonator {
        email: "support@example.com".to_owned(),
        reason: Some("ticket 7".to_owned()),
    };
    let callback = app.control.impersonate(ADA, impersonator, None).unwrap();
    let answer = browser.get(&callback).await;
    assert_eq!(answer.location().path(), "/user_management/authorize");
    assert_eq!(
        app.control.calls_of(Endpoint::Authenticate),
        0,
        "its code is not used"
    );
}

#[tokio::test]
async fn an_authkit_that_always_drops_the_state_is_explained_and_no_loop() {
    let app = App::start().await;
    app.control
        .set_fault(Endpoint::Authorize, Fault::drop_state());
    let mut browser = app.browser();
    let page = browser.open("/sign-in?return_to=/account").await;
    let callback = browser.enter_password(&page, ADA).await;
    assert_eq!(parameter(&callback, "state"), None, "the fault works");
    let page = browser.open(callback.as_str()).await;
    page.explains("attempt_expired", 400);
    assert_eq!(
        parameter(&page.url, "return_to").as_deref(),
        Some("/account")
    );
}
