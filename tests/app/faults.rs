//! Every way in which WorkOS may fail a refresh, with a token that is still good and with one that has
//! expired, for a page and for a server function: what is answered, what becomes of the cookie, and how
//! long the user waits.

use super::support::{ADA, Answer, App, Browser, SESSION};
use authkit_emulator::{Endpoint, Fault};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};

/// What authentication may add, and what a busy machine may.
const LONGEST: Duration = Duration::from_millis(3_000 + 2_000);
/// Seconds after which a token of five minutes is about to expire, and has expired.
const ABOUT_TO_EXPIRE: i64 = 280;
const EXPIRED: i64 = 400;

#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    /// Nobody is signed out; without a good token the answer is "unavailable".
    Passing,
    /// The session is over.
    Final,
}

async fn page(browser: &mut Browser) -> Answer {
    browser.get("/account").await
}

async fn function(browser: &mut Browser) -> Answer {
    let accept = [("accept", "application/json")];
    let path = "/auth/access-token";
    browser.send(Method::POST, path, &accept, Some(&[])).await
}

/// One row of the matrix: four cells.
async fn row(name: &str, fault: Fault, outcome: Outcome) {
    for age in [ABOUT_TO_EXPIRE, EXPIRED] {
        let app = App::start().await;
        let mut browser = app.signed_in(ADA).await;
        app.advance(age);
        app.control.set_fault(Endpoint::Authenticate, fault.clone());
        for is_page in [true, false] {
            let mut tab = browser.clone();
            let asked = Instant::now();
            let answer = match is_page {
                true => page(&mut tab).await,
                false => function(&mut tab).await,
            };
            let waited = asked.elapsed();
            let cell = format!(
                "{name}, token {}, {}",
                if age == EXPIRED { "expired" } else { "valid" },
                if is_page { "page" } else { "server function" }
            );
            let status = answer.status.as_u16();
            println!("{cell}: {status} after {} ms", waited.as_millis());
            assert!(waited < LONGEST, "{cell}: {waited:?}");
            let expected = match (age, outcome, is_page) {
                (ABOUT_TO_EXPIRE, ..) => 200,
                (_, Outcome::Passing, _) => 503,
                (_, Outcome::Final, true) => 302,
                (_, Outcome::Final, false) => 401,
            };
            assert_eq!(status, expected, "{cell}: {}", answer.body);
            let is_over = age == EXPIRED && outcome == Outcome::Final;
            assert_eq!(
                !tab.cookies.contains_key(SESSION),
                is_over,
                "{cell}: cookie"
            );
            match expected {
                503 => {
                    assert_ne!(answer.header("retry-after"), "", "{cell}");
                    assert!(!answer.body.contains("eyJ"), "{cell}: a token");
                    assert!(!answer.body.contains("session_0"), "{cell}: protected data");
                    if is_page {
                        assert!(
                            answer.body.contains("You have not been signed out"),
                            "{cell}"
                        );
                    }
                }
                302 => assert_eq!(answer.location().path(), "/sign-in", "{cell}"),
                _ => {}
            }
        }
        app.control.clear_faults();
        if fault.latency_ms == 0 && outcome == Outcome::Passing {
            assert!(browser.is_signed_in().await, "{name}: back when WorkOS is");
        }
    }
}

#[tokio::test]
async fn no_answer_in_time() {
    row(
        "timeout",
        Fault::latency(Duration::from_secs(60)),
        Outcome::Passing,
    )
    .await;
}

#[tokio::test]
async fn a_broken_connection() {
    row("reset", Fault::reset(), Outcome::Passing).await;
}

#[tokio::test]
async fn status_408() {
    row("408", Fault::status(408), Outcome::Passing).await;
}

#[tokio::test]
async fn status_429() {
    row("429", Fault::status(429), Outcome::Passing).await;
}

#[tokio::test]
async fn status_500_as_json() {
    let body = json!({"message": "Internal error", "code": "server_error"});
    row("500 JSON", Fault::status(500).json(body), Outcome::Passing).await;
}

#[tokio::test]
async fn status_502_as_html() {
    let body = "<html><h1>Bad gateway</h1></html>";
    row("502 HTML", Fault::status(502).html(body), Outcome::Passing).await;
}

#[tokio::test]
async fn status_401() {
    let body = json!({"message": "Unauthorized", "code": "unauthorized"});
    row("401", Fault::status(401).json(body), Outcome::Passing).await;
}

#[tokio::test]
async fn invalid_grant() {
    let body = json!({"error": "invalid_grant", "error_description": "Invalid refresh token."});
    row(
        "invalid_grant",
        Fault::status(400).json(body),
        Outcome::Final,
    )
    .await;
}
