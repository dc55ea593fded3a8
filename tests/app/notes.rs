//! Notes of organizations, as pages, plain forms and programs meet them, on SQLite and on PostgreSQL: what one
//! organization writes no other sees.

use super::{
    postgres,
    support::{ADA, ALAN, Answer, App, Browser},
};
use authkit_app::DatabaseSettings;
use reqwest::{Method, StatusCode};
use serde_json::Value;

const GRACE: &str = "grace@example.com";
const JSON: (&str, &str) = ("accept", "application/json");

/// A server on each of the databases.
async fn servers() -> [App; 2] {
    let url = postgres::shared().await.database().await;
    let postgres = DatabaseSettings::Postgres(url.into());
    [App::start().await, App::start_on(postgres).await]
}

async fn write(browser: &mut Browser, text: &str) -> Answer {
    let form = [("text", text)];
    browser
        .send(Method::POST, "/api/write_note", &[JSON], Some(&form))
        .await
}

/// Writes a note; its id.
async fn written(browser: &mut Browser, text: &str) -> String {
    let answer = write(browser, text).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["answer"].as_str().unwrap().to_owned()
}

async fn remove(browser: &mut Browser, id: &str) -> Answer {
    let form = [("id", id)];
    browser
        .send(Method::POST, "/api/remove_note", &[JSON], Some(&form))
        .await
}

async fn texts(browser: &mut Browser) -> Vec<String> {
    let answer = browser.get_with("/api/list_notes", &[JSON]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let notes: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
    let texts = notes.iter().map(|note| note["text"].as_str().unwrap());
    texts.map(str::to_owned).collect()
}

/// Moves the session to another organization.
async fn switch(app: &App, browser: &mut Browser, organization: &str) {
    let id = app.control.organization_id(organization).unwrap();
    let form = [("organization_id", id.as_str())];
    let path = "/auth/switch-organization";
    let switched = browser.send(Method::POST, path, &[JSON], Some(&form)).await;
    assert_eq!(switched.status, StatusCode::OK, "{}", switched.body);
}

#[tokio::test]
async fn what_one_organization_writes_no_other_sees() {
    for app in servers().await {
        let (mut ada, mut grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
        written(&mut ada, "for Acme").await;
        written(&mut grace, "from Grace").await;
        assert_eq!(texts(&mut ada).await, ["from Grace", "for Acme"]);
        switch(&app, &mut ada, "Globex").await;
        assert_eq!(texts(&mut ada).await, [""; 0]);
        let id = written(&mut ada, "for Globex").await;
        assert_eq!(texts(&mut ada).await, ["for Globex"]);
        assert_eq!(texts(&mut grace).await, ["from Grace", "for Acme"]);
        // Not even by who wrote it, from another organization.
        switch(&app, &mut ada, "Acme").await;
        assert_eq!(remove(&mut ada, &id).await.status, StatusCode::NOT_FOUND);
        switch(&app, &mut ada, "Globex").await;
        assert_eq!(remove(&mut ada, &id).await.status, StatusCode::OK);
        assert_eq!(texts(&mut ada).await, [""; 0]);
    }
}

#[tokio::test]
async fn who_is_in_no_organization_neither_reads_nor_writes() {
    let app = App::start().await;
    let mut alan = app.signed_in(ALAN).await;
    let list = alan.get_with("/api/list_notes", &[JSON]).await;
    for answer in [list, write(&mut alan, "hello").await] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    }
    let page = alan.get("/notes").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("Notes belong to an organization"));
    let mut nobody = app.browser();
    let answer = write(&mut nobody, "hello").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let page = nobody.get("/notes").await;
    assert!(page.header("location").starts_with("/sign-in"));
}

#[tokio::test]
async fn one_removes_one_s_own_notes_only() {
    for app in servers().await {
        let (mut ada, mut grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
        let id = written(&mut grace, "mine").await;
        assert_eq!(remove(&mut ada, &id).await.status, StatusCode::NOT_FOUND);
        assert_eq!(remove(&mut grace, &id).await.status, StatusCode::OK);
        assert_eq!(remove(&mut grace, &id).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn notes_that_are_empty_or_too_long_are_refused_at_their_field() {
    for app in servers().await {
        let mut ada = app.signed_in(ADA).await;
        let long = "🦀".repeat(281);
        for (text, sentence) in [
            ("", "Write 1 to 280 characters."),
            (" \r\n\u{0}", "Write 1 to 280 characters."),
            (&*long, "Write at most 280 characters: these are 281."),
        ] {
            let answer = write(&mut ada, text).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(body["field"], "text");
            assert_eq!(body["message"], sentence);
        }
        assert_eq!(texts(&mut ada).await, [""; 0]);
        written(&mut ada, &"🦀".repeat(280)).await;
        written(&mut ada, "a\u{0}b").await;
        assert_eq!(texts(&mut ada).await[0], "ab");
    }
}

#[test]
fn the_chapter_on_writing_a_feature_shows_the_notes_as_they_are() {
    let files = [
        "src/notes/migrations/0001_notes.sql",
        "src/notes/model.rs",
        "src/notes/server.rs",
        "src/notes/page.rs",
        "src/notes/island.rs",
        "src/notes/mod.rs",
        "tests/app/notes.rs",
    ];
    test_support::shows_code("docs/live.md", &files, 10);
}
