//! Moving a session to another organization, by script and by form, and what an organization may ask
//! for first.

use super::support::{ADA, ALAN, Answer, App, Browser, GRACE, SESSION};
use authkit_emulator::{Endpoint, Fault, Policy};
use authkit_leptos::{Requirement, Switch};
use reqwest::{Method, StatusCode};
use std::time::Duration;

const PATH: &str = "/auth/switch-organization";

/// As a script asks.
async fn ask(browser: &mut Browser, organization_id: &str) -> Answer {
    let accept = [("accept", "application/json")];
    let form = [
        ("organization_id", organization_id),
        ("return_to", "/account?tab=1"),
    ];
    browser.send(Method::POST, PATH, &accept, Some(&form)).await
}

async fn switch(browser: &mut Browser, organization_id: &str) -> Switch {
    let answer = ask(browser, organization_id).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// As a form does, with the header a browser sends along.
async fn submit(browser: &mut Browser, organization_id: &str) -> Answer {
    let referer = browser.origin.join("/account?tab=2").unwrap().to_string();
    let headers = [("referer", referer.as_str())];
    let form = [("organization_id", organization_id)];
    browser
        .send(Method::POST, PATH, &headers, Some(&form))
        .await
}

/// The organization and role that the account page shows.
async fn is_in(browser: &mut Browser, organization_id: &str) -> bool {
    let page = browser.get("/account").await;
    assert_eq!(page.status, StatusCode::OK);
    page.body
        .contains(&format!("<code>{organization_id}</code>"))
}

#[tokio::test]
async fn a_session_moves_to_another_organization_and_back() {
    let app = App::start().await;
    let acme = app.control.organization_id("Acme").unwrap();
    let globex = app.control.organization_id("Globex").unwrap();
    let mut browser = app.signed_in(ADA).await;
    assert!(is_in(&mut browser, &acme).await);

    let Switch::Done(identity) = switch(&mut browser, &globex).await else {
        panic!("not moved");
    };
    assert_eq!(identity.organization_id.as_deref(), Some(globex.as_str()));
    assert_eq!(identity.roles, ["member"]);
    assert!(is_in(&mut browser, &globex).await);
    // It stays there when it is renewed.
    app.advance(400);
    assert!(is_in(&mut browser, &globex).await);

    let answer = submit(&mut browser, &acme).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(
        answer.header("location"),
        "/account?tab=2",
        "back to the form's page"
    );
    assert!(is_in(&mut browser, &acme).await);
}

#[tokio::test]
async fn an_organization_that_asks_for_more_says_what_and_leads_there() {
    let app = App::start().await;
    let globex = app.control.organization_id("Globex").unwrap();
    for (policy, requirement) in [
        (Policy::SsoRequired, Requirement::SingleSignOn),
        (Policy::MfaEnrollment, Requirement::MfaEnrollment),
        (
            Policy::SelectionRequired,
            Requirement::OrganizationSelection,
        ),
    ] {
        let mut browser = app.signed_in(ADA).await;
        app.control
            .set_organization_policy(&globex, policy)
            .unwrap();
        let before = browser.cookies[SESSION].clone();
        let Switch::Continue {
            because,
            continue_at,
        } = switch(&mut browser, &globex).await
        else {
            panic!("{policy:?} asks for nothing");
        };
        assert_eq!(because, requirement);
        assert_eq!(
            continue_at,
            format!("/sign-in?return_to=/account%3Ftab%3D1&organization_id={globex}")
        );
        assert_eq!(browser.cookies[SESSION], before, "the session is as it was");
        assert!(browser.is_signed_in().await);

        // A form is led there at once; and through it to the organization and back.
        let answer = submit(&mut browser, &globex).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let page = browser.follow(answer).await;
        assert_eq!(page.url.origin(), app.emulator_origin.origin());
        assert!(page.body.contains("Globex"), "{}", page.body);
        app.control
            .set_organization_policy(&globex, Policy::Open)
            .unwrap();
    }
}

#[tokio::test]
async fn a_refused_switch_does_not_cost_the_session() {
    let app = App::start().await;
    let globex = app.control.organization_id("Globex").unwrap();
    app.control
        .set_organization_policy(&globex, Policy::SsoRequired)
        .unwrap();
    let mut browser = app.signed_in(ADA).await;
    switch(&mut browser, &globex).await;
    app.advance(400);
    assert!(
        browser.is_signed_in().await,
        "the refresh token is still good"
    );
}

#[tokio::test]
async fn a_stranger_is_told_so_and_stays_where_they_are() {
    let app = App::start().await;
    let acme = app.control.organization_id("Acme").unwrap();
    let mut browser = app.signed_in(ALAN).await;
    assert_eq!(switch(&mut browser, &acme).await, Switch::NotAMember);
    let answer = submit(&mut browser, &acme).await;
    let page = browser.follow(answer).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(
        page.body
            .contains("You are not a member of that organization")
    );
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn nobody_is_asked_for_an_organization_that_is_none_or_without_a_session() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    for wrong in ["", "user_1", "org_1&x=y", "org_<b>"] {
        assert_eq!(
            ask(&mut browser, wrong).await.status,
            StatusCode::BAD_REQUEST,
            "{wrong}"
        );
    }
    let stranger = ask(&mut app.browser(), "org_1").await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        app.control.calls_of(Endpoint::Authenticate),
        1,
        "the sign-in"
    );
}

