//! A new access token because somebody asks for one: by `POST /auth/refresh`, and by a handler for its own request.

use super::support::{ADA, Answer, App, Browser, GRACE, SESSION};
use authkit_app::DatabaseSettings;
use authkit_emulator::{Endpoint, Fault};
use authkit_leptos::{
    AuthError, Identity,
    server::{MaybeUser, auth_state, refresh_session, require_user},
};
use axum::{
    body::Body,
    extract::{FromRequestParts, Request},
    response::Response,
};
use leptos::{prelude::server, server_fn::ServerFn};
use reqwest::{Method, StatusCode};
use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::task::JoinSet;
use tower::{Layer, ServiceExt};

const PATH: &str = "/auth/refresh";
const SCRIPT: (&str, &str) = ("accept", "application/json");

/// As a script asks.
async fn ask(browser: &mut Browser, form: &[(&str, &str)]) -> Answer {
    browser
        .send(Method::POST, PATH, &[SCRIPT], Some(form))
        .await
}

async fn refresh(browser: &mut Browser) -> Identity {
    let answer = ask(browser, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn a_good_token_is_renewed_when_a_page_asks_and_says_what_is_true_by_now() {
    let app = App::start().await;
    let acme = app.control.organization_id("Acme").unwrap();
    let mut browser = app.signed_in(ADA).await;
    let before = browser.cookies[SESSION].clone();
    app.control.define_role("auditor", &[]).unwrap();
    app.control.set_role(ADA, &acme, "auditor").unwrap();
    assert_eq!(refresh(&mut browser).await.roles, ["auditor"]);
    assert_ne!(browser.cookies[SESSION], before);
    assert!(browser.is_signed_in().await, "the new cookie works");
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 2);
    // Others within five seconds get what this one got, with the new token and with the old.
    app.control.set_role(ADA, &acme, "member").unwrap();
    assert_eq!(refresh(&mut browser).await.roles, ["auditor"]);
    browser.cookies.insert(SESSION.to_owned(), before);
    assert_eq!(refresh(&mut browser).await.roles, ["auditor"]);
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 2);
    // And who asks after that, what is true then.
    let asked_again = async {
        while refresh(&mut browser).await.roles != ["member"] {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let asked_again = tokio::time::timeout(Duration::from_secs(20), asked_again).await;
    asked_again.expect("it is the same for ever");
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 3);
}

#[tokio::test]
async fn what_another_server_got_is_good_for_five_seconds() {
    let host = App::start().await;
    let folder = tempfile::tempdir().unwrap();
    let database = || Some(DatabaseSettings::Sqlite(folder.path().join("app.db")));
    let one = App::start_against_on(&host, &[], database()).await;
    let two = App::start_against_on(&host, &[], database()).await;
    let acme = host.control.organization_id("Acme").unwrap();
    host.control.define_role("auditor", &[]).unwrap();
    let browser = one.signed_in(ADA).await;
    let at = |server: &App| {
        let mut tab = browser.clone();
        tab.origin = server.origin.clone();
        tab
    };
    assert_eq!(refresh(&mut at(&one)).await.roles, ["admin"]);
    host.control.set_role(ADA, &acme, "auditor").unwrap();
    assert_eq!(refresh(&mut at(&two)).await.roles, ["admin"]);
    assert_eq!(host.control.calls_of(Endpoint::Authenticate), 2);
    // Another server still, which has not been asked yet: seconds later it asks for itself.
    let three = App::start_against_on(&host, &[], database()).await;
    three.advance(7);
    assert_eq!(refresh(&mut at(&three)).await.roles, ["auditor"]);
    assert_eq!(host.control.calls_of(Endpoint::Authenticate), 3);
}

#[tokio::test]
async fn a_session_that_has_moved_since_is_not_moved_back_by_what_was_asked_before() {
    let app = App::start().await;
    let globex = app.control.organization_id("Globex").unwrap();
    let mut browser = app.signed_in(ADA).await;
    refresh(&mut browser).await;
    let answer = ask(&mut browser, &[("organization_id", &globex)]).await;
    let moved: Identity = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(moved.organization_id.as_ref(), Some(&globex));
    let stays = refresh(&mut browser).await;
    assert_eq!(stays.organization_id, Some(globex));
}

#[tokio::test]
async fn fifty_that_ask_at_two_servers_at_once_cost_one_refresh() {
    let host = App::start().await;
    let folder = tempfile::tempdir().unwrap();
    let database = || Some(DatabaseSettings::Sqlite(folder.path().join("app.db")));
    let one = App::start_against_on(&host, &[], database()).await;
    let two = App::start_against_on(&host, &[], database()).await;
    let browser = one.signed_in(ADA).await;
    let slow = Fault::latency(Duration::from_millis(300));
    host.control.set_fault(Endpoint::Authenticate, slow);
    let mut requests = JoinSet::new();
    for turn in 0..50 {
        let mut tab = browser.clone();
        tab.origin = [&one, &two][turn % 2].origin.clone();
        requests.spawn(async move { refresh(&mut tab).await });
    }
    let mut answers = requests.join_all().await;
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(host.control.calls_of(Endpoint::Authenticate), 2);
}

#[tokio::test]
async fn who_may_not_have_one_is_told_why_and_keeps_the_session() {
    let app = App::start().await;
    let mut browser = app.browser();
    let answer = ask(&mut browser, &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let mut browser = app.signed_in(GRACE).await;
    let before = browser.cookies[SESSION].clone();
    let foreign = [("origin", "https://evil.example"), SCRIPT];
    let answer = browser.send(Method::POST, PATH, &foreign, None).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "another site");
    for form in [
        &[("organization_id", "org_1&state=x")][..],
        &[("organization_id", "user_1")],
    ] {
        let answer = ask(&mut browser, form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{form:?}");
    }
    let elsewhere = app.control.create_organization("Elsewhere");
    let answer = ask(&mut browser, &[("organization_id", &elsewhere)]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "not a member");
    app.control
        .set_fault(Endpoint::Authenticate, Fault::status(503));
    let answer = ask(&mut browser, &[]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(browser.is_signed_in().await);
    assert_eq!(browser.cookies[SESSION], before);
    // A form could show the answer as a page.
    let answer = browser.post(PATH).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

/// As an app would write it: the roles of the caller before, of the new session, and of the caller from then on.
#[server(prefix = "/api/tests", endpoint = "roles_now")]
async fn roles_now() -> Result<[Vec<String>; 4], AuthError> {
    let roles = || auth_state().identity().unwrap().roles.clone();
    let before = roles();
    let renewed = refresh_session(None).await?.roles;
    Ok([before, renewed, roles(), require_user()?.roles])
}

#[tokio::test]
async fn the_rest_of_a_server_function_goes_by_the_new_token() {
    let app = App::start().await;
    let acme = app.control.organization_id("Acme").unwrap();
    let mut browser = app.signed_in(ADA).await;
    app.control.define_role("auditor", &[]).unwrap();
    app.control.set_role(ADA, &acme, "auditor").unwrap();
    let before = browser.cookies[SESSION].clone();
    let path = RolesNow::PATH;
    let answer = browser.send(Method::POST, path, &[SCRIPT], Some(&[])).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let roles: [Vec<String>; 4] = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(roles, [["admin"], ["auditor"], ["auditor"], ["auditor"]]);
    assert_ne!(browser.cookies[SESSION], before);
    assert!(browser.is_signed_in().await, "the new cookie works");
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 2);
}

#[tokio::test]
async fn the_rest_of_the_request_goes_by_the_new_token() {
    let app = App::start().await;
    let acme = app.control.organization_id("Acme").unwrap();
    let browser = app.signed_in(ADA).await;
    app.control.define_role("auditor", &[]).unwrap();
    app.control.set_role(ADA, &acme, "auditor").unwrap();
    let (authkit, seen) = (app.authkit.clone(), Arc::new(Mutex::new(Vec::new())));
    let noted = Arc::clone(&seen);
    let handler = tower::service_fn(move |request: Request| {
        let (authkit, noted) = (authkit.clone(), Arc::clone(&noted));
        async move {
            let (mut parts, _) = request.into_parts();
            for _ in 0..2 {
                let user = MaybeUser::from_request_parts(&mut parts, &()).await;
                noted.lock().unwrap().push(user.unwrap().0.unwrap().roles);
                authkit.refresh_session(&parts, None).await.unwrap();
            }
            let refused = authkit.refresh_session(&parts, Some("org_é")).await;
            assert_eq!(refused, Err(AuthError::BadRequest));
            Ok::<_, Infallible>(Response::new(Body::empty()))
        }
    });
    let request = Request::post("/of-the-app").header("cookie", browser.cookie_header());
    let request = request.body(Body::empty()).unwrap();
    let answer = app.authkit.layer().layer(handler).oneshot(request).await;
    assert_eq!(*seen.lock().unwrap(), [["admin"], ["auditor"]]);
    let set = answer
        .unwrap()
        .headers()
        .get_all("set-cookie")
        .iter()
        .count();
    assert_eq!(set, 1);
    let bare = Request::get("/")
        .body(Body::empty())
        .unwrap()
        .into_parts()
        .0;
    let no_layer = app.authkit.refresh_session(&bare, None).await;
    assert_eq!(no_layer, Err(AuthError::Internal));
}
