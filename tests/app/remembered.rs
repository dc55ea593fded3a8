//! What a cookie or a token was found to be is remembered, and never for longer than it would be found again.

use super::{
    bearer::{ask, token},
    revocation,
    support::{ADA, ALAN, App, Browser, SESSION},
};
use authkit_emulator::{Endpoint, Fault};
use http::StatusCode;
use serde_json::json;
use std::time::Duration;

const API: &str = "/api/caller";

/// An app that remembers Ada by her cookie.
async fn remembering() -> (App, Browser) {
    let app = App::start().await;
    let ada = remembered(&app, ADA).await;
    (app, ada)
}

/// A browser whose cookie the app remembers: it answered the last request without opening it.
async fn remembered(app: &App, email: &str) -> Browser {
    let mut browser = app.signed_in(email).await;
    assert!(browser.is_signed_in().await);
    let hits = app.authkit.remembered().hits;
    assert!(browser.is_signed_in().await);
    assert!(app.authkit.remembered().hits > hits, "not remembered");
    browser
}

#[tokio::test]
async fn a_cookie_is_opened_once_whatever_other_cookies_come_with_it() {
    let (app, ada) = remembering().await;
    let before = app.authkit.remembered();
    let cookie = ada.cookie_header();
    for header in [
        format!("theme=dark; {cookie}"),
        format!("{cookie};analytics=1"),
    ] {
        let headers = [("cookie", header.as_str())];
        let page = app.browser().get_with("/", &headers).await;
        assert!(page.body.contains(ADA), "{header}");
        assert!(page.set_cookies().is_empty());
    }
    let after = app.authkit.remembered();
    assert_eq!(after.callers, before.callers);
    assert_eq!(after.hits, before.hits + 2);
}

#[tokio::test]
async fn a_cookie_that_differs_by_one_character_is_another() {
    let (app, mut ada) = remembering().await;
    let sealed = ada.cookies[SESSION].clone();
    let (rest, last) = sealed.split_at(sealed.len() - 5);
    let changed = last.replace(|c| c != 'A', "A");
    let mut other = ada.clone();
    other
        .cookies
        .insert(SESSION.to_owned(), format!("{rest}{changed}"));
    assert!(!other.is_signed_in().await);
    assert!(ada.is_signed_in().await);
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 1);
}

#[tokio::test]
async fn a_session_of_another_user_beside_a_remembered_one_is_still_seen() {
    let (app, ada) = remembering().await;
    let alan = remembered(&app, ALAN).await;
    for (first, second) in [(&ada, &alan), (&alan, &ada)] {
        let both = format!("{}; {}", first.cookie_header(), second.cookie_header());
        let page = app.browser().get_with("/", &[("cookie", &both)]).await;
        assert!(page.body.contains("Sign in to this page"));
    }
}

#[tokio::test]
async fn a_remembered_session_is_forgotten_when_its_token_expires() {
    let (app, mut ada) = remembering().await;
    app.control
        .set_fault(Endpoint::Authenticate, Fault::reset());
    app.advance(400);
    let page = ada.get("/account").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_remembered_session_is_renewed_ahead_of_time() {
    let (app, mut ada) = remembering().await;
    app.advance(280);
    assert!(ada.is_signed_in().await);
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 2);
}

#[tokio::test]
async fn a_remembered_token_is_not_valid_before_its_time_when_the_clock_goes_back() {
    let (app, mut ada) = remembering().await;
    // Only the server's: the provider's is right.
    app.clock.set_offset(-400);
    assert!(!ada.is_signed_in().await);
}

#[tokio::test]
async fn a_remembered_session_is_over_when_somebody_signs_out_with_it() {
    let (_app, mut ada) = remembering().await;
    let mut copy = ada.clone();
    assert_eq!(ada.post("/sign-out").await.status, StatusCode::SEE_OTHER);
    assert!(!copy.is_signed_in().await);
    assert!(!copy.cookies.contains_key(SESSION), "the cookie is removed");
}

#[tokio::test]
async fn a_remembered_session_is_over_when_workos_says_so() {
    let (_host, app) = revocation::with_webhooks().await;
    for event in ["session.revoked", "user.deleted"] {
        let mut browser = remembered(&app, ADA).await;
        let prefix = match event {
            "session.revoked" => "session_0",
            _ => "user_0",
        };
        let id = browser.id(prefix).await;
        let status = revocation::send(&app, event, json!({"object": "it", "id": id})).await;
        assert_eq!(status, 200);
        assert!(!browser.is_signed_in().await, "{event}");
    }
}

