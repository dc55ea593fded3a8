//! `GET /user_management/authorize`: what it takes, what it refuses and to whom it says so.

use reqwest::StatusCode;

use crate::support::{REDIRECT_URI, location, parameter, rig};

#[tokio::test]
async fn a_good_request_leads_to_the_page_that_was_asked_for() {
    let rig = rig().await;
    let answer = rig.authorize(&[]).await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert_eq!(location(&answer).path(), "/sign-in");
    let answer = rig.authorize(&[("screen_hint", Some("sign-up"))]).await;
    assert_eq!(location(&answer).path(), "/sign-up");
}

#[tokio::test]
async fn what_could_be_an_attacker_s_address_is_never_redirected_to() {
    let rig = rig().await;
    for change in [
        ("client_id", None),
        ("client_id", Some("client_other")),
        ("redirect_uri", None),
        ("redirect_uri", Some("https://evil.example/callback")),
        ("redirect_uri", Some("http://localhost:3000/callback/")),
        ("redirect_uri", Some("http://localhost:3000/callback?x=1")),
        ("redirect_uri", Some("HTTP://localhost:3000/callback")),
        ("redirect_uri", Some("http://127.0.0.1:3000/callback")),
        ("invitation_token", Some("unknown")),
    ] {
        let answer = rig.authorize(&[change]).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{change:?}");
        assert!(answer.headers().get("location").is_none(), "{change:?}");
        assert!(
            answer.text().await.unwrap().contains("be answered"),
            "{change:?}"
        );
    }
    let twice = format!("{}&state=other", rig.query(&[]));
    let url = rig.url(&format!("/user_management/authorize?{twice}"));
    assert_eq!(
        rig.browser.get(url).send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn the_app_is_told_what_is_wrong_with_its_request() {
    let rig = rig().await;
    for (changes, error) in [
        (vec![("response_type", None)], "invalid_request"),
        (
            vec![("response_type", Some("token"))],
            "unsupported_response_type",
        ),
        (vec![("provider", None)], "invalid_request"),
        (vec![("provider", Some("MySpace"))], "invalid_request"),
        (
            vec![("provider", Some("GoogleOAuth")), ("max_age", Some("60"))],
            "invalid_request",
        ),
        (vec![("provider_scopes", Some("repo"))], "invalid_request"),
        (
            vec![("connection_id", Some("conn_1"))],
            "connection_invalid",
        ),
        (
            vec![("organization_id", Some("org_1"))],
            "organization_invalid",
        ),
        (vec![("code_challenge", None)], "invalid_request"),
        (vec![("code_challenge", Some("short"))], "invalid_request"),
        (vec![("code_challenge_method", None)], "invalid_request"),
        (
            vec![("code_challenge_method", Some("plain"))],
            "invalid_request",
        ),
        (vec![("screen_hint", Some("sign_up"))], "invalid_request"),
        (vec![("prompt", Some("please"))], "invalid_request"),
        (vec![("max_age", Some("-1"))], "invalid_request"),
        (vec![("max_age", Some("+1"))], "invalid_request"),
        (vec![("max_age", Some("soon"))], "invalid_request"),
        (vec![("prompt", Some("none"))], "login_required"),
    ] {
        let answer = rig.authorize(&changes).await;
        assert_eq!(answer.status(), StatusCode::FOUND, "{changes:?}");
        assert!(
            location(&answer).as_str().starts_with(REDIRECT_URI),
            "{changes:?}"
        );
        assert_eq!(
            parameter(&answer, "error").as_deref(),
            Some(error),
            "{changes:?}"
        );
        assert_eq!(
            parameter(&answer, "state").as_deref(),
            Some("state-1"),
            "{changes:?}"
        );
        assert!(parameter(&answer, "error_description").is_some_and(|it| !it.is_empty()));
    }
}

#[tokio::test]
async fn screen_hint_needs_the_provider_authkit() {
    let rig = rig().await;
    let acme = rig.emulator.control().organization_id("Acme").unwrap();
    let changes = [
        ("provider", None),
        ("organization_id", Some(acme.as_str())),
        ("screen_hint", Some("sign-up")),
    ];
    let answer = rig.authorize(&changes).await;
    assert_eq!(
        parameter(&answer, "error").as_deref(),
        Some("invalid_request")
    );
    assert_eq!(
        location(&rig.authorize(&changes[..2]).await).path(),
        "/sign-in"
    );
}

#[tokio::test]
async fn the_state_comes_back_to_the_character() {
    let rig = rig().await;
    rig.code_for("alan@example.com").await;
    for state in [
        "a b+c%20&d=e#f?",
        "ünï✓",
        "\"<script>'",
        "{\"json\":[1]}",
        "\r\nSet-Cookie: a=b",
    ] {
        let answer = rig.authorize(&[("state", Some(state))]).await;
        assert_eq!(parameter(&answer, "state").as_deref(), Some(state));
        assert!(parameter(&answer, "code").is_some());
    }
    let answer = rig.authorize(&[("state", None)]).await;
    assert!(parameter(&answer, "code").is_some());
    assert_eq!(parameter(&answer, "state"), None);
}

#[tokio::test]
async fn a_signed_in_browser_is_answered_without_a_page() {
    let rig = rig().await;
    rig.code_for("alan@example.com").await;
    let answer = rig.authorize(&[]).await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert!(location(&answer).as_str().starts_with(REDIRECT_URI));
    assert!(parameter(&answer, "code").is_some());
    assert!(parameter(&rig.authorize(&[("prompt", Some("none"))]).await, "code").is_some());
}

#[tokio::test]
async fn a_signed_in_browser_is_asked_again_when_the_app_says_so() {
    let rig = rig().await;
    rig.code_for("alan@example.com").await;
    for change in [
        ("prompt", Some("login")),
        ("prompt", Some("select_account")),
        ("screen_hint", Some("sign-up")),
        ("max_age", Some("0")),
    ] {
        let answer = rig.authorize(&[change]).await;
        assert!(location(&answer).path().starts_with("/sign-"), "{change:?}");
    }
    assert!(parameter(&rig.authorize(&[("max_age", Some("60"))]).await, "code").is_some());
    rig.emulator.control().set_clock_offset(61);
    assert_eq!(
        location(&rig.authorize(&[("max_age", Some("60"))]).await).path(),
        "/sign-in"
    );
    let silent = rig
        .authorize(&[("max_age", Some("60")), ("prompt", Some("none"))])
        .await;
    assert_eq!(
        parameter(&silent, "error").as_deref(),
        Some("login_required")
    );
}

#[tokio::test]
async fn an_organization_admits_its_members_only() {
    let rig = rig().await;
    let acme = rig.emulator.control().organization_id("Acme").unwrap();
    let into_acme = [("organization_id", Some(acme.as_str()))];
    rig.code_for("alan@example.com").await;
    assert_eq!(
        location(&rig.authorize(&into_acme).await).path(),
        "/sign-in"
    );
    let silent = rig
        .authorize(&[into_acme[0], ("prompt", Some("none"))])
        .await;
    assert_eq!(
        parameter(&silent, "error").as_deref(),
        Some("access_denied")
    );
    rig.code_for("grace@example.com").await;
    assert!(parameter(&rig.authorize(&into_acme).await, "code").is_some());
}
