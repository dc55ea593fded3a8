//! `/debug/auth`: what a developer sees of the session and of any token, and what nobody sees of either.

use super::support::{ADA, ANY_PORT, Answer, App, Browser, Log, SESSION, settings};
use authkit_app::{AuthKitSettings, EmulatorSettings, Settings};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const DEBUG: &str = "/debug/auth";

/// What is read on a page: its text, one piece after the other.
fn text(answer: &Answer) -> String {
    let mut text = String::new();
    let mut rest = answer.body.as_str();
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = after.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let text = text.replace("&quot;", "\"").replace("&#x27;", "'");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn token(app: &App, changes: &Value) -> String {
    let now = app.clock.now();
    let mut claims = json!({
        "iss": app.control.issuer(), "sub": "user_pasted", "sid": "session_1", "exp": now + 300,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    app.control.sign(&claims).unwrap()
}

async fn paste(browser: &mut Browser, token: &str) -> Answer {
    browser
        .send(Method::POST, DEBUG, &[], Some(&[("token", token)]))
        .await
}

/// No part of `token` that anybody could use is on the page.
#[track_caller]
fn assert_hidden(page: &str, token: &str) {
    let signature = token.rsplit('.').next().unwrap();
    assert!(!page.contains(token) && !page.contains(signature) && !page.contains("eyJ"));
}

#[tokio::test]
async fn signed_out_the_page_says_so_and_has_a_box() {
    let app = App::start().await;
    let page = app.browser().get(DEBUG).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(
        page.header("cache-control"),
        "private, no-store, no-transform"
    );
    let text = text(&page);
    for words in ["State Signed out", "Cookie None was sent", "Check a token"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!text.contains("The session’s token"));
    assert!(page.body.contains("method=\"post\"") && page.body.contains("<label for=\"token\""));
}

#[tokio::test]
async fn signed_in_the_page_shows_session_claims_and_verdicts() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let page = browser.get(DEBUG).await;
    let text = text(&page);
    let bytes = format!(
        "{SESSION} , {} bytes in one piece",
        browser.cookies[SESSION].len()
    );
    let voucher = format!("{} (AuthKit, client_emulator)", app.control.issuer());
    for words in [
        "State Signed in",
        ADA,
        "Token expires in 5 minutes",
        &bytes,
        &format!("Vouched for by {voucher}"),
        "Verdict Accepted",
        &format!("{voucher} Every check is passed Accepted"),
        "issuer \"",
        "alg RS256 How it is signed",
        "org_id",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!page.body.contains("eyJ"));
    assert!(!page.body.contains(&browser.cookies[SESSION]));
}

#[tokio::test]
async fn a_cookie_that_is_refused_is_told_with_its_reason() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    browser.cookies.get_mut(SESSION).unwrap().push('x');
    let text = text(&browser.get(DEBUG).await);
    assert!(
        text.contains("State Signed out") && text.contains("refused: cookie_"),
        "{text}"
    );
}

#[tokio::test]
async fn a_session_that_can_not_be_checked_shows_what_its_token_says() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.advance(400);
    app.control.set_fault(
        authkit_emulator::Endpoint::Authenticate,
        authkit_emulator::Fault::reset(),
    );
    let text = text(&browser.get(DEBUG).await);
    for words in [
        "State Unavailable",
        "Vouched for by Nobody",
        "Reason code token_expired",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
}

#[tokio::test]
async fn a_pasted_token_is_explained_and_neither_shown_nor_logged() {
    let (log, _guard) = Log::capture("trace");
    let app = App::start().await;
    let mut browser = app.browser();

    let good = token(&app, &json!({}));
    let page = paste(&mut browser, &format!("  {good}\n")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_hidden(&page.body, &good);
    let said = text(&page);
    for words in [
        "The pasted token",
        "Verdict Accepted",
        "Expires in 5 minutes",
        "sub user_pasted Whose it is",
        "State Signed out",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }

    let slash = format!("{}/", app.control.issuer());
    let bad = token(&app, &json!({"iss": slash}));
    let page = paste(&mut browser, &bad).await;
    assert_hidden(&page.body, &bad);
    let said = text(&page);
    for words in [
        "Verdict Refused",
        "Reason code token_issuer",
        "remove the trailing slash",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }

    let secret = "sk_test_pasted_by_mistake";
    let page = paste(&mut browser, secret).await;
    assert!(text(&page).contains("could not decode token: 1 segment"));
    assert!(!page.body.contains(secret));

    let log = log.text();
    assert!(log.contains("/debug/auth"));
    assert_hidden(&log, &good);
    assert_hidden(&log, &bad);
    assert!(!log.contains(secret));
}

#[tokio::test]
async fn a_token_in_the_header_is_not_taken_for_the_cookies() {
    let app = App::start().await;
    let good = token(&app, &json!({}));
    let bad = token(&app, &json!({"client_id": "client_other"}));
    for (token, words) in [
        (&good, "Authorization Bearer , accepted"),
        (&bad, "Authorization Bearer , refused: token_audience"),
    ] {
        let authorization = format!("Bearer {token}");
        let header = [("authorization", authorization.as_str())];
        let page = app.signed_in(ADA).await.get_with(DEBUG, &header).await;
        assert_hidden(&page.body, token);
        let said = text(&page);
        assert!(
            !said.contains("session cookie") && !said.contains("Cookie "),
            "{said}"
        );
        // The cookie is another user's.
        let words = match token == &good {
            true => "Authorization Bearer , refused: bearer_disagrees",
            false => words,
        };
        for words in [
            words,
            "The token in the Authorization header",
            "sub user_pasted",
        ] {
            assert!(said.contains(words), "{words} in {said}");
        }
    }
    let authorization = format!("Bearer {good}");
    let header = [("authorization", authorization.as_str())];
    let page = app.browser().get_with(DEBUG, &header).await;
    let said = text(&page);
    assert!(said.contains("Authorization Bearer , accepted"), "{said}");
}

#[tokio::test]
async fn what_a_token_says_is_text_on_the_page() {
    let app = App::start().await;
    let bad = token(
        &app,
        &json!({"sub": "<script>alert(1)</script>", "<b>": "x"}),
    );
    let page = paste(&mut app.browser(), &bad).await;
    assert!(!page.body.contains("<script>alert") && !page.body.contains("<b>"));
    assert!(page.body.contains("&lt;script&gt;alert(1)"));
}

#[tokio::test]
async fn the_form_is_for_this_site_and_for_tokens_only() {
    let app = App::start().await;
    let mut browser = app.browser();
    let form = [("token", "x")];
    let foreign = [("origin", "https://evil.example")];
    let answer = browser
        .send(Method::POST, DEBUG, &foreign, Some(&form))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = paste(&mut browser, &"x".repeat(100 * 1024)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    // In an address it would be in logs and histories, so it is not looked at there.
    let page = browser.get("/debug/auth?token=x").await;
    assert!(!text(&page).contains("The pasted token"));
}

#[tokio::test]
async fn in_production_nothing_is_there() {
    let data = tempfile::tempdir().unwrap();
    let emulator = AuthKitSettings::Emulator(EmulatorSettings {
        addr: ANY_PORT,
        state_dir: None,
    });
    let settings = Settings {
        production: true,
        ..settings(&data, emulator)
    };
    let app = App::build(settings, data).await;
    let mut browser = app.browser();
    let nothing = browser.get("/nowhere").await;
    let page = browser.get(DEBUG).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(
        text(&page).replace(DEBUG, "/nowhere"),
        text(&nothing),
        "like any other address where nothing is"
    );
    let posted = paste(&mut browser, "x").await;
    assert_eq!(posted.status, StatusCode::NOT_FOUND);
    let parts = browser.get("/debug/parts").await;
    assert_eq!(parts.status, StatusCode::NOT_FOUND);
    assert!(!browser.get("/").await.body.contains(DEBUG));
}
