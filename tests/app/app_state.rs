//! The app's own `state`, and what else a link to `/sign-in` says: where it goes, and where it does not.

use super::support::{ADA, Answer, App, Browser};
use authkit_leptos::server::Admit;
use reqwest::{Method, StatusCode};
use std::convert::Infallible;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A server, and the states that its hook was told.
async fn listening() -> (App, UnboundedReceiver<Option<String>>) {
    let app = App::start().await;
    let (tell, told) = unbounded_channel();
    app.authkit.on_sign_in(move |it| {
        tell.send(it.state).unwrap();
        async { Ok::<_, Infallible>(Admit::Yes) }
    });
    (app, told)
}

fn link(state: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("state", state)
        .finish();
    format!("/sign-in?return_to=/account&{query}")
}

async fn finish(browser: &mut Browser, page: &Answer) {
    let callback = browser.enter_password(page, ADA).await;
    let page = browser.open(callback.as_str()).await;
    assert_eq!((page.url.path(), page.status), ("/account", StatusCode::OK));
}

#[tokio::test]
async fn a_state_of_2048_bytes_reaches_the_hook_and_not_authkit() {
    let (app, mut told) = listening().await;
    for state in ["plan=pro&x=\"<é>\"".to_owned(), "é".repeat(1_024)] {
        let mut browser = app.browser();
        let answer = browser.get(&link(&state)).await;
        let authorize = answer.location();
        assert!(authorize.as_str().len() < 1_000, "{authorize}");
        let page = browser.follow(answer).await;
        finish(&mut browser, &page).await;
        assert_eq!(told.recv().await.unwrap(), Some(state));
    }
    let mut browser = app.browser();
    browser.sign_in("/sign-in?state=", ADA).await;
    assert_eq!(told.recv().await.unwrap(), None);
}

#[tokio::test]
async fn a_state_of_2049_bytes_or_with_a_nul_starts_nothing() {
    let (app, _told) = listening().await;
    let mut browser = app.browser();
    for bad in [
        "x".repeat(2_049),
        format!("{}é", "x".repeat(2_047)),
        "a\0b".to_owned(),
    ] {
        browser
            .open(&link(&bad))
            .await
            .explains("state_too_long", 400);
        assert_eq!(browser.attempts(), 0);
    }
    // Nor by the app's own form, which another site's link leads to.
    let form = [("state", "a\0b"), ("organization_id", "org_1")];
    let answer = browser
        .send(Method::POST, "/auth/continue-sign-in", &[], Some(&form))
        .await;
    browser.follow(answer).await.explains("state_too_long", 400);
}

#[tokio::test]
async fn a_state_survives_the_restart_of_an_attempt_that_took_too_long() {
    let (app, mut told) = listening().await;
    let mut browser = app.browser();
    let page = browser.open(&link("from the newsletter")).await;
    let callback = browser.enter_password(&page, ADA).await;
    app.advance(601);
    let restart = browser.get(callback.as_str()).await;
    assert_eq!(restart.location().path(), "/user_management/authorize");
    let page = browser.follow(restart).await;
    assert_eq!(page.url.path(), "/account", "AuthKit has a session by now");
    let state = told.recv().await.unwrap();
    assert_eq!(state.as_deref(), Some("from the newsletter"));
}

#[tokio::test]
async fn a_state_goes_through_the_page_that_asks_first() {
    let (app, mut told) = listening().await;
    let mut browser = app.browser();
    let elsewhere = [("sec-fetch-site", "cross-site")];
    let link = "/sign-in?return_to=/account&state=a%22b&login_hint=ada%40example.com&prompt=login&domain_hint=example.com";
    let answer = browser.get_with(link, &elsewhere).await;
    let page = browser.follow(answer).await;
    assert_eq!(page.url.path(), "/confirm-sign-in");
    let field = r#"name="state" value="a&quot;b""#;
    assert!(page.body.contains(field), "{}", page.body);
    let form = [("return_to", "/account"), ("state", "a\"b")];
    let answer = browser
        .send(Method::POST, "/auth/continue-sign-in", &[], Some(&form))
        .await;
    let page = browser.follow(answer).await;
    finish(&mut browser, &page).await;
    assert_eq!(told.recv().await.unwrap().as_deref(), Some("a\"b"));
}

#[tokio::test]
async fn scopes_go_to_the_provider_that_the_link_names_and_to_no_other() {
    let app = App::start().await;
    let mut browser = app.browser();
    let link = "/sign-in?provider=GoogleOAuth&provider_scopes=calendar,+drive";
    let answer = browser.get(link).await;
    assert_eq!(answer.parameter("provider").as_deref(), Some("GoogleOAuth"));
    let scopes = answer.parameter("provider_scopes");
    assert_eq!(scopes.as_deref(), Some("calendar,drive"));
    for without in ["", "provider=authkit&", "organization_id=org_1&"] {
        let link = format!("/sign-in?{without}provider_scopes=calendar");
        browser.open(&link).await.explains("authkit_refused", 400);
    }
}
