//! Numbers, as pages, plain forms and programs meet them, on SQLite and on PostgreSQL: who may do what, and
//! what comes of bad input.

use super::support::{ADA, ALAN, Answer, App, Browser, GRACE};
use authkit_leptos::AuthError;
use reqwest::{Method, StatusCode};
use serde_json::Value;

const JSON: (&str, &str) = ("accept", "application/json");
/// What is said of a value that is none.
const NO_VALUE: &str = "Write a whole number in digits, from −1,000,000 to 1,000,000.";
/// What is said of a number that is not there.
const GONE: &str = "That number is gone already.";

async fn add(browser: &mut Browser, value: &str) -> Answer {
    browser.mutate("add_number", &[("value", value)]).await
}

/// Adds a number; its id.
async fn added(browser: &mut Browser, value: i64) -> String {
    let answer = add(browser, &value.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["answer"]["id"].as_str().unwrap().to_owned()
}

async fn remove(browser: &mut Browser, id: &str) -> Answer {
    browser.mutate("remove_number", &[("id", id)]).await
}

/// The latest numbers: value, and the name of who added it.
async fn listed(browser: &mut Browser) -> Vec<(i64, String)> {
    let answer = browser.query("list_numbers").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let body: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
    body.iter()
        .map(|number| {
            let name = number["added_by"]["name"].as_str().unwrap();
            (number["value"].as_i64().unwrap(), name.to_owned())
        })
        .collect()
}

#[track_caller]
fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["code"], error);
}

#[tokio::test]
async fn numbers_are_listed_newest_first_with_who_added_them() {
    for app in App::start_on_each().await {
        let (mut ada, mut alan) = (app.signed_in(ADA).await, app.signed_in(ALAN).await);
        assert_eq!(listed(&mut ada).await, []);
        added(&mut ada, 1).await;
        added(&mut alan, -2).await;
        added(&mut ada, 3).await;
        let expected = [
            (3, "Ada Lovelace"),
            (-2, "Alan Turing"),
            (1, "Ada Lovelace"),
        ]
        .map(|(value, name)| (value, name.to_owned()));
        assert_eq!(listed(&mut alan).await, expected);
        let two = alan.get_with("/api/list_numbers?count=2", &[JSON]).await;
        let two: Vec<Value> = serde_json::from_str(&two.body).unwrap();
        assert_eq!(two.len(), 2);
        // Nobody's e-mail address is anybody else's business.
        let all = alan.query("list_numbers").await;
        assert!(!all.body.contains('@'), "{}", all.body);
    }
}

#[tokio::test]
async fn one_s_own_number_can_be_removed_and_nobody_else_s_except_by_an_admin() {
    for app in App::start_on_each().await {
        let mut grace = app.signed_in(GRACE).await;
        let mut alan = app.signed_in(ALAN).await;
        // In Acme, that is; in Globex she is a member like any other.
        let mut admin = app.signed_in(ADA).await;
        let mut member = admin.clone();
        let globex = app.control.organization_id("Globex").unwrap();
        let form = [("organization_id", globex.as_str())];
        let path = "/auth/switch-organization";
        let switched = member.send(Method::POST, path, &[JSON], Some(&form)).await;
        assert_eq!(switched.status, StatusCode::OK);
        let [first, second] = [added(&mut grace, 1).await, added(&mut grace, 2).await];
        refused(&remove(&mut alan, &first).await, 403, "not_yours");
        refused(&remove(&mut member, &first).await, 403, "not_yours");
        assert_eq!(listed(&mut alan).await.len(), 2);
        assert_eq!(remove(&mut grace, &first).await.status, StatusCode::OK);
        assert_eq!(remove(&mut admin, &second).await.status, StatusCode::OK);
        assert_eq!(listed(&mut alan).await, []);
        refused(&remove(&mut grace, &first).await, 404, "not_found");
    }
}

#[tokio::test]
async fn values_out_of_range_are_refused_and_nothing_is_changed() {
    for app in App::start_on_each().await {
        let mut ada = app.signed_in(ADA).await;
        for value in [
            "1000001",
            "-1000001",
            "99999999999999999999",
            "",
            "1.5",
            "one",
            "1; DROP TABLE numbers",
            "\u{0}",
        ] {
            refused(&add(&mut ada, value).await, 400, "value");
        }
        let without = ada.mutate("add_number", &[]).await;
        assert_eq!(without.status, StatusCode::BAD_REQUEST, "{}", without.body);
        assert_eq!(listed(&mut ada).await, []);
    }
}