#[tokio::test]
async fn a_session_in_chunks_is_remembered_whole_and_removed_whole() {
    let (app, ada) = remembering().await;
    let sealed = ada.cookies[SESSION].clone();
    let (first, second) = sealed.split_at(sealed.len() / 2);
    let mut chunked = app.browser();
    for (index, chunk) in [first, second].into_iter().enumerate() {
        let name = format!("{SESSION}.{index}");
        chunked.cookies.insert(name, chunk.to_owned());
    }
    let mut swapped = chunked.clone();
    for index in 0..2 {
        let chunk = chunked.cookies[&format!("{SESSION}.{}", 1 - index)].clone();
        swapped.cookies.insert(format!("{SESSION}.{index}"), chunk);
    }
    for _ in 0..2 {
        assert!(chunked.is_signed_in().await);
        assert!(!swapped.is_signed_in().await);
    }
    let mut copy = chunked.clone();
    chunked.post("/sign-out").await;
    assert!(!copy.is_signed_in().await);
    assert!(copy.cookies.is_empty(), "{:?}", copy.cookies.keys());
}

#[tokio::test]
async fn a_remembered_token_of_a_withdrawn_key_is_refused() {
    let app = App::start().await;
    let now = app.clock.now();
    let long = token(&app, &json!({"exp": now + 7_200}));
    for _ in 0..2 {
        let answer = ask(&mut app.browser(), API, &long).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert_eq!(app.authkit.remembered().hits, 1);
    app.control.rotate_keys(false).await.unwrap();
    // Keys of an hour ago are asked for again before they are used.
    app.advance(3_700);
    let answer = ask(&mut app.browser(), API, &long).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("token_kid_unknown"), "{challenge}");
}

#[tokio::test]
async fn a_remembered_token_of_a_key_that_stays_needs_no_new_look() {
    let app = App::start().await;
    let now = app.clock.now();
    let long = token(&app, &json!({"exp": now + 7_200}));
    ask(&mut app.browser(), API, &long).await;
    app.advance(3_700);
    let hits = app.authkit.remembered().hits;
    let answer = ask(&mut app.browser(), API, &long).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(app.authkit.remembered().hits, hits + 1);
}

#[tokio::test]
async fn a_remembered_token_that_expires_or_whose_session_ends_is_refused() {
    let app = App::start().await;
    let short = token(&app, &json!({}));
    let other = token(&app, &json!({"sid": "session_other"}));
    for token in [&short, &other] {
        for _ in 0..2 {
            assert_eq!(
                ask(&mut app.browser(), API, token).await.status,
                StatusCode::OK
            );
        }
    }
    app.authkit.revoke_session("session_other").await.unwrap();
    app.advance(200);
    let status = async |token| ask(&mut app.browser(), API, token).await.status;
    assert_eq!(status(&other).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&short).await, StatusCode::OK);
    app.advance(400);
    assert_eq!(status(&short).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_remembered_token_still_has_to_agree_with_the_cookie() {
    let (app, mut ada) = remembering().await;
    let mobile = token(&app, &json!({}));
    for _ in 0..2 {
        assert_eq!(
            ask(&mut app.browser(), API, &mobile).await.status,
            StatusCode::OK
        );
    }
    let answer = ask(&mut ada, API, &mobile).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_remembered_session_is_renewed_when_rights_change() {
    let app = App::start_with_webhooks().await;
    let acme = app.control.organization_id("Acme").unwrap();
    let mut ada = remembered(&app, ADA).await;
    assert_eq!(ada.get("/admin").await.status, StatusCode::OK);
    app.control.set_role(ADA, &acme, "member").unwrap();
    // WorkOS tells of it when it comes to it.
    let told = async { while ada.get("/admin").await.status == StatusCode::OK {} };
    let told = tokio::time::timeout(Duration::from_secs(20), told).await;
    assert!(told.is_ok(), "still an administrator");
    assert_eq!(ada.get("/admin").await.status, StatusCode::FORBIDDEN);
    let renewals = app.control.calls_of(Endpoint::Authenticate) - 1;
    assert!(renewals > 0, "not renewed");
}
