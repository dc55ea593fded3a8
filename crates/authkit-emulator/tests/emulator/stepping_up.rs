//! Organizations that ask for more than a password: who is refused, with what, and the way through.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::emulator::{Policy, SEEDED_PASSWORD};
use crate::support::{Rig, location, parameter, rig, text};

async fn refresh_into(rig: &Rig, token: &str, organization: &str) -> (StatusCode, Value) {
    let grant = "refresh_token";
    let body =
        json!({ "grant_type": grant, "refresh_token": token, "organization_id": organization });
    rig.authenticate(body).await
}

/// The ticket in the page, if it is the page that asks for more.
async fn ticket(answer: Response) -> String {
    assert_eq!(answer.status(), StatusCode::OK);
    let html = answer.text().await.unwrap();
    assert!(html.contains("One more step"), "{html}");
    let (_, rest) = html.split_once("name=\"ticket\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

async fn press(rig: &Rig, query: &str, ticket: &str) -> Response {
    let form = [("ticket", ticket)];
    rig.post_page("/sign-in/organization", query, &form).await
}

/// An emulator whose Globex asks for something; answers Globex's id too.
async fn rig_asking(policy: Policy) -> (Rig, String) {
    let rig = rig().await;
    let control = rig.emulator.control();
    let globex = control.organization_id("Globex").unwrap();
    control.set_organization_policy(&globex, policy).unwrap();
    (rig, globex)
}

#[tokio::test]
async fn each_policy_refuses_in_the_words_of_workos_and_leaves_the_token_good() {
    let (rig, globex) = rig_asking(Policy::Open).await;
    let control = rig.emulator.control();
    let tokens = control.grant("ada@example.com").unwrap();
    let token = text(&tokens, "/refresh_token");
    for (policy, code) in [
        (Policy::SsoRequired, "sso_required"),
        (Policy::MfaEnrollment, "mfa_enrollment"),
        (Policy::SelectionRequired, "organization_selection_required"),
    ] {
        control.set_organization_policy(&globex, policy).unwrap();
        let (status, body) = refresh_into(&rig, token, &globex).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
        if policy == Policy::SsoRequired {
            assert_eq!(body["error"], code);
            assert!(!text(&body, "/error_description").is_empty());
            assert!(text(&body, "/connection_ids/0").starts_with("conn_"));
            continue;
        }
        assert_eq!(body["code"], code);
        assert!(!text(&body, "/message").is_empty());
        assert!(!text(&body, "/pending_authentication_token").is_empty());
        assert_eq!(body["user"]["id"], tokens["user"]["id"]);
        if policy == Policy::SelectionRequired {
            let names =
                ["/organizations/0/name", "/organizations/1/name"].map(|it| text(&body, it));
            assert_eq!(names, ["Acme", "Globex"]);
            assert_eq!(text(&body, "/organizations/1/id"), globex);
        }
    }
    let (status, same) = rig.refresh(token).await;
    assert_eq!(status, StatusCode::OK, "a refusal used the token up");
    assert_eq!(same["organization_id"], tokens["organization_id"]);
    control
        .set_organization_policy(&globex, Policy::Open)
        .unwrap();
    let moved = refresh_into(&rig, text(&same, "/refresh_token"), &globex).await;
    assert_eq!(moved.0, StatusCode::OK);
    assert!(
        control
            .set_organization_policy("org_0", Policy::Open)
            .is_err()
    );
}

#[tokio::test]
async fn a_stranger_is_told_that_they_are_one_and_not_what_is_asked() {
    let (rig, globex) = rig_asking(Policy::SsoRequired).await;
    let tokens = rig.emulator.control().grant("grace@example.com").unwrap();
    let (status, body) = refresh_into(&rig, text(&tokens, "/refresh_token"), &globex).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["code"], "organization_membership_not_found");
}

#[tokio::test]
async fn a_signed_in_browser_is_led_through_and_its_session_may_come_back() {
    for (policy, says, method) in [
        (
            Policy::SsoRequired,
            "through its own identity provider",
            "SSO",
        ),
        (Policy::MfaEnrollment, "set up a second factor", "Password"),
        (Policy::SelectionRequired, "asks to be chosen", "Password"),
    ] {
        let (rig, globex) = rig_asking(policy).await;
        let acme = rig.emulator.control().organization_id("Acme").unwrap();
        rig.code_for("ada@example.com").await;
        let into = [("organization_id", Some(globex.as_str()))];
        let page = rig.authorize(&into).await.text().await.unwrap();
        assert!(page.contains("Globex") && page.contains(says), "{page}");
        assert!(page.contains("error=access_denied"), "no way to cancel");
        let ticket = ticket(rig.authorize(&into).await).await;
        let answer = press(&rig, &rig.query(&into), &ticket).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(parameter(&answer, "state").as_deref(), Some("state-1"));
        let (_, tokens) = rig.exchange(&parameter(&answer, "code").unwrap()).await;
        assert_eq!(text(&tokens, "/organization_id"), globex);
        assert_eq!(text(&tokens, "/authentication_method"), method);
        // Stays, leaves, and comes back: it has done what was asked for.
        let mut token = text(&tokens, "/refresh_token").to_owned();
        for organization in [&globex, &acme, &globex] {
            let (status, moved) = refresh_into(&rig, &token, organization).await;
            assert_eq!(status, StatusCode::OK, "{policy:?} {moved}");
            assert_eq!(text(&moved, "/organization_id"), organization);
            token = text(&moved, "/refresh_token").to_owned();
        }
        // What was done for one policy is not what another asks for.
        let other = match policy {
            Policy::SsoRequired => Policy::MfaEnrollment,
            _ => Policy::SsoRequired,
        };
        let control = rig.emulator.control();
        control.set_organization_policy(&globex, other).unwrap();
        assert_eq!(
            refresh_into(&rig, &token, &globex).await.0,
            StatusCode::FORBIDDEN
        );
    }
}

#[tokio::test]
async fn a_sign_in_passes_the_page_too_even_when_the_app_asks_to_ask_again() {
    let (rig, globex) = rig_asking(Policy::MfaEnrollment).await;
    let into = [
        ("organization_id", Some(globex.as_str())),
        ("prompt", Some("login")),
    ];
    let query = rig.query(&into);
    assert_eq!(location(&rig.authorize(&into).await).path(), "/sign-in");
    let form = [("email", "ada@example.com"), ("password", SEEDED_PASSWORD)];
    let ticket = ticket(rig.post_page("/sign-in", &query, &form).await).await;
    let code = parameter(&press(&rig, &query, &ticket).await, "code").unwrap();
    let (_, tokens) = rig.exchange(&code).await;
    assert_eq!(text(&tokens, "/organization_id"), globex);
}

#[tokio::test]
async fn the_organization_that_is_not_named_asks_as_well() {
    let rig = rig().await;
    let control = rig.emulator.control();
    let acme = control.organization_id("Acme").unwrap();
    control
        .set_organization_policy(&acme, Policy::SsoRequired)
        .unwrap();
    let form = [
        ("email", "grace@example.com"),
        ("password", SEEDED_PASSWORD),
    ];
    let ticket = ticket(rig.post_page("/sign-in", &rig.query(&[]), &form).await).await;
    let answer = press(&rig, &rig.query(&[]), &ticket).await;
    let (_, tokens) = rig.exchange(&parameter(&answer, "code").unwrap()).await;
    assert_eq!(text(&tokens, "/organization_id"), acme);
    let silent = rig.authorize(&[("prompt", Some("none"))]).await;
    assert_eq!(
        parameter(&silent, "error").as_deref(),
        Some("interaction_required")
    );
}

#[tokio::test]
async fn the_button_works_once_for_one_browser_and_one_request() {
    let (rig, globex) = rig_asking(Policy::SsoRequired).await;
    rig.code_for("ada@example.com").await;
    let into = [("organization_id", Some(globex.as_str()))];
    let query = rig.query(&into);
    let ask = async || ticket(rig.authorize(&into).await).await;
    let starts_over = async |answer: Response| {
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(location(&answer).path(), "/user_management/authorize");
    };
    let used = ask().await;
    assert!(parameter(&press(&rig, &query, &used).await, "code").is_some());
    starts_over(press(&rig, &query, &used).await).await;
    starts_over(press(&rig, &query, "").await).await;

    let other_request = rig.query(&[into[0], ("state", Some("state-2"))]);
    starts_over(press(&rig, &other_request, &ask().await).await).await;

    let url = rig.url(&format!("/sign-in/organization?{query}"));
    let form = [("ticket", ask().await)];
    let elsewhere = crate::support::browser().post(&url).form(&form);
    starts_over(elsewhere.send().await.unwrap()).await;

    let late = ask().await;
    rig.emulator.control().set_clock_offset(601);
    starts_over(press(&rig, &query, &late).await).await;

    let asked_for_less = ask().await;
    let control = rig.emulator.control();
    control
        .set_organization_policy(&globex, Policy::MfaEnrollment)
        .unwrap();
    starts_over(press(&rig, &query, &asked_for_less).await).await;

    let foreign = rig
        .browser
        .post(&url)
        .header("Origin", "http://evil.example");
    let foreign = foreign
        .form(&[("ticket", ask().await)])
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_policy_can_be_set_over_http() {
    let (rig, globex) = rig_asking(Policy::Open).await;
    let request = rig.browser.post(rig.url("/_emulator/organizations/policy"));
    let body = json!({ "organization_id": globex, "policy": "sso_required" });
    assert_eq!(
        request.json(&body).send().await.unwrap().status(),
        StatusCode::OK
    );
    let tokens = rig.emulator.control().grant("ada@example.com").unwrap();
    let (status, _) = refresh_into(&rig, text(&tokens, "/refresh_token"), &globex).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