#[tokio::test]
async fn a_switch_from_another_site_is_refused() {
    let app = App::start().await;
    let globex = app.control.organization_id("Globex").unwrap();
    let mut browser = app.signed_in(ADA).await;
    let headers = [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ];
    let form = [("organization_id", globex.as_str())];
    let answer = browser
        .send(Method::POST, PATH, &headers, Some(&form))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_outage_at_a_switch_is_unavailable() {
    let app = App::start().await;
    let globex = app.control.organization_id("Globex").unwrap();
    let mut browser = app.signed_in(ADA).await;
    app.control
        .set_fault(Endpoint::Authenticate, Fault::status(502).html("<html>"));
    let answer = ask(&mut browser, &globex).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(browser.is_signed_in().await);
    app.control.clear_faults();
    assert!(matches!(
        switch(&mut browser, &globex).await,
        Switch::Done(_)
    ));
}

#[tokio::test]
async fn a_switch_and_a_renewal_at_the_same_moment_both_succeed() {
    let app = App::start().await;
    let globex = app.control.organization_id("Globex").unwrap();
    let browser = app.signed_in(ADA).await;
    app.advance(280);
    let slow = Fault::latency(Duration::from_millis(200));
    app.control.set_fault(Endpoint::Authenticate, slow);
    let mut tabs = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let mut tab = browser.clone();
        tabs.spawn(async move { tab.is_signed_in().await });
    }
    let mut switching = browser.clone();
    let outcome = switch(&mut switching, &globex).await;
    assert!(matches!(outcome, Switch::Done(_)));
    assert_eq!(tabs.join_all().await, [true; 20]);
    assert!(is_in(&mut switching, &globex).await);
}

#[tokio::test]
async fn a_late_answer_does_not_undo_a_switch() {
    let app = App::start().await;
    let globex = app.control.organization_id("Globex").unwrap();
    let mut browser = app.signed_in(ADA).await;
    app.advance(400);
    let late = app.late_answer(&browser).await;
    assert!(browser.is_signed_in().await, "renewed like the late one");
    assert!(matches!(
        switch(&mut browser, &globex).await,
        Switch::Done(_)
    ));
    assert_eq!(
        late.set_cookies().await,
        [""; 0],
        "it would bring Acme back"
    );
    assert!(is_in(&mut browser, &globex).await);
}

#[tokio::test]
async fn a_page_lists_the_organizations_there_are_to_switch_to() {
    let app = App::start().await;
    let path = "/account/organizations";
    let mut browser = app.signed_in(ADA).await;
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Switch to Globex"), "{}", page.body);
    assert!(!page.body.contains("Switch to Acme"), "she is there");
    let mut alan = app.signed_in(ALAN).await;
    assert!(
        alan.get(path)
            .await
            .body
            .contains("You belong to no organization")
    );
    let signed_out = app.browser().get(path).await;
    assert_eq!(signed_out.location().path(), "/sign-in");

    app.control
        .set_fault(Endpoint::OrganizationMemberships, Fault::reset());
    // Ada's list is remembered for a while.
    let mut grace = app.signed_in(GRACE).await;
    let page = grace.get(path).await;
    assert!(
        page.body.contains("can’t be listed right now"),
        "{}",
        page.body
    );
    assert!(grace.is_signed_in().await);
}

#[tokio::test]
async fn a_page_that_is_opened_again_and_again_lists_the_organizations_once() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    for _ in 0..20 {
        let page = browser.clone().get("/account/organizations").await;
        assert!(page.body.contains("Switch to Globex"), "{}", page.body);
    }
    let calls = app.control.calls_of(Endpoint::OrganizationMemberships);
    // A second call where opening them takes longer than a list is remembered.
    assert!(calls <= 2, "{calls}");
}

#[tokio::test]
async fn a_refusal_is_remembered_and_a_user_who_tries_many_organizations_is_told_to_wait() {
    let app = App::start().await;
    let acme = app.control.organization_id("Acme").unwrap();
    let mut browser = app.signed_in(ALAN).await;
    let calls = app.control.calls_of(Endpoint::Authenticate);
    for _ in 0..20 {
        assert_eq!(switch(&mut browser, &acme).await, Switch::NotAMember);
    }
    let asked = app.control.calls_of(Endpoint::Authenticate) - calls;
    // A second call where asking takes longer than a refusal is remembered.
    assert!(asked <= 2, "{asked}");
    let mut statuses = Vec::new();
    for number in 0..60 {
        let organization = format!("org_{number}");
        statuses.push(ask(&mut browser, &organization).await.status);
    }
    assert_eq!(statuses[0], StatusCode::OK);
    assert!(statuses.contains(&StatusCode::SERVICE_UNAVAILABLE));
    assert!(app.control.calls_of(Endpoint::Authenticate) - calls < 60);
    assert!(browser.is_signed_in().await);
}