#[tokio::test]
async fn absurd_counts_are_refused() {
    for app in App::start_on_each().await {
        let mut ada = app.signed_in(ADA).await;
        for count in ["0", "-1", "101", "9223372036854775807"] {
            let path = format!("/api/list_numbers?count={count}");
            refused(&ada.get_with(&path, &[JSON]).await, 400, "count");
        }
        for count in ["many", "1e9", "99999999999999999999"] {
            let path = format!("/api/list_numbers?count={count}");
            let answer = ada.get_with(&path, &[JSON]).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn ids_that_are_none_are_not_found() {
    for app in App::start_on_each().await {
        let mut ada = app.signed_in(ADA).await;
        added(&mut ada, 1).await;
        let long = "0".repeat(10_000);
        for id in ["", "x", "' OR '1'='1", "00000000000000000000000000", &long] {
            refused(&remove(&mut ada, id).await, 404, "not_found");
        }
        assert_eq!(listed(&mut ada).await.len(), 1);
    }
}

#[tokio::test]
async fn an_oversized_body_is_refused_and_nothing_is_changed() {
    for app in App::start_on_each().await {
        let mut ada = app.signed_in(ADA).await;
        let value = format!("{}7", "0".repeat(100_000));
        let answer = add(&mut ada, &value).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(listed(&mut ada).await, []);
    }
}

#[tokio::test]
async fn nobody_signed_out_reads_or_writes() {
    for app in App::start_on_each().await {
        let mut browser = app.browser();
        let list = browser.query("list_numbers").await;
        for answer in [
            list,
            add(&mut browser, "1").await,
            remove(&mut browser, "x").await,
        ] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(body["code"], "signed_out");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    }
}

#[tokio::test]
async fn a_form_from_another_site_changes_nothing() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let headers = [("origin", "https://evil.example"), JSON];
    let answer = ada
        .send(
            Method::POST,
            "/api/add_number",
            &headers,
            Some(&[("value", "1")]),
        )
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(listed(&mut ada).await, []);
}

#[tokio::test]
async fn plain_forms_lead_back_to_the_page_and_say_what_went_wrong() {
    for app in App::start_on_each().await {
        let mut ada = app.signed_in(ADA).await;
        let id = added(&mut ada, 5).await;
        for (name, form, problem) in [
            ("add_number", ("value", "6"), None),
            ("add_number", ("value", "1000001"), Some(NO_VALUE)),
            ("remove_number", ("id", id.as_str()), None),
            ("remove_number", ("id", id.as_str()), Some(GONE)),
        ] {
            let path = format!("/api/{name}");
            let page = [("referer", ada.origin.join("/live").unwrap().to_string())];
            let page = page.each_ref().map(|(name, value)| (*name, value.as_str()));
            let answer = ada.send(Method::POST, &path, &page, Some(&[form])).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name} {form:?}");
            let location = answer.header("location").to_owned();
            let Some(problem) = problem else {
                assert_eq!(location, "/live");
                continue;
            };
            assert!(location.starts_with("/live?refused="), "{location}");
            assert!(!location.contains("1000001"), "{location}");
            // Another session of the same user has nothing to do with it.
            let other = app.signed_in(ADA).await.get(&location).await;
            assert!(!other.body.contains(problem), "{}", other.body);
            let page = ada.get(&location).await;
            assert!(page.body.contains(problem), "{}", page.body);
            let typed = page.body.contains("value=\"1000001\"");
            assert_eq!(typed, name == "add_number", "{}", page.body);
            // Once.
            let again = ada.get(&location).await;
            assert!(!again.body.contains(problem), "{}", again.body);
        }
        assert_eq!(listed(&mut ada).await, [(6, "Ada Lovelace".to_owned())]);
    }
}

#[tokio::test]
async fn a_session_leaves_one_refused_form_at_most() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let mut refuse = async || {
        let wrong = Some(&[("value", "x")][..]);
        let page = ada.origin.join("/live").unwrap();
        let page = [("referer", page.as_str())];
        let answer = ada
            .send(Method::POST, "/api/add_number", &page, wrong)
            .await;
        answer.header("location").to_owned()
    };
    let (first, mut last) = (refuse().await, String::new());
    for _ in 0..20 {
        last = refuse().await;
    }
    let file = app.data().join("app.db");
    let pool = sqlx::SqlitePool::connect(file.to_str().unwrap())
        .await
        .unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM tower_sessions")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(rows, 1);
    let problem = NO_VALUE;
    assert!(ada.get(&last).await.body.contains(problem));
    assert!(!ada.get(&first).await.body.contains(problem));
}

/// Sends a form as a browser does, from the page, and follows where it leads.
async fn send_form(browser: &mut Browser, form: &[(&str, &str)]) -> Answer {
    let page = browser.origin.join("/live").unwrap();
    let headers = [("accept", "text/html"), ("referer", page.as_str())];
    let path = "/api/add_number";
    let answer = browser.send(Method::POST, path, &headers, Some(form)).await;
    assert!(answer.status.is_redirection(), "{}", answer.status);
    let location = answer.header("location").to_owned();
    assert!(location.contains("/live?"), "{location}");
    browser.get(&location).await
}

#[tokio::test]
async fn a_plain_form_that_was_refused_before_it_was_read_says_so_too() {
    let app = App::start().await;
    let alert = |page: &Answer, words: &str| {
        assert_eq!(page.status, StatusCode::OK);
        let alert = page.body.split(r#"role="alert""#).nth(1).unwrap();
        let text = alert.split_once('>').unwrap().1;
        let text = text.trim_start_matches("<span>");
        assert!(text.starts_with(words), "{text:.200}");
    };
    let signed_out = send_form(&mut app.browser(), &[("value", "1")]).await;
    let words = format!("Nothing was changed. {}", AuthError::SignedOut);
    alert(&signed_out, &words);
    // The answer takes the cookie away, and with it whose session it was.
    let mut grace = app.signed_in(GRACE).await;
    let session = grace.id("session_0").await;
    app.authkit.revoke_session(&session).await.unwrap();
    alert(&send_form(&mut grace, &[("value", "1")]).await, &words);
    // Of a kind that is not read; there is no session to keep that for.
    let mut nobody = app.browser();
    let page = nobody.origin.join("/live").unwrap();
    let headers = [
        ("accept", "text/html"),
        ("referer", page.as_str()),
        ("content-type", "text/plain"),
    ];
    let answer = nobody
        .send(Method::POST, "/api/add_number", &headers, None)
        .await;
    alert(&nobody.get(answer.header("location")).await, &words);
    let mut ada = app.signed_in(ADA).await;
    // Who has signed in since then is not asked to.
    let page = ada.get("/live?refused=signed_out").await;
    assert!(!page.body.contains(&AuthError::SignedOut.to_string()));
    let without = send_form(&mut ada, &[]).await;
    alert(&without, &AuthError::BadRequest.to_string());
    assert_eq!(listed(&mut ada).await, []);
}
